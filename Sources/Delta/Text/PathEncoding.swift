// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore

/// Paths of data files as the log spells them: URIs (RFC 2396), where a file name's own `%` is `%25`.
public enum PathEncoding {
    /// The path as it stands in the log.
    public static func encoded(_ path: String) -> String {
        guard !path.utf8.allSatisfy(isPlain) else { return path }
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: PercentEncoding.escape(byte))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The path that the log's spelling means; one that is no valid URI is taken as it is.
    static func decoded(_ path: String) throws(PipelineError) -> String {
        if let text = PercentEncoding.decoded(path) { return text }
        throw PipelineError(
            .corruptTable, "the path '\(path)' in the log has a broken escape, or does not decode to UTF-8")
    }

    /// The folder of a table partition as Hive names it, for example `day=2026-01-01/site=a%2Fb`.
    public static func hiveFolder(_ values: [(column: String, value: String?)]) -> String {
        values.map { hiveEscaped($0.column) + "=" + ($0.value.map(hiveValue) ?? nullPartition) }.joined(separator: "/")
    }

    private static let nullPartition = "__HIVE_DEFAULT_PARTITION__"

    private static func hiveValue(_ value: String) -> String {
        value.isEmpty ? nullPartition : hiveEscaped(value)
    }

    /// Escapes what a folder's name cannot hold, as Spark and Hive do; blanks and letters of all scripts stay.
    private static func hiveEscaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x00...0x1F, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "%"), UInt8(ascii: "'"),
                UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "?"),
                UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "^"):
                bytes.append(contentsOf: PercentEncoding.escape(byte))
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a path of a URI holds unescaped.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "!"), UInt8(ascii: "~"), UInt8(ascii: "*"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "&"), UInt8(ascii: "="),
            UInt8(ascii: "+"), UInt8(ascii: "$"), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: ";"):
            true
        default: false
        }
    }
}
