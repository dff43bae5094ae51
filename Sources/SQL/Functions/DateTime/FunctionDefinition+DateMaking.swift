// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension FunctionDefinition {
    /// Dates and times from numbers, from the epoch, and back.
    static let dateMakingFunctions: [FunctionDefinition] = [
        moment("current_timestamp", ["now"], .timestamp, "Gives the time at which the epoch began."),
        moment("current_date", ["curdate"], .date, "Gives the day on which the epoch began, in UTC."),
        moment("localtimestamp", [], .timestampNTZ, "Gives the time at which the epoch began, without a zone."),
        FunctionDefinition(
            "current_timezone", group: .dateTime, usage: "current_timezone()", summary: "Gives the session's zone: UTC."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.isEmpty else { throw .argumentCount(expected: "0") }
            return BoundFunction(
                parameterTypes: [], resultType: .string, nullable: false,
                implementation: .rewrite { _ in Expression(.literal(.string("UTC")), type: .string, nullable: false) })
        },
        DateTime.function(
            "make_date", "year, month, day", "Makes a date.", [.int, .int, .int], .date, canFail: true,
            Kernel.rows(.date, Int32.self) { columns in
                let parts = columns.map { $0.elements(Int32.self) }
                return { row, errors in
                    let (year, month, day) = (Int(parts[0][row]), Int(parts[1][row]), Int(parts[2][row]))
                    guard CalendarDate.isValid(year: year, month: month, day: day),
                        let days = Int32(exactly: CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
                    else {
                        errors.add(row: row, .invalidFunctionArgument, "there is no day \(year)-\(month)-\(day)")
                        return nil
                    }
                    return days
                }
            }),
        MakeTimestamp.definition("make_timestamp", .timestamp, isLenient: false),
        MakeTimestamp.definition("try_make_timestamp", .timestamp, isLenient: true),
        MakeTimestamp.definition("make_timestamp_ntz", .timestampNTZ, isLenient: false),
        FunctionDefinition(
            "make_dt_interval", group: .dateTime, usage: "make_dt_interval([days[, hours[, minutes[, seconds]]]])",
            summary: "Makes an interval of days and times."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count <= 4 else { throw .argumentCount(expected: "0 to 4") }
            let all: [DataType] = [.int, .int, .int, .decimal(precision: 18, scale: 6)]
            return BoundFunction(
                "make_dt_interval", Array(all.prefix(arguments.count)), to: .dayTimeInterval,
                nullable: arguments.contains { $0.nullable }, body: MakeTimestamp.dayTimeInterval)
        },
        FunctionDefinition(
            "make_ym_interval", group: .dateTime, usage: "make_ym_interval([years[, months]])",
            summary: "Makes an interval of years and months."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count <= 2 else { throw .argumentCount(expected: "0 to 2") }
            return BoundFunction(
                "make_ym_interval", arguments.map { _ in .int }, to: .yearMonthInterval,
                nullable: arguments.contains { $0.nullable }, body: MakeTimestamp.yearMonthInterval)
        },
        DateTime.function(
            "unix_date", "date", "Counts the days since 1970-01-01.", [.date], .int,
            Kernel.unary(.int) { (days: Int32) in days }),
        DateTime.function(
            "date_from_unix_date", "days", "Makes a date from days since 1970-01-01.", [.int], .date,
            Kernel.unary(.date) { (days: Int32) in days }),
        DateTime.function(
            "unix_seconds", "timestamp", "Counts the seconds since 1970, rounded down.", [.timestamp], .bigint,
            Kernel.unary(.bigint) { (micros: Int64) in micros.flooringDivision(by: 1_000_000) }),
        DateTime.function(
            "unix_millis", "timestamp", "Counts the milliseconds since 1970, rounded down.", [.timestamp], .bigint,
            Kernel.unary(.bigint) { (micros: Int64) in micros.flooringDivision(by: 1000) }),
        DateTime.function(
            "unix_micros", "timestamp", "Counts the microseconds since 1970.", [.timestamp], .bigint,
            Kernel.unary(.bigint) { (micros: Int64) in micros }),
        DateTime.function(
            "timestamp_millis", "milliseconds", "Makes a timestamp from milliseconds since 1970.", [.bigint],
            .timestamp,
            canFail: true,
            Kernel.unaryChecked(.timestamp, .numericOverflow, "the timestamp is out of range") { (millis: Int64) in
                let (value, failed) = millis.multipliedReportingOverflow(by: 1000)
                return (value, failed: failed)
            }),
        DateTime.function(
            "timestamp_micros", "microseconds", "Makes a timestamp from microseconds since 1970.", [.bigint],
            .timestamp,
            Kernel.unary(.timestamp) { (micros: Int64) in micros }),
        FunctionDefinition(
            "timestamp_seconds", group: .dateTime, usage: "timestamp_seconds(seconds)",
            summary: "Makes a timestamp from seconds since 1970."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            guard arguments[0].type.isNumeric || arguments[0].type == .void else {
                throw .argumentType(index: 0, expected: "a number")
            }
            let nullable = arguments[0].nullable
            return BoundFunction(
                parameterTypes: [arguments[0].type], resultType: .timestamp, nullable: nullable,
                implementation: .rewrite { Expression(.cast($0[0], .ansi), type: .timestamp, nullable: nullable) })
        },
    ]

    private static func moment(
        _ name: String, _ aliases: [String], _ type: DataType, _ summary: String
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: .dateTime, usage: "\(name)()", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            guard arguments.isEmpty else { throw .argumentCount(expected: "0") }
            return BoundFunction(
                parameterTypes: [], resultType: type, nullable: false,
                implementation: .rewrite { _ in
                    let now = Expression(.epochTime, type: .timestamp, nullable: false)
                    return type == .timestamp ? now : Expression(.cast(now, .ansi), type: type, nullable: false)
                })
        }
    }
}

