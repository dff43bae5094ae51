// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The metadata columns (`_offset`, `_key`, `_file_path`, …) of scripted records.
struct ScriptedMetadata {
    let partition: SourcePartition
    let records: [RecordLog.Record]
    /// The number of the first record.
    let first: Int
    /// For each row its record.
    let indices: [Int32]
    let connector: SourceConnector

    /// The column of that name.
    func column(_ field: Field) -> Column { Column(field.type, indices.map { value(field, Int($0)) }) }

    private func value(_ field: Field, _ index: Int) -> Value {
        let record = records[index]
        switch field.name {
        case "_offset": return .bigint(Int64(first + index))
        case "_key": return record.key.map { .binary($0) } ?? .null
        case "_timestamp", "_file_modified": return .timestamp(record.timestampMicros)
        case "_topic": return .string(topic)
        case "_partition": return .int(number)
        case "_headers":
            return .array(record.headers.map { .structure([.string($0.name), .binary($0.value)]) })
        case "_file_path": return .string(partition.name)
        default: return .null
        }
    }

    /// `topic-3` is partition 3 of `topic`; a partition that is only a number belongs to the first topic.
    private var topic: String {
        if let dash = partition.name.lastIndex(of: "-"),
            Int32(partition.name[partition.name.index(after: dash)...]) != nil
        {
            return String(partition.name[..<dash])
        }
        if case .kafka(let options) = connector { return options.topics.first ?? partition.name }
        return partition.name
    }

    private var number: Int32 {
        let digits = partition.name.split(separator: "-").last.map(String.init) ?? ""
        return Int32(digits) ?? 0
    }
}
