// SPDX-License-Identifier: Apache-2.0
public import Columnar
import JSONText

/// What a file's statistics say of a column of its top level.
public struct ColumnBounds: Sendable, Hashable {
    /// No value is below; NULL when it is not known.
    public let minimum: Value
    /// No value is above; NULL when it is not known.
    public let maximum: Value
    /// How many rows have no value, where that is known.
    public let nullCount: Int64?
    /// How many rows there are, where that is known.
    public let rowCount: Int64?

    /// The bounds of some columns (physical names) by `add.stats`; not known where that says nothing.
    public static func read(_ stats: String?, _ columns: [Field]) -> [ColumnBounds] {
        let json = stats.flatMap { try? JSONValue(parsing: $0) }
        return columns.map { column in
            ColumnBounds(
                minimum: value(json?["minValues"]?[column.name], column.type),
                maximum: widened(value(json?["maxValues"]?[column.name], column.type)),
                nullCount: json?["nullCount"]?[column.name]?.int64, rowCount: json?["numRecords"]?.int64)
        }
    }

    private static func value(_ json: JSONValue?, _ type: DataType) -> Value {
        switch json?.kind {
        case .number(let text), .string(let text): StatisticsValue.parse(text, type)
        default: .null
        }
    }

    /// Some writers cut times to milliseconds, also where they are upper bounds.
    private static func widened(_ value: Value) -> Value {
        switch value {
        case .timestamp(let micros): .timestamp(micros.addingReportingOverflow(999).partialValue)
        case .timestampNTZ(let micros): .timestampNTZ(micros.addingReportingOverflow(999).partialValue)
        default: value
        }
    }
}

extension PartitionValue {
    /// The value that a text of `add.partitionValues` stands for; NULL for no text and for the empty one.
    public static func value(_ text: String?, _ type: DataType) -> Value {
        guard let text, !text.isEmpty else { return .null }
        return StatisticsValue.parse(text, type)
    }
}
