// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import StreamCore

/// The first record of a CSV file, which names its columns.
public enum CSVHeader {
    /// The names, unquoted, without blanks around them.
    public static func names(in record: Buffer<UInt8>, _ options: CSVFormatOptions) -> [String] {
        var names: [String] = []
        var name: [UInt8] = []
        var isQuoted = false
        var previousWasQuote = false
        for byte in record.array {
            if byte == options.quote {
                if previousWasQuote && !isQuoted { name.append(byte) }
                isQuoted.toggle()
                previousWasQuote = !isQuoted
                continue
            }
            previousWasQuote = false
            if byte == options.delimiter && !isQuoted {
                names.append(trimmed(name))
                name = []
            } else {
                name.append(byte)
            }
        }
        return names + [trimmed(name)]
    }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        let start = bytes.firstIndex { $0 > 0x20 } ?? bytes.count
        let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start
        return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
    }
}
