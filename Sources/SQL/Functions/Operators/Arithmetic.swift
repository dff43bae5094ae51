// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// What an arithmetic operator does when its result does not fit or the divisor is zero.
enum ArithmeticMode: Sendable {
    /// An error of the row.
    case ansi
    /// NULL.
    case lenient
}

/// Binding of `+ - * / % div` and their `try_` forms by the types of the operands.
enum Arithmetic {
    enum Operation: String, Sendable {
        case add = "+", subtract = "-", multiply = "*", divide = "/", remainder = "%", div, pmod

        var precisionSymbol: String { self == .pmod ? "%" : rawValue }
        var dividesByItsRight: Bool { self == .divide || self == .remainder || self == .div || self == .pmod }
    }

    static func bind(
        _ operation: Operation, _ mode: ArithmeticMode, name: String, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
        let left = arguments[0].type
        if let bound = try IntervalArithmetic.bind(operation, mode, name: name, arguments) { return bound }
        guard let types = operandTypes(operation, arguments) else {
            let wrong = left.isNumeric || left == .string || left == .void ? 1 : 0
            throw .argumentType(index: wrong, expected: "a number")
        }
        let nullable =
            mode == .lenient || arguments[0].nullable || arguments[1].nullable
        let (resultType, body) = try implementation(operation, mode, types.0, types.1)
        let canFail = mode == .ansi && !(isFloating(resultType) && !operation.dividesByItsRight)
        return BoundFunction(
            parameterTypes: [types.0, types.1], resultType: resultType, nullable: nullable,
            implementation: .scalar(ScalarFunction(name: name, canFail: canFail, body: body)))
    }

    static func isFloating(_ type: DataType) -> Bool { type == .double || type == .float }

    /// The types the operands are cast to; decimals keep their own precision and scale.
    private static func operandTypes(
        _ operation: Operation, _ arguments: [FunctionArgument]
    ) -> (DataType, DataType)? {
        let types = arguments.map(\.type)
        if types.contains(where: { if case .decimal = $0 { true } else { false } }) {
            if types.contains(where: { isFloating($0) || $0 == .string }) { return (.double, .double) }
            let decimals = arguments.compactMap(decimal(of:))
            return decimals.count == 2 ? (decimals[0], decimals[1]) : nil
        }
        guard let common = TypeCoercion.common(types[0], types[1]) else { return nil }
        let numeric = common == .string || common == .void ? DataType.double : common
        guard numeric.isNumeric else { return nil }
        switch operation {
        case .divide: return isFloating(numeric) || numeric.isInteger ? (.double, .double) : (numeric, numeric)
        case .div: return numeric.isInteger ? (.bigint, .bigint) : nil
        default: return (numeric, numeric)
        }
    }

    /// The decimal that an operand beside a decimal becomes: literals take only the digits they need.
    private static func decimal(of argument: FunctionArgument) -> DataType? {
        let literal: Int64? =
            switch argument.constant {
            case .tinyint(let value): Int64(value)
            case .smallint(let value): Int64(value)
            case .int(let value): Int64(value)
            case .bigint(let value): value
            default: nil
            }
        if argument.type.isInteger, let literal {
            let needed = DecimalPrecision.holding(literal: literal)
            return .decimal(precision: needed.precision, scale: needed.scale)
        }
        if argument.type == .void { return .decimal(precision: 1, scale: 0) }
        return DecimalPrecision.holding(argument.type).map { .decimal(precision: $0.precision, scale: $0.scale) }
    }

    private static func implementation(
        _ operation: Operation, _ mode: ArithmeticMode, _ left: DataType, _ right: DataType
    ) throws(FunctionBindingError) -> (DataType, ScalarFunction.Body) {
        switch left {
        case .tinyint: return (left, integer(operation, mode, left, Int8.self))
        case .smallint: return (left, integer(operation, mode, left, Int16.self))
        case .int: return (left, integer(operation, mode, left, Int32.self))
        case .bigint: return (left, integer(operation, mode, left, Int64.self))
        case .float: return (left, floating(operation, mode, left, Float.self))
        case .double: return (left, floating(operation, mode, left, Double.self))
        case .decimal(let leftPrecision, let leftScale):
            guard case .decimal(let rightPrecision, let rightScale) = right else {
                throw .argumentType(index: 1, expected: "DECIMAL")
            }
            return decimal(operation, mode, (leftPrecision, leftScale), (rightPrecision, rightScale))
        default: throw .argumentType(index: 0, expected: "a number")
        }
    }

