// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension FunctionDefinition {
    /// Parts of dates and times.
    static let dateFieldFunctions: [FunctionDefinition] = [
        dateField("year", [], "Gives the year.") { Int32(DateTime.moment($0).year) },
        dateField("quarter", [], "Gives the quarter, 1 to 4.") { Int32((DateTime.moment($0).month + 2) / 3) },
        dateField("month", [], "Gives the month, 1 to 12.") { Int32(DateTime.moment($0).month) },
        dateField("day", ["dayofmonth"], "Gives the day of the month, 1 to 31.") { Int32(DateTime.moment($0).day) },
        dateField("dayofweek", [], "Gives the day of the week, 1 for Sunday to 7 for Saturday.") {
            Int32(CalendarDate.isoWeekday(daysSinceEpoch: Int($0)) % 7 + 1)
        },
        dateField("weekday", [], "Gives the day of the week, 0 for Monday to 6 for Sunday.") {
            Int32(CalendarDate.isoWeekday(daysSinceEpoch: Int($0)) - 1)
        },
        dateField("dayofyear", [], "Gives the day of the year, 1 to 366.") { Int32(DateTime.moment($0).dayOfYear) },
        dateField("weekofyear", [], "Gives the ISO 8601 week, 1 to 53.") {
            Int32(CalendarDate.isoWeek(daysSinceEpoch: Int($0)).week)
        },
        timeField("hour", "Gives the hour, 0 to 23.") { Int32(DateTime.ofDay($0) / 3_600_000_000) },
        timeField("minute", "Gives the minute, 0 to 59.") { Int32(DateTime.ofDay($0) / 60_000_000 % 60) },
        timeField("second", "Gives the second, 0 to 59.") { Int32(DateTime.ofDay($0) / 1_000_000 % 60) },
        FunctionDefinition(
            "extract", aliases: ["date_part", "datepart"], group: .dateTime, usage: "extract(field FROM source)",
            summary: "Gives a part of a date, timestamp or interval."
        ) { (arguments) throws(FunctionBindingError) in try DateField.bind(arguments) },
        nameFunction("dayname", "Gives the first three letters of the day of the week.") {
            DateTimePattern.weekdays[CalendarDate.isoWeekday(daysSinceEpoch: Int($0)) - 1]
        },
        nameFunction("monthname", "Gives the first three letters of the month.") {
            DateTimePattern.months[DateTime.moment($0).month - 1]
        },
    ]

    private static func dateField(
        _ name: String, _ aliases: [String], _ summary: String, _ field: @escaping @Sendable (Int32) -> Int32
    ) -> FunctionDefinition {
        DateTime.function(
            name, aliases: aliases, "date", summary, [.date], .int, Kernel.unary(.int) { (days: Int32) in field(days) })
    }

    private static func timeField(
        _ name: String, _ summary: String, _ field: @escaping @Sendable (Int64) -> Int32
    ) -> FunctionDefinition {
        DateTime.function(
            name, "timestamp", summary, [.timestamp], .int, Kernel.unary(.int) { (micros: Int64) in field(micros) })
    }

    private static func nameFunction(
        _ name: String, _ summary: String, _ word: @escaping @Sendable (Int32) -> StaticString
    ) -> FunctionDefinition {
        DateTime.function(name, "date", summary, [.date], .string) { arguments, count, _ in
            let input = arguments[0].column(rowCount: count)
            let days = input.elements(Int32.self)
            return NumberText.texts(.string, count, input.validity) { row, output in
                DateTimePattern.writePrefix(word(days[row]), 3, to: &output)
                return true
            }
        }
    }
}

