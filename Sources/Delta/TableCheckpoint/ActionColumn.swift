// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// One STRUCT column of a table checkpoint, read member by member. Members that the file lacks are NULL.
struct ActionColumn {
    let name: String
    let column: Column
    private let members: [String: Column]

    /// The column of an action; `nil` when it is no STRUCT.
    init?(_ name: String, _ column: Column) {
        guard case .structure(let fields) = column.type, case .fields(let columns) = column.storage else { return nil }
        self.name = name
        self.column = column
        members = Dictionary(
            zip(fields.map(\.name), columns).map { ($0, $1.expandingDictionary()) }, uniquingKeysWith: { $1 })
    }

    /// The rows that have this action.
    var rows: [Int] { (0..<column.count).filter { !column.isNull($0) } }

    func isNull(_ row: Int) -> Bool { column.isNull(row) }

    /// The member that is a STRUCT itself.
    func structure(_ member: String) -> ActionColumn? {
        members[member].flatMap { ActionColumn(name + "." + member, $0) }
    }

    func column(_ member: String) -> Column? { members[member] }

    func string(_ member: String, _ row: Int) -> String? {
        guard let column = members[member], !column.isNull(row),
            case .bytes(let offsets, let bytes) = column.storage
        else { return nil }
        return bytes.slice(Int(offsets[row])..<Int(offsets[row + 1])).text
    }

    func integer(_ member: String, _ row: Int) -> Int64? {
        guard let column = members[member], !column.isNull(row) else { return nil }
        switch column.storage {
        case .int32(let values): return Int64(values[row])
        case .int64(let values): return values[row]
        default: return nil
        }
    }

    func boolean(_ member: String, _ row: Int) -> Bool? {
        guard let column = members[member], !column.isNull(row), case .bits(let bits) = column.storage else {
            return nil
        }
        return bits[row]
    }

    func strings(_ member: String, _ row: Int) -> [String]? {
        guard let column = members[member], case .array(let elements) = column.value(at: row) else { return nil }
        return elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    func map(_ member: String, _ row: Int) -> [String: String?]? {
        guard let column = members[member], case .map(let entries) = column.value(at: row) else { return nil }
        var map: [String: String?] = [:]
        for entry in entries {
            guard case .string(let key) = entry.key else { continue }
            if case .string(let text) = entry.value { map[key] = text } else { map[key] = .some(nil) }
        }
        return map
    }

    func required<Item>(_ item: Item?, _ member: String) throws(PipelineError) -> Item {
        guard let item else {
            throw PipelineError(.corruptFile, "an action '\(name)' of the table checkpoint has no '\(member)'")
        }
        return item
    }
}