    /// Wraps an operation that may have no result, as an error or as NULL.
    @inline(__always)
    static func checked<A: ColumnElement, B: ColumnElement, Result: ColumnElement>(
        _ mode: ArithmeticMode, _ type: DataType, _ code: PipelineError.Code, _ message: StaticString,
        _ operation: @escaping @Sendable (A, B) -> (Result, failed: Bool)
    ) -> ScalarFunction.Body {
        switch mode {
        case .ansi: Kernel.binaryChecked(type, code, message, operation)
        case .lenient: Kernel.binaryPartial(type, operation)
        }
    }

    @inline(__always)
    private static func integer<Number: FixedWidthInteger & SignedInteger & ColumnElement>(
        _ operation: Operation, _ mode: ArithmeticMode, _ type: DataType, _: Number.Type
    ) -> ScalarFunction.Body {
        let overflow: StaticString = "the result does not fit the type"
        let zero: StaticString = "division by zero"
        switch operation {
        case .add:
            return checked(mode, type, .numericOverflow, overflow) { (left: Number, right: Number) in
                let (value, failed) = left.addingReportingOverflow(right)
                return (value, failed: failed)
            }
        case .subtract:
            return checked(mode, type, .numericOverflow, overflow) { (left: Number, right: Number) in
                let (value, failed) = left.subtractingReportingOverflow(right)
                return (value, failed: failed)
            }
        case .multiply:
            return checked(mode, type, .numericOverflow, overflow) { (left: Number, right: Number) in
                let (value, failed) = left.multipliedReportingOverflow(by: right)
                return (value, failed: failed)
            }
        case .remainder:
            return checked(mode, type, .divideByZero, zero) { (left: Number, right: Number) in
                let (value, _) = left.remainderReportingOverflow(dividingBy: right)
                return (value, failed: right == 0)
            }
        case .pmod:
            return checked(mode, type, .divideByZero, zero) { (left: Number, right: Number) in
                let (rest, _) = left.remainderReportingOverflow(dividingBy: right)
                if rest >= 0 || right == 0 { return (rest, failed: right == 0) }
                let (value, _) = (rest &+ right).remainderReportingOverflow(dividingBy: right)
                return (value, failed: false)
            }
        case .div, .divide:
            let body = checked(mode, type, .divideByZero, zero) { (left: Number, right: Number) in
                let (value, _) = left.dividedReportingOverflow(by: right)
                return (value, failed: right == 0)
            }
            return withOverflowCheck(mode, body, Number.self)
        }
    }

    /// The one quotient that does not fit: the least number by −1.
    private static func withOverflowCheck<Number: FixedWidthInteger & SignedInteger & ColumnElement>(
        _ mode: ArithmeticMode, _ body: @escaping ScalarFunction.Body, _: Number.Type
    ) -> ScalarFunction.Body {
        { arguments, count, errors in
            let result = body(arguments, count, &errors)
            if arguments.contains(where: \.isNullConstant) { return result }
            let (left, right): (Lane<Number>, Lane<Number>) = (arguments[0].lane(), arguments[1].lane())
            let wrong = Elementwise.test(left, right, count: count) { $0 == Number.min && $1 == -1 }
            guard wrong.setCount > 0 else { return result }
            if mode == .lenient {
                return result.withValidity(Bitmap.intersection(result.validity, wrong.inverted))
            }
            Kernel.report(wrong, result.validity, .numericOverflow, "the result does not fit the type", &errors)
            return result
        }
    }

    @inline(__always)
    private static func floating<Number: BinaryFloatingPoint & ColumnElement>(
        _ operation: Operation, _ mode: ArithmeticMode, _ type: DataType, _: Number.Type
    ) -> ScalarFunction.Body {
        let zero: StaticString = "division by zero"
        switch operation {
        case .add: return Kernel.binary(type) { (left: Number, right: Number) in left + right }
        case .subtract: return Kernel.binary(type) { (left: Number, right: Number) in left - right }
        case .multiply: return Kernel.binary(type) { (left: Number, right: Number) in left * right }
        case .divide, .div:
            return checked(mode, type, .divideByZero, zero) { (left: Number, right: Number) in
                (left / right, failed: right == 0)
            }
        case .remainder:
            return checked(mode, type, .divideByZero, zero) { (left: Number, right: Number) in
                (left.truncatingRemainder(dividingBy: right), failed: right == 0)
            }
        case .pmod:
            return checked(mode, type, .divideByZero, zero) { (left: Number, right: Number) in
                let rest = left.truncatingRemainder(dividingBy: right)
                return (rest < 0 ? (rest + right).truncatingRemainder(dividingBy: right) : rest, failed: right == 0)
            }
        }
    }

