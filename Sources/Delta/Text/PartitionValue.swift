// SPDX-License-Identifier: Apache-2.0
public import Columnar
import Failures

/// Values of partition columns as text in `add.partitionValues`.
///
/// Delta protocol, "Partition Value Serialization".
public enum PartitionValue {
    /// Whether a table may be partitioned by a column of a type.
    public static func allows(_ type: DataType) -> Bool {
        switch type {
        case .boolean, .tinyint, .smallint, .int, .bigint, .float, .double, .decimal, .string, .date, .timestamp,
            .timestampNTZ:
            true
        default: false
        }
    }

    /// The text of a value; `nil` for NULL and for the empty string, which readers take for NULL.
    ///
    /// A TIMESTAMP is spelled with its zone (`2026-01-01T00:00:00.000000Z`), so that no reader's session time zone can shift it.
    public static func text(_ value: Value) -> String? {
        switch value {
        case .boolean(let truth): return truth ? "true" : "false"
        case .tinyint(let number): return String(number)
        case .smallint(let number): return String(number)
        case .int(let number): return String(number)
        case .bigint(let number): return String(number)
        case .float(let number): return text(Double(number), "\(number)")
        case .double(let number): return text(number, "\(number)")
        case .decimal(let unscaled, let scale): return StatisticsValue.text(decimal: unscaled, scale: scale)
        case .string(let text): return text.isEmpty ? nil : text
        case .date(let days): return CalendarText.date(Int64(days))
        case .timestamp(let micros):
            let text = CalendarText.timestamp(micros: micros, separator: "T")
            return text + (text.contains(".") ? "Z" : ".000000Z")
        case .timestampNTZ(let micros): return CalendarText.timestamp(micros: micros, separator: " ")
        case .null, .binary, .dayTimeInterval, .yearMonthInterval, .structure, .array, .map: return nil
        }
    }

    private static func text(_ number: Double, _ digits: String) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return digits
    }
}
