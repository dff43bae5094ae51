// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension FunctionDefinition {
    /// Moving, counting and cutting of dates and times.
    static let dateArithmeticFunctions: [FunctionDefinition] = [
        days("date_add", ["dateadd"], "Moves a date on by days.", sign: 1),
        days("date_sub", [], "Moves a date back by days.", sign: -1),
        DateTime.function(
            "datediff", aliases: ["date_diff"], "end, start", "Counts the days from the second date to the first.",
            [.date, .date], .int, canFail: true,
            Kernel.binaryChecked(.int, .numericOverflow, "the number of days does not fit INT") {
                (end: Int32, start: Int32) in
                let (value, failed) = end.subtractingReportingOverflow(start)
                return (value, failed: failed)
            }),
        DateTime.function(
            "add_months", "date, months",
            "Moves a date on by months; a day that does not exist becomes the month's last.",
            [.date, .int], .date, canFail: true,
            Kernel.binaryChecked(.date, .numericOverflow, "the date is out of range") { (day: Int32, months: Int32) in
                IntervalArithmetic.moved(Int(day), months: Int(months))
            }),
        DateTime.function(
            "last_day", "date", "Gives the last day of the month.", [.date], .date,
            Kernel.unary(.date) { (day: Int32) in
                let date = DateTime.moment(day)
                let length = CalendarDate.daysInMonth(year: date.year, month: date.month)
                return Int32(truncatingIfNeeded: Int(day) - date.day + length)
            }),
        FunctionDefinition(
            "months_between", group: .dateTime, usage: "months_between(end, start[, round])",
            summary: "Counts months between two moments, as if every month had 31 days."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 || arguments.count == 3 else { throw .argumentCount(expected: "2 or 3") }
            let parameters: [DataType] = [.timestamp, .timestamp] + (arguments.count == 3 ? [.boolean] : [])
            return BoundFunction(
                parameterTypes: parameters, resultType: .double, nullable: arguments.contains { $0.nullable },
                implementation: .scalar(
                    ScalarFunction(name: "months_between", canFail: false, body: MonthsBetween.body)))
        },
        DateTime.function(
            "next_day", "date, weekday", "Gives the first date after a date that is a given day of the week.",
            [.date, .string], .date, canFail: true,
            DateTime.withText(.date, value: 0, text: 1, WeekdayName.number) {
                (day: Int32, weekday: Int?, row, errors) -> Int32? in
                guard let weekday else {
                    errors.add(row: row, .invalidFunctionArgument, "the name of the day of the week is unknown")
                    return nil
                }
                let distance = (weekday - CalendarDate.isoWeekday(daysSinceEpoch: Int(day)) + 7) % 7
                return day &+ Int32(distance == 0 ? 7 : distance)
            }),
        DateTime.function(
            "trunc", "date, unit", "Gives the first day of the year, quarter, month or week; NULL for other units.",
            [.date, .string], .date, nullable: true,
            DateTime.withText(.date, value: 0, text: 1, { TimeUnit($0) }) {
                (day: Int32, unit: TimeUnit?, _, _) -> Int32? in
                switch unit {
                case .year, .quarter, .month, .week: unit.map { Int32(truncatingIfNeeded: $0.start(ofDay: Int(day))) }
                default: nil
                }
            }),
        DateTime.function(
            "date_trunc", "unit, timestamp", "Gives the start of the unit that a moment lies in; NULL for other units.",
            [.string, .timestamp], .timestamp, nullable: true,
            DateTime.withText(.timestamp, value: 1, text: 0, { TimeUnit($0) }) {
                (micros: Int64, unit: TimeUnit?, _, _) -> Int64? in unit?.start(of: micros)
            }),
        FunctionDefinition(
            "timestampadd", group: .dateTime, usage: "timestampadd(unit, count, timestamp)",
            summary: "Moves a moment on by units."
        ) { (arguments) throws(FunctionBindingError) in try UnitArithmetic.bindAdd(arguments) },
        FunctionDefinition(
            "timestampdiff", group: .dateTime, usage: "timestampdiff(unit, start, end)",
            summary: "Counts the whole units between two moments."
        ) { (arguments) throws(FunctionBindingError) in try UnitArithmetic.bindDifference(arguments) },
    ]

    /// Days are counted by an INT or a narrower integer, or by text; other numbers are refused, as in Spark.
    private static func days(_ name: String, _ aliases: [String], _ summary: String, sign: Int32) -> FunctionDefinition
    {
        FunctionDefinition(name, aliases: aliases, group: .dateTime, usage: "\(name)(date, days)", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
            switch arguments[1].type {
            case .tinyint, .smallint, .int, .string, .void: break
            default: throw .argumentType(index: 1, expected: "INT")
            }
            return BoundFunction(
                name, [.date, .int], to: .date, nullable: arguments.contains { $0.nullable },
                body: Kernel.binaryChecked(.date, .numericOverflow, "the date is out of range") {
                    (day: Int32, days: Int32) in
                    let moved = Int64(day) + Int64(sign) * Int64(days)
                    return (Int32(truncatingIfNeeded: moved), failed: Int32(exactly: moved) == nil)
                })
        }
    }
}

/// Days of the week by name.
enum WeekdayName {
    /// 1 for Monday to 7 for Sunday, of a name or its first two or three letters in any case.
    static func number(_ text: String) -> Int? {
        switch text.trimmingBlanks.uppercased() {
        case "MO", "MON", "MONDAY": 1
        case "TU", "TUE", "TUESDAY": 2
        case "WE", "WED", "WEDNESDAY": 3
        case "TH", "THU", "THURSDAY": 4
        case "FR", "FRI", "FRIDAY": 5
        case "SA", "SAT", "SATURDAY": 6
        case "SU", "SUN", "SUNDAY": 7
        default: nil
        }
    }
}