/// Binding of extract and date_part by the name of the field.
enum DateField {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
        guard case .string(let name) = arguments[0].constant else {
            throw .argumentValue(index: 0, expected: "the name of a field, such as 'YEAR'")
        }
        let found: (DataType, DataType, ScalarFunction.Body)?
        switch arguments[1].type {
        case .dayTimeInterval: found = ofDayTime(name)
        case .yearMonthInterval: found = ofYearMonth(name)
        default: found = ofMoment(name)
        }
        guard let (source, result, body) = found else {
            throw .argumentValue(index: 0, expected: "the name of a field of \(arguments[1].type)")
        }
        return BoundFunction(
            parameterTypes: [.string, source], resultType: result, nullable: arguments[1].nullable,
            implementation: .scalar(
                ScalarFunction(name: "extract", canFail: false) { arguments, count, errors in
                    body([arguments[1]], count, &errors)
                }))
    }

    private static func ofMoment(_ name: String) -> (DataType, DataType, ScalarFunction.Body)? {
        func days(_ field: @escaping @Sendable (Int) -> Int) -> (DataType, DataType, ScalarFunction.Body) {
            (.date, .int, Kernel.unary(.int) { (days: Int32) in Int32(truncatingIfNeeded: field(Int(days))) })
        }
        func micros(_ field: @escaping @Sendable (Int64) -> Int64) -> (DataType, DataType, ScalarFunction.Body) {
            (
                .timestamp, .int,
                Kernel.unary(.int) { (micros: Int64) in Int32(truncatingIfNeeded: field(DateTime.ofDay(micros))) }
            )
        }
        switch name.uppercased() {
        case "YEAR", "Y", "YEARS", "YR", "YRS": return days { CalendarDate(daysSinceEpoch: $0).year }
        case "YEAROFWEEK": return days { CalendarDate.isoWeek(daysSinceEpoch: $0).year }
        case "QUARTER", "QTR": return days { (CalendarDate(daysSinceEpoch: $0).month + 2) / 3 }
        case "MONTH", "MON", "MONS", "MONTHS": return days { CalendarDate(daysSinceEpoch: $0).month }
        case "WEEK", "W", "WEEKS": return days { CalendarDate.isoWeek(daysSinceEpoch: $0).week }
        case "DAY", "D", "DAYS": return days { CalendarDate(daysSinceEpoch: $0).day }
        case "DAYOFWEEK", "DOW": return days { CalendarDate.isoWeekday(daysSinceEpoch: $0) % 7 + 1 }
        case "DAYOFWEEK_ISO", "DOW_ISO": return days { CalendarDate.isoWeekday(daysSinceEpoch: $0) }
        case "DOY": return days { CalendarDate(daysSinceEpoch: $0).dayOfYear }
        case "HOUR", "H", "HOURS", "HR", "HRS": return micros { $0 / 3_600_000_000 }
        case "MINUTE", "M", "MIN", "MINS", "MINUTES": return micros { $0 / 60_000_000 % 60 }
        case "SECOND", "S", "SEC", "SECONDS", "SECS":
            let type = DataType.decimal(precision: 8, scale: 6)
            return (
                .timestamp, type, Kernel.unary(type) { (micros: Int64) in Int128(DateTime.ofDay(micros) % 60_000_000) }
            )
        default: return nil
        }
    }

    private static func ofDayTime(_ name: String) -> (DataType, DataType, ScalarFunction.Body)? {
        func part(_ field: @escaping @Sendable (Int64) -> Int64) -> (DataType, DataType, ScalarFunction.Body) {
            (.dayTimeInterval, .int, Kernel.unary(.int) { (micros: Int64) in Int32(truncatingIfNeeded: field(micros)) })
        }
        switch name.uppercased() {
        case "DAY", "D", "DAYS": return part { $0 / TimestampText.microsPerDay }
        case "HOUR", "H", "HOURS", "HR", "HRS": return part { $0 / 3_600_000_000 % 24 }
        case "MINUTE", "M", "MIN", "MINS", "MINUTES": return part { $0 / 60_000_000 % 60 }
        case "SECOND", "S", "SEC", "SECONDS", "SECS":
            let type = DataType.decimal(precision: 8, scale: 6)
            return (.dayTimeInterval, type, Kernel.unary(type) { (micros: Int64) in Int128(micros % 60_000_000) })
        default: return nil
        }
    }

    private static func ofYearMonth(_ name: String) -> (DataType, DataType, ScalarFunction.Body)? {
        switch name.uppercased() {
        case "YEAR", "Y", "YEARS", "YR", "YRS":
            return (.yearMonthInterval, .int, Kernel.unary(.int) { (months: Int32) in months / 12 })
        case "MONTH", "MON", "MONS", "MONTHS":
            return (.yearMonthInterval, .tinyint, Kernel.unary(.tinyint) { (months: Int32) in Int8(months % 12) })
        default: return nil
        }
    }
}
