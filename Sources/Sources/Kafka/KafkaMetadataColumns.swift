// SPDX-License-Identifier: Apache-2.0
import Columnar
import KafkaClient

/// The columns `_key`, `_topic`, `_partition`, `_offset`, `_timestamp`, `_headers` of a source, those that SQL names.
struct KafkaMetadataColumns: Sendable {
    let fields: [Field]

    /// What has to be fetched for them.
    var parts: KafkaRecords.Parts {
        var parts: KafkaRecords.Parts = []
        for field in fields {
            switch field.name {
            case "_key": parts.insert(.keys)
            case "_timestamp": parts.insert(.timestamps)
            case "_headers": parts.insert(.headers)
            default: break
            }
        }
        return parts
    }

    /// The columns, one row per record.
    func columns(of records: KafkaRecords, in partition: KafkaPartition) -> [Column] {
        fields.map { field in
            let count = records.count
            switch field.name {
            case "_key": return (records.keys ?? Self.nulls(.binary, count)).retyped(field.type)
            case "_topic":
                return Column(
                    field.type, count: count, validity: nil,
                    storage: .dictionary(
                        codes: Buffer(repeating: 0, count: count),
                        values: Column(.string, [.string(partition.topic)])))
            case "_partition":
                return Column(
                    field.type, count: count, validity: nil,
                    storage: .int32(Buffer(repeating: partition.number, count: count)))
            case "_offset": return Column(field.type, count: count, validity: nil, storage: .int64(records.offsets))
            case "_timestamp": return records.timestamps ?? Self.nulls(field.type, count)
            case "_headers": return records.headers ?? Self.nulls(field.type, count)
            default: return Self.nulls(field.type, count)
            }
        }
    }

    private static func nulls(_ type: DataType, _ count: Int) -> Column {
        Column(type, repeating: .null, count: count)
    }
}