extension String {
    /// The text without blanks at both ends.
    var trimmingBlanks: String {
        let front = drop { $0 == " " }
        var end = front.endIndex
        while end > front.startIndex, front[front.index(before: end)] == " " { end = front.index(before: end) }
        return String(front[..<end])
    }
}

/// The body of months_between.
enum MonthsBetween {
    static let body: ScalarFunction.Body = { arguments, count, _ in
        if arguments.contains(where: \.isNullConstant) { return Column(nulls: .double, count: count) }
        let columns = arguments.map { $0.column(rowCount: count) }
        let (ends, starts) = (columns[0].elements(Int64.self), columns[1].elements(Int64.self))
        let rounds = columns.count == 3 ? columns[2].bits : Bitmap(repeating: true, count: count)
        var results = BufferBuilder<Double>(capacity: count)
        for row in 0..<count {
            let months = months(from: starts[row], to: ends[row])
            results.append(rounds[row] ? (months * 1e8).rounded(.toNearestOrAwayFromZero) / 1e8 : months)
        }
        let validity = columns.reduce(Bitmap?.none) { Bitmap.intersection($0, $1.validity) }
        return Column(.double, results.finish(), validity: validity)
    }

    private static func months(from start: Int64, to end: Int64) -> Double {
        let (first, last) = (
            CalendarDate(daysSinceEpoch: DateTime.day(start)), CalendarDate(daysSinceEpoch: DateTime.day(end))
        )
        let whole = Double((last.year - first.year) * 12 + last.month - first.month)
        func isLast(_ date: CalendarDate) -> Bool {
            date.day == CalendarDate.daysInMonth(year: date.year, month: date.month)
        }
        if first.day == last.day || isLast(first) && isLast(last) { return whole }
        let seconds =
            Int64(last.day - first.day) * 86_400 + DateTime.ofDay(end) / 1_000_000 - DateTime.ofDay(start) / 1_000_000
        return whole + Double(seconds) / (31 * 86_400)
    }
}

/// Binding of timestampadd and timestampdiff.
enum UnitArithmetic {
    private static func unit(_ argument: FunctionArgument) throws(FunctionBindingError) -> TimeUnit {
        guard case .string(let word) = argument.constant, let unit = TimeUnit(word) else {
            throw .argumentValue(index: 0, expected: "a unit such as DAY")
        }
        return unit
    }

    static func bindAdd(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 3 else { throw .argumentCount(expected: "3") }
        let unit = try unit(arguments[0])
        let type: DataType = arguments[2].type == .timestampNTZ ? .timestampNTZ : .timestamp
        let move: ScalarFunction.Body
        if let months = unit.months {
            move = Kernel.binaryChecked(type, .numericOverflow, "the timestamp is out of range") {
                (count: Int64, micros: Int64) in
                guard let total = Int32(exactly: count.multipliedReportingOverflow(by: Int64(months)).partialValue),
                    count.magnitude <= 1 << 32
                else { return (0 as Int64, failed: true) }
                let (day, failed) = IntervalArithmetic.moved(DateTime.day(micros), months: Int(total))
                let (start, overflow) = Int64(day).multipliedReportingOverflow(by: TimestampText.microsPerDay)
                let (value, overflowOfSum) = start.addingReportingOverflow(DateTime.ofDay(micros))
                return (value, failed: failed || overflow || overflowOfSum)
            }
        } else {
            let size = unit.micros ?? 1
            move = Kernel.binaryChecked(type, .numericOverflow, "the timestamp is out of range") {
                (count: Int64, micros: Int64) in
                let (distance, overflow) = count.multipliedReportingOverflow(by: size)
                let (value, overflowOfSum) = micros.addingReportingOverflow(distance)
                return (value, failed: overflow || overflowOfSum)
            }
        }
        return BoundFunction(
            parameterTypes: [.string, .bigint, type], resultType: type, nullable: arguments.contains { $0.nullable },
            implementation: .scalar(
                ScalarFunction(name: "timestampadd") { arguments, count, errors in
                    move([arguments[1], arguments[2]], count, &errors)
                }))
    }

    static func bindDifference(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 3 else { throw .argumentCount(expected: "3") }
        let unit = try unit(arguments[0])
        let difference: ScalarFunction.Body
        if let months = unit.months {
            difference = Kernel.binary(.bigint) { (start: Int64, end: Int64) in wholeMonths(start, end) / Int64(months)
            }
        } else {
            let size = unit.micros ?? 1
            difference = Kernel.binary(.bigint) { (start: Int64, end: Int64) in (end &- start) / size }
        }
        return BoundFunction(
            parameterTypes: [.string, .timestamp, .timestamp], resultType: .bigint,
            nullable: arguments.contains { $0.nullable },
            implementation: .scalar(
                ScalarFunction(name: "timestampdiff", canFail: false) { arguments, count, errors in
                    difference([arguments[1], arguments[2]], count, &errors)
                }))
    }

    /// Whole months from one moment to another, toward zero.
    private static func wholeMonths(_ start: Int64, _ end: Int64) -> Int64 {
        let (first, last) = (
            CalendarDate(daysSinceEpoch: DateTime.day(start)), CalendarDate(daysSinceEpoch: DateTime.day(end))
        )
        let months = Int64((last.year - first.year) * 12 + last.month - first.month)
        let (firstRest, lastRest) = (
            Int64(first.day) * TimestampText.microsPerDay + DateTime.ofDay(start),
            Int64(last.day) * TimestampText.microsPerDay + DateTime.ofDay(end)
        )
        if months > 0, lastRest < firstRest { return months - 1 }
        if months < 0, lastRest > firstRest { return months + 1 }
        return months
    }
}