/// Timestamps and intervals made from their parts.
enum MakeTimestamp {
    static func definition(_ name: String, _ type: DataType, isLenient: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, group: .dateTime, usage: "\(name)(year, month, day, hour, minute, seconds[, zone])",
            summary: "Makes a timestamp from its parts."
        ) { (arguments) throws(FunctionBindingError) in
            let takesZone = type == .timestamp
            guard arguments.count == 6 || takesZone && arguments.count == 7 else {
                throw .argumentCount(expected: takesZone ? "6 or 7" : "6")
            }
            let seconds = DataType.decimal(precision: 16, scale: 6)
            let parameters: [DataType] =
                [.int, .int, .int, .int, .int, seconds] + (arguments.count == 7 ? [.string] : [])
            return BoundFunction(
                parameterTypes: parameters, resultType: type,
                nullable: isLenient || arguments.contains { $0.nullable },
                implementation: .scalar(ScalarFunction(name: name, canFail: !isLenient, body: body(type, isLenient))))
        }
    }

    private static func body(_ type: DataType, _ isLenient: Bool) -> ScalarFunction.Body {
        Kernel.rows(type, Int64.self) { columns in
            let parts = columns[..<5].map { $0.elements(Int32.self) }
            let seconds = columns[5].elements(Int128.self)
            let zones = columns.count == 7 ? DateTime.PerText(.column(columns[6]), TimeZoneDatabase.rules) : nil
            return { row, errors in
                func refuse(_ message: String) -> Int64? {
                    if !isLenient { errors.add(row: row, .invalidFunctionArgument, message) }
                    return nil
                }
                let (year, month, day) = (Int(parts[0][row]), Int(parts[1][row]), Int(parts[2][row]))
                let (hour, minute) = (Int64(parts[3][row]), Int64(parts[4][row]))
                let micros = Int64(truncatingIfNeeded: seconds[row])
                guard CalendarDate.isValid(year: year, month: month, day: day), year.magnitude <= 300_000 else {
                    return refuse("there is no day \(year)-\(month)-\(day)")
                }
                // A second of 60 is the next minute, as PostgreSQL and Spark have it.
                guard (0..<24).contains(hour), (0..<60).contains(minute), micros >= 0, micros <= 60_000_000 else {
                    return refuse("there is no time \(hour):\(minute) with these seconds")
                }
                let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
                let local = days * TimestampText.microsPerDay + (hour * 60 + minute) * 60_000_000 + micros
                guard let zones else { return local }
                guard let rules = zones.value(at: row) else { return refuse("the zone is unknown") }
                return rules.utc(fromLocal: local)
            }
        }
    }

    static let dayTimeInterval: ScalarFunction.Body = { arguments, count, errors in
        if arguments.isEmpty { return Column(.dayTimeInterval, Buffer(repeating: 0 as Int64, count: count)) }
        let body = Kernel.rows(.dayTimeInterval, Int64.self) { columns in
            let whole = columns.prefix(3).map { $0.elements(Int32.self) }
            let seconds = columns.count == 4 ? columns[3].elements(Int128.self) : nil
            let units = [TimestampText.microsPerDay, 3_600_000_000, 60_000_000]
            return { row, errors in
                var total = seconds.map { $0[row] } ?? 0
                for (values, unit) in zip(whole, units) { total += Int128(values[row]) * Int128(unit) }
                guard let micros = Int64(exactly: total) else {
                    errors.add(row: row, .numericOverflow, "the interval is out of range")
                    return nil
                }
                return micros
            }
        }
        return body(arguments, count, &errors)
    }

    static let yearMonthInterval: ScalarFunction.Body = { arguments, count, errors in
        if arguments.isEmpty { return Column(.yearMonthInterval, Buffer(repeating: 0 as Int32, count: count)) }
        let body = Kernel.rows(.yearMonthInterval, Int32.self) { columns in
            let parts = columns.map { $0.elements(Int32.self) }
            return { row, errors in
                let total = Int64(parts[0][row]) * 12 + (parts.count == 2 ? Int64(parts[1][row]) : 0)
                guard let months = Int32(exactly: total) else {
                    errors.add(row: row, .numericOverflow, "the interval is out of range")
                    return nil
                }
                return months
            }
        }
        return body(arguments, count, &errors)
    }
}
