// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Arithmetic of dates, timestamps and intervals.
enum IntervalArithmetic {
    private static let overflow: StaticString = "the result is outside the range of the type"

    /// The binding when an operand is a date, a timestamp or an interval; `nil` when none is.
    static func bind(
        _ operation: Arithmetic.Operation, _ mode: ArithmeticMode, name: String, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundFunction? {
        var types = arguments.map(\.type)
        guard types.contains(where: isTemporal) else { return nil }
        if let index = types.firstIndex(of: .void) {
            // An untyped NULL is whatever makes sense beside the other operand.
            let other = types[1 - index]
            let isMoment = TypeCoercion.isDatetime(other)
            types[index] = operation == .multiply || operation == .divide ? .int : isMoment ? .dayTimeInterval : other
        }
        if operation == .subtract, types[1] == .date || types[1] == .timestamp, arguments[0].type == .void {
            types[0] = types[1]
        }
        guard let (parameters, result, body) = implementation(operation, mode, types, arguments) else {
            let index = isTemporal(types[0]) ? 1 : 0
            throw .argumentType(index: index, expected: "what '\(operation.rawValue)' takes beside \(types[1 - index])")
        }
        return BoundFunction(
            parameterTypes: parameters, resultType: result,
            nullable: mode == .lenient || arguments.contains { $0.nullable },
            implementation: .scalar(ScalarFunction(name: name, body: body)))
    }

    private static func isTemporal(_ type: DataType) -> Bool {
        switch type {
        case .date, .timestamp, .timestampNTZ, .dayTimeInterval, .yearMonthInterval: true
        default: false
        }
    }

    private typealias Implementation = (parameters: [DataType], result: DataType, body: ScalarFunction.Body)

    private static func implementation(
        _ operation: Arithmetic.Operation, _ mode: ArithmeticMode, _ types: [DataType], _ arguments: [FunctionArgument]
    ) -> Implementation? {
        switch operation {
        case .add:
            if let found = shift(mode, types[0], types[1], arguments[1].constant, sign: 1) { return found }
            guard let found = shift(mode, types[1], types[0], arguments[0].constant, sign: 1) else { return nil }
            // The moment stands on the right: the body takes it first.
            return (
                [found.parameters[1], found.parameters[0]], found.result,
                { arguments, count, errors in found.body([arguments[1], arguments[0]], count, &errors) }
            )
        case .subtract:
            return difference(mode, types[0], types[1])
                ?? shift(mode, types[0], types[1], arguments[1].constant, sign: -1)
        case .multiply:
            if let found = scaled(mode, types[0], types[1]) { return found }
            guard let found = scaled(mode, types[1], types[0]) else { return nil }
            return (
                [found.parameters[1], found.parameters[0]], found.result,
                { arguments, count, errors in found.body([arguments[1], arguments[0]], count, &errors) }
            )
        case .divide: return divided(mode, types[0], types[1])
        case .div: return ratio(mode, types[0], types[1])
        case .remainder, .pmod: return nil
        }
    }

    /// How often an interval goes into another, cut off.
    private static func ratio(_ mode: ArithmeticMode, _ left: DataType, _ right: DataType) -> Implementation? {
        switch (left, right) {
        case (.dayTimeInterval, .dayTimeInterval):
            return (
                [left, right], .bigint,
                Arithmetic.checked(mode, .bigint, .divideByZero, "division by zero") { (left: Int64, right: Int64) in
                    let (value, failed) = left.dividedReportingOverflow(by: right)
                    return (value, failed: failed)
                }
            )
        case (.yearMonthInterval, .yearMonthInterval):
            return (
                [left, right], .bigint,
                Arithmetic.checked(mode, .bigint, .divideByZero, "division by zero") { (left: Int32, right: Int32) in
                    let (value, failed) = Int64(left).dividedReportingOverflow(by: Int64(right))
                    return (value, failed: failed)
                }
            )
        default: return nil
        }
    }

    /// A moment or interval moved by an interval or by days.
    private static func shift(
        _ mode: ArithmeticMode, _ moment: DataType, _ interval: DataType, _ constant: Value?, sign: Int
    ) -> Implementation? {
        switch (moment, interval) {
        case (.date, .tinyint), (.date, .smallint), (.date, .int):
            return (
                [.date, .int], .date,
                Arithmetic.checked(mode, .date, .numericOverflow, overflow) { (day: Int32, days: Int32) in
                    let (value, failed) =
                        sign > 0 ? day.addingReportingOverflow(days) : day.subtractingReportingOverflow(days)
                    return (value, failed: failed)
                }
            )
        case (.date, .yearMonthInterval):
            return (
                [moment, interval], .date,
                Arithmetic.checked(mode, .date, .numericOverflow, overflow) { (day: Int32, months: Int32) in
                    moved(Int(day), months: Int(months) * sign)
                }
            )
        case (.date, .dayTimeInterval):
            // An interval of whole days leaves a date a date, as `INTERVAL DAY` does in Spark.
            if case .dayTimeInterval(let micros) = constant, micros % TimestampText.microsPerDay == 0 {
                return (
                    [moment, interval], .date,
                    Arithmetic.checked(mode, .date, .numericOverflow, overflow) { (day: Int32, micros: Int64) in
                        let moved = Int64(day) + Int64(sign) * (micros / TimestampText.microsPerDay)
                        return (Int32(truncatingIfNeeded: moved), failed: Int32(exactly: moved) == nil)
                    }
                )
            }
            return ([.timestamp, interval], .timestamp, added(mode, .timestamp, sign))
        case (.timestamp, .dayTimeInterval), (.timestampNTZ, .dayTimeInterval), (.dayTimeInterval, .dayTimeInterval):
            return ([moment, interval], moment, added(mode, moment, sign))
        case (.timestamp, .yearMonthInterval), (.timestampNTZ, .yearMonthInterval):
            return (
                [moment, interval], moment,
                Arithmetic.checked(mode, moment, .numericOverflow, overflow) { (micros: Int64, months: Int32) in
                    let day = micros.flooringDivision(by: TimestampText.microsPerDay)
                    let (target, failed) = moved(Int(day), months: Int(months) * sign)
                    let (start, over) = Int64(target).multipliedReportingOverflow(by: TimestampText.microsPerDay)
                    let (value, overSum) = start.addingReportingOverflow(
                        micros.flooringRemainder(by: TimestampText.microsPerDay))
                    return (value, failed: failed || over || overSum)
                }
            )
        case (.yearMonthInterval, .yearMonthInterval):
            return (
                [moment, interval], moment,
                Arithmetic.checked(mode, moment, .numericOverflow, overflow) { (left: Int32, right: Int32) in
                    let (value, failed) =
                        sign > 0 ? left.addingReportingOverflow(right) : left.subtractingReportingOverflow(right)
                    return (value, failed: failed)
                }
            )
        case (.string, .dayTimeInterval) where sign != 0:
            return ([.timestamp, interval], .timestamp, added(mode, .timestamp, sign))
        default: return nil
        }
    }

    private static func added(_ mode: ArithmeticMode, _ type: DataType, _ sign: Int) -> ScalarFunction.Body {
        if sign > 0 {
            return Arithmetic.checked(mode, type, .numericOverflow, overflow) { (left: Int64, right: Int64) in
                let (value, failed) = left.addingReportingOverflow(right)
                return (value, failed: failed)
            }
        }
        return Arithmetic.checked(mode, type, .numericOverflow, overflow) { (left: Int64, right: Int64) in
            let (value, failed) = left.subtractingReportingOverflow(right)
            return (value, failed: failed)
        }
    }

    /// A day moved by months, the last day of the month where that is shorter.
    static func moved(_ day: Int, months: Int) -> (Int32, failed: Bool) {
        let target = CalendarDate(daysSinceEpoch: day).adding(months: months).daysSinceEpoch
        return (Int32(truncatingIfNeeded: target), failed: Int32(exactly: target) == nil)
    }

    /// The distance between two moments.
    private static func difference(_ mode: ArithmeticMode, _ left: DataType, _ right: DataType) -> Implementation? {
        guard TypeCoercion.isDatetime(left) || TypeCoercion.isDatetime(right) else { return nil }
        switch (left, right) {
        case (.date, .date):
            return (
                [.date, .date], .dayTimeInterval,
                Kernel.binary(.dayTimeInterval) { (left: Int32, right: Int32) in
                    (Int64(left) - Int64(right)) * TimestampText.microsPerDay
                }
            )
        case _
        where (TypeCoercion.isDatetime(left) || left == .string)
            && (TypeCoercion.isDatetime(right) || right == .string):
            guard let common = TypeCoercion.common(left, right) else { return nil }
            let type: DataType = common == .date ? .timestamp : common
            return ([type, type], .dayTimeInterval, added(mode, .dayTimeInterval, -1))
        default: return nil
        }
    }

    /// An interval times a number.
    private static func scaled(_ mode: ArithmeticMode, _ interval: DataType, _ factor: DataType) -> Implementation? {
        guard factor.isNumeric || factor == .string else { return nil }
        switch interval {
        case .dayTimeInterval where factor.isInteger:
            return (
                [interval, .bigint], interval,
                Arithmetic.checked(mode, interval, .numericOverflow, overflow) { (left: Int64, right: Int64) in
                    let (value, failed) = left.multipliedReportingOverflow(by: right)
                    return (value, failed: failed)
                }
            )
        case .dayTimeInterval:
            return (
                [interval, .double], interval,
                Arithmetic.checked(mode, interval, .numericOverflow, overflow) { (left: Int64, right: Double) in
                    rounded(Double(left) * right)
                }
            )
        case .yearMonthInterval:
            return (
                [interval, .double], interval,
                Arithmetic.checked(mode, interval, .numericOverflow, overflow) { (left: Int32, right: Double) in
                    let (value, failed) = rounded(Double(left) * right)
                    return (Int32(truncatingIfNeeded: value), failed: failed || Int32(exactly: value) == nil)
                }
            )
        default: return nil
        }
    }

    private static func divided(_ mode: ArithmeticMode, _ interval: DataType, _ divisor: DataType) -> Implementation? {
        guard divisor.isNumeric || divisor == .string else { return nil }
        switch interval {
        case .dayTimeInterval where divisor.isInteger:
            return (
                [interval, .bigint], interval,
                Arithmetic.checked(mode, interval, .divideByZero, "division by zero") { (left: Int64, right: Int64) in
                    guard right != 0 else { return (0 as Int64, failed: true) }
                    let (top, bottom) = right < 0 ? (-Int128(left), -Int128(right)) : (Int128(left), Int128(right))
                    let value = DecimalText.dividedHalfUp(top, by: bottom)
                    return (Int64(truncatingIfNeeded: value), failed: Int64(exactly: value) == nil)
                }
            )
        case .dayTimeInterval:
            return (
                [interval, .double], interval,
                Arithmetic.checked(mode, interval, .divideByZero, "division by zero or out of range") {
                    (left: Int64, right: Double) in rounded(Double(left) / right)
                }
            )
        case .yearMonthInterval:
            return (
                [interval, .double], interval,
                Arithmetic.checked(mode, interval, .divideByZero, "division by zero or out of range") {
                    (left: Int32, right: Double) in
                    let (value, failed) = rounded(Double(left) / right)
                    return (Int32(truncatingIfNeeded: value), failed: failed || Int32(exactly: value) == nil)
                }
            )
        default: return nil
        }
    }

    private static func rounded(_ value: Double) -> (Int64, failed: Bool) {
        guard let whole = Int64(exactly: value.rounded(.toNearestOrAwayFromZero)) else { return (0, failed: true) }
        return (whole, failed: false)
    }
}
