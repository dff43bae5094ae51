// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import StreamCore

/// A file of an operator's state, as the checkpoint records it.
struct StateFile: Hashable, Sendable {
    /// What the file holds.
    enum Kind: String, Sendable {
        /// What one epoch changed.
        case changes
        /// The state of some key groups at the end of an epoch.
        case snapshot
    }

    var operatorName: String
    var kind: Kind
    /// The operator's table.
    var table: String
    var epoch: Epoch
    /// The key groups that the rows may belong to.
    var groups: Range<Int>
    /// Its place among the files of the operator in the epoch: rows are given in that order.
    var sequence: Int
    var rowCount = 0
    var byteCount = 0
    var checksum = ""

    /// All key groups.
    static let allGroups = 0..<KeyGroups.count

    /// The file's place below the checkpoint's folder.
    var path: String { Self.folder(of: operatorName) + "/" + name }

    private var name: String {
        let number = String(epoch.number)
        let padded = String(repeating: "0", count: max(0, 12 - number.count)) + number
        let range = kind == .snapshot ? "-groups-\(groups.lowerBound)-\(groups.upperBound)" : ""
        return "\(kind.rawValue)-\(padded)\(range)-\(sequence)-\(Self.encoded(table)).parquet"
    }

    /// Whether a name is one that state files have.
    static func isName(_ name: String) -> Bool {
        name.hasSuffix(".parquet") && (name.hasPrefix("changes-") || name.hasPrefix("snapshot-"))
    }

    /// Where state that does not fit into memory may lie while a process runs, below the checkpoint's folder.
    static let spillFolder = "state/spill"

    /// The folder of an operator's files below the checkpoint's folder. `spill` is taken.
    static func folder(of operatorName: String) -> String {
        operatorName == "spill" ? "state/%73pill" : "state/" + encoded(operatorName)
    }

    /// A name as a part of a path: letters, digits, `_`, `-` and inner dots stay, other bytes become `%XX`.
    static func encoded(_ name: String) -> String {
        var text = ""
        for (index, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                text.unicodeScalars.append(UnicodeScalar(byte))
            case UInt8(ascii: ".") where index > 0: text += "."
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}

extension StateFile {
    var json: JSONValue {
        [
            "operator": .string(operatorName), "kind": .string(kind.rawValue), "table": .string(table),
            "epoch": .number(epoch.number), "groups": [.number(groups.lowerBound), .number(groups.upperBound)],
            "sequence": .number(sequence), "rows": .number(rowCount), "bytes": .number(byteCount),
            "checksum": .string(checksum),
        ]
    }

    init?(_ json: JSONValue) {
        guard let operatorName = json["operator"]?.string,
            let kind = json["kind"]?.string.flatMap({ Kind(rawValue: $0) }), let table = json["table"]?.string,
            let epoch = json["epoch"]?.int64, let groups = Range(json["groups"]),
            let sequence = json["sequence"]?.int64, let rows = json["rows"]?.int64, let bytes = json["bytes"]?.int64,
            let checksum = json["checksum"]?.string
        else { return nil }
        self.init(
            operatorName: operatorName, kind: kind, table: table, epoch: Epoch(epoch), groups: groups,
            sequence: Int(sequence), rowCount: Int(rows), byteCount: Int(bytes), checksum: checksum)
    }
}

extension Range<Int> {
    /// `[start, end]` of key groups.
    fileprivate init?(_ json: JSONValue?) {
        guard let bounds = json?.elements, bounds.count == 2, let start = bounds[0].int64, let end = bounds[1].int64,
            0 <= start, start <= end, end <= Int64(KeyGroups.count)
        else { return nil }
        self = Int(start)..<Int(end)
    }
}

/// A finished slice of a snapshot: the state of some key groups at the end of an epoch, in any number of files.
struct StateSlice: Hashable, Sendable {
    var operatorName: String
    var epoch: Epoch
    var groups: Range<Int>
}

extension StateSlice {
    var json: JSONValue {
        [
            "operator": .string(operatorName), "epoch": .number(epoch.number),
            "groups": [.number(groups.lowerBound), .number(groups.upperBound)],
        ]
    }

    init?(_ json: JSONValue) {
        guard let operatorName = json["operator"]?.string, let epoch = json["epoch"]?.int64,
            let groups = Range(json["groups"])
        else { return nil }
        self.init(operatorName: operatorName, epoch: Epoch(epoch), groups: groups)
    }
}