    private static func decimal(
        _ operation: Operation, _ mode: ArithmeticMode, _ left: (precision: Int, scale: Int),
        _ right: (precision: Int, scale: Int)
    ) -> (DataType, ScalarFunction.Body) {
        if operation == .div { return (.bigint, decimalDiv(mode, left, right)) }
        let type =
            DecimalPrecision.result(of: operation.precisionSymbol, left, right)
            ?? .decimal(precision: left.precision, scale: left.scale)
        guard case .decimal(let precision, let scale) = type else {
            return (type, { _, count, _ in Column(nulls: type, count: count) })
        }
        let result = (precision: precision, scale: scale)
        let compute: @Sendable (Int128, Int128) -> Int128?
        switch operation {
        case .add:
            compute = { DecimalArithmetic.sum($0, scale: left.scale, $1, scale: right.scale, to: result) }
        case .subtract:
            compute = { DecimalArithmetic.sum($0, scale: left.scale, 0 &- $1, scale: right.scale, to: result) }
        case .multiply:
            compute = { DecimalArithmetic.product($0, $1, scale: left.scale + right.scale, to: result) }
        case .divide, .div:
            compute = { DecimalArithmetic.quotient($0, scale: left.scale, $1, scale: right.scale, to: result) }
        case .remainder:
            compute = { DecimalArithmetic.remainder($0, scale: left.scale, $1, scale: right.scale, to: result) }
        case .pmod:
            compute = { left_, right_ in
                guard
                    let rest = DecimalArithmetic.remainder(
                        left_, scale: left.scale, right_, scale: right.scale, to: result)
                else { return nil }
                if rest >= 0 { return rest }
                guard
                    let shifted = DecimalArithmetic.sum(
                        rest, scale: result.scale, right_, scale: right.scale, to: (38, result.scale))
                else { return nil }
                return DecimalArithmetic.remainder(
                    shifted, scale: result.scale, right_, scale: right.scale, to: result)
            }
        }
        return (type, decimalBody(mode, type, divides: operation.dividesByItsRight, compute))
    }

    private static func decimalBody(
        _ mode: ArithmeticMode, _ type: DataType, divides: Bool,
        _ compute: @escaping @Sendable (Int128, Int128) -> Int128?
    ) -> ScalarFunction.Body {
        { arguments, count, errors in
            let (left, right) = (arguments[0], arguments[1])
            if left.isNullConstant || right.isNullConstant { return Column(nulls: type, count: count) }
            let (leftLane, rightLane): (Lane<Int128>, Lane<Int128>) = (left.lane(), right.lane())
            let (values, failed) = Elementwise.mapChecked(leftLane, rightLane, count: count) {
                (left: Int128, right: Int128) -> (Int128, failed: Bool) in
                guard !divides || right != 0, let value = compute(left, right) else { return (0, failed: true) }
                return (value, failed: false)
            }
            let validity = Bitmap.intersection(left.validity, right.validity)
            guard let failed else { return Column(type, values, validity: validity) }
            if mode == .ansi {
                let zeros = Elementwise.test(leftLane, rightLane, count: count) { _, right in divides && right == 0 }
                Kernel.report(failed.and(zeros), validity, .divideByZero, "division by zero", &errors)
                Kernel.report(
                    failed.andNot(zeros), validity, .numericOverflow, "the result does not fit the decimal type",
                    &errors)
            }
            return Column(type, values, validity: Kernel.removing(failed, from: validity))
        }
    }

    /// Integral division of decimals gives BIGINT.
    private static func decimalDiv(
        _ mode: ArithmeticMode, _ left: (precision: Int, scale: Int), _ right: (precision: Int, scale: Int)
    ) -> ScalarFunction.Body {
        { arguments, count, errors in
            let quotient = decimalBody(mode, .decimal(precision: 38, scale: 0), divides: true) { one, other in
                let scale = max(left.scale, right.scale)
                let (top, overTop) = one.multipliedReportingOverflow(
                    by: DecimalText.limit(precision: scale - left.scale))
                let (bottom, overBottom) = other.multipliedReportingOverflow(
                    by: DecimalText.limit(precision: scale - right.scale))
                if overBottom { return 0 }
                return overTop ? nil : top / bottom
            }(arguments, count, &errors)
            return Cast.apply(quotient, to: .bigint, mode: mode == .ansi ? .ansi : .lenient, errors: &errors)
        }
    }
}
