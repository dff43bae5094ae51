// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Binding of round, bround, ceil and floor.
enum Rounding {
    /// Which neighbour is taken.
    enum Rule: Sendable {
        /// The nearest; from the middle away from zero.
        case halfUp
        /// The nearest; from the middle the even one.
        case halfEven
        case up
        case down
    }

    static func bind(
        _ name: String, _ rule: Rule, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 || arguments.count == 2 else { throw .argumentCount(expected: "1 or 2") }
        var places = 0
        if arguments.count == 2 {
            switch arguments[1].constant {
            case .int(let value): places = Int(value)
            case .tinyint(let value): places = Int(value)
            case .smallint(let value): places = Int(value)
            case .bigint(let value): places = Int(value)
            default: throw .argumentValue(index: 1, expected: "an integer literal")
            }
        }
        let rounds = rule == .halfUp || rule == .halfEven
        let (parameter, result, body) = try implementation(
            rule, places, arguments[0].type, wholeResult: !rounds && arguments.count == 1)
        return BoundFunction(
            parameterTypes: [parameter] + (arguments.count == 2 ? [arguments[1].type] : []), resultType: result,
            nullable: arguments[0].nullable, implementation: .scalar(ScalarFunction(name: name, body: body)))
    }

    private static func implementation(
        _ rule: Rule, _ places: Int, _ type: DataType, wholeResult: Bool
    ) throws(FunctionBindingError) -> (DataType, DataType, ScalarFunction.Body) {
        switch type {
        case .tinyint where wholeResult, .smallint where wholeResult, .int where wholeResult, .bigint where wholeResult:
            return (.bigint, .bigint, Kernel.unary(.bigint) { (value: Int64) in value })
        case .tinyint: return (type, type, integer(rule, places, type, Int8.self))
        case .smallint: return (type, type, integer(rule, places, type, Int16.self))
        case .int: return (type, type, integer(rule, places, type, Int32.self))
        case .bigint: return (type, type, integer(rule, places, type, Int64.self))
        case .decimal(let precision, let scale):
            let result = decimalResult(rule, precision, scale, places, whole: wholeResult)
            return (type, result, decimal(rule, scale, places, result))
        case .double where wholeResult, .string where wholeResult, .float where wholeResult, .void where wholeResult:
            let floating: FloatingPointRoundingRule = rule == .up ? .up : .down
            // As in Spark and the JVM, what does not fit BIGINT saturates and NaN is 0.
            return (
                .double, .bigint,
                Kernel.unary(.bigint) { (value: Double) in
                    let rounded = value.rounded(floating)
                    if let exact = Int64(exactly: rounded) { return exact }
                    return rounded.isNaN ? 0 : rounded < 0 ? Int64.min : Int64.max
                }
            )
        case .float:
            return (
                .float, .float, Kernel.unary(.float) { (value: Float) in Float(rounded(Double(value), rule, places)) }
            )
        case .double, .string, .void:
            return (.double, .double, Kernel.unary(.double) { (value: Double) in rounded(value, rule, places) })
        default: throw .argumentType(index: 0, expected: "a number")
        }
    }

    private static func integer<Number: FixedWidthInteger & SignedInteger & ColumnElement>(
        _ rule: Rule, _ places: Int, _ type: DataType, _: Number.Type
    ) -> ScalarFunction.Body {
        if places >= 0 { return Kernel.unary(type) { (value: Number) in value } }
        if places < -19 { return Kernel.unary(type) { (_: Number) in Number.zero } }
        let unit = DecimalText.limit(precision: -places)
        return Kernel.unaryChecked(type, .numericOverflow, "the rounded number does not fit the type") {
            (value: Number) in
            let result = divided(Int128(value), by: unit, rule) * unit
            guard let number = Number(exactly: result) else { return (Number.zero, failed: true) }
            return (number, failed: false)
        }
    }

    /// A quotient rounded by a rule.
    static func divided(_ value: Int128, by unit: Int128, _ rule: Rule) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
        if remainder == 0 { return quotient }
        switch rule {
        case .up: return value > 0 ? quotient + 1 : quotient
        case .down: return value < 0 ? quotient - 1 : quotient
        case .halfUp, .halfEven:
            let away = value < 0 ? quotient - 1 : quotient + 1
            let (twice, half) = (Int128(remainder.magnitude), unit - Int128(remainder.magnitude))
            if twice == half { return rule == .halfUp || quotient % 2 != 0 ? away : quotient }
            return twice > half ? away : quotient
        }
    }

    /// The type of a rounded decimal, as Spark gives it.
    private static func decimalResult(
        _ rule: Rule, _ precision: Int, _ scale: Int, _ places: Int, whole: Bool
    ) -> DataType {
        let integral = precision - scale + 1
        if places < 0 {
            return .decimal(precision: min(max(integral, -places + 1), 38), scale: 0)
        }
        let kept = min(scale, places)
        return .decimal(precision: min(integral + kept, 38), scale: kept)
    }

    private static func decimal(
        _ rule: Rule, _ scale: Int, _ places: Int, _ result: DataType
    ) -> ScalarFunction.Body {
        guard case .decimal(let precision, let newScale) = result else {
            return { _, count, _ in Column(nulls: result, count: count) }
        }
        let limit = DecimalText.limit(precision: precision)
        let cut = min(scale - places, 38)
        return Kernel.unaryChecked(result, .numericOverflow, "the rounded number does not fit the decimal type") {
            (value: Int128) in
            guard cut > 0 else { return (value, failed: false) }
            let unit = DecimalText.limit(precision: cut)
            var rounded = divided(value, by: unit, rule)
            if places < 0 {
                let (scaled, overflow) = rounded.multipliedReportingOverflow(
                    by: DecimalText.limit(precision: -places - newScale))
                if overflow { return (0, failed: true) }
                rounded = scaled
            }
            return (rounded, failed: rounded.magnitude >= limit.magnitude)
        }
    }

    /// A DOUBLE rounded by its shortest decimal, as Spark does: 2.675 rounds to 2.68 at two places.
    static func rounded(_ value: Double, _ rule: Rule, _ places: Int) -> Double {
        guard value.isFinite, value != 0 else { return value }
        if places == 0, value.magnitude < 0x1p52 {
            switch rule {
            case .halfUp: return value.rounded(.toNearestOrAwayFromZero)
            case .halfEven: return value.rounded(.toNearestOrEven)
            case .up: return value.rounded(.up)
            case .down: return value.rounded(.down)
            }
        }
        let shortest = ShortestDecimal(value)
        let cut = -shortest.exponent - places
        if cut <= 0 { return value }
        guard cut <= 37 else { return rule == .up && value > 0 || rule == .down && value < 0 ? value : 0 }
        let signed = value < 0 ? -Int128(shortest.digits) : Int128(shortest.digits)
        let digits = divided(signed, by: DecimalText.limit(precision: cut), rule)
        if places >= 0, places <= 38 { return Cast.double(digits, scale: places) }
        guard places < 0, -places <= 308 else { return 0 }
        var power = 1.0
        for _ in 0..<(-places) { power *= 10 }
        return Double(digits) * power
    }
}
