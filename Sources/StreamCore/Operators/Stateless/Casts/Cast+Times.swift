// SPDX-License-Identifier: Apache-2.0
internal import Columnar

extension Cast {
    static func fromDate(_ days: Buffer<Int32>, to target: DataType) -> Converted {
        switch target {
        case .timestamp, .timestampNTZ:
            let (micros, failed) = Elementwise.mapChecked(days) { day -> (Int64, failed: Bool) in
                let (product, overflow) = Int64(day).multipliedReportingOverflow(by: TimestampText.microsPerDay)
                return (product, failed: overflow)
            }
            return Converted(target, micros, failed: failed)
        case .string:
            let span = days.span
            return text(days.count) { row, output in DateText.write(span[row], to: &output) }
        default: return .unsupported(Column(nulls: .date, count: days.count), target)
        }
    }

    /// TIMESTAMP and TIMESTAMP_NTZ have the same numbers, because the session's zone is UTC.
    static func fromTimestamp(_ micros: Buffer<Int64>, to target: DataType) -> Converted {
        switch target {
        case .timestamp, .timestampNTZ: return Converted(target, micros)
        case .date:
            return Converted(
                target,
                Elementwise.map(micros) {
                    Int32(truncatingIfNeeded: $0.flooringDivision(by: TimestampText.microsPerDay))
                })
        case .bigint, .int, .smallint, .tinyint:
            let seconds = Elementwise.map(micros) { $0.flooringDivision(by: TimestampText.microsPerSecond) }
            return fromInteger(seconds, to: target)
        case .double: return Converted(target, Elementwise.map(micros) { Double($0) / 1_000_000 })
        case .float: return Converted(target, Elementwise.map(micros) { Float(Double($0) / 1_000_000) })
        case .decimal: return fromDecimal(Elementwise.map(micros) { Int128($0) }, scale: 6, to: target)
        case .string:
            let span = micros.span
            return text(micros.count) { row, output in TimestampText.write(span[row], to: &output) }
        default: return .unsupported(Column(nulls: .timestamp, count: micros.count), target)
        }
    }

    static func fromInterval(_ column: Column, to target: DataType) -> Converted {
        switch (column.type, target) {
        case (.dayTimeInterval, .string):
            let values = column.elements(Int64.self)
            let span = values.span
            return text(values.count) { row, output in
                output.append("INTERVAL '")
                IntervalText.writeDayTime(span[row], to: &output)
                output.append("' DAY TO SECOND")
            }
        case (.yearMonthInterval, .string):
            let values = column.elements(Int32.self)
            let span = values.span
            return text(values.count) { row, output in
                output.append("INTERVAL '")
                IntervalText.writeYearMonth(span[row], to: &output)
                output.append("' YEAR TO MONTH")
            }
        default: return .unsupported(column, target)
        }
    }
}
