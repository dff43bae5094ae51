// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Binding of `& | ^ ~ << >> >>>` over integers.
enum BitArithmetic {
    enum Operation: Sendable { case and, or, exclusiveOr, left, right, rightUnsigned }

    static func bind(
        _ operation: Operation, name: String, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
        for (index, argument) in arguments.enumerated()
        where !(argument.type.isInteger || argument.type == .void || argument.type == .string) {
            throw .argumentType(index: index, expected: "an integer")
        }
        let parameters: [DataType]
        switch operation {
        case .and, .or, .exclusiveOr:
            let common = TypeCoercion.common(arguments[0].type, arguments[1].type) ?? .bigint
            let type: DataType = common.isInteger ? common : .int
            parameters = [type, type]
        case .left, .right, .rightUnsigned:
            parameters = [arguments[0].type == .bigint || arguments[0].type == .string ? .bigint : .int, .int]
        }
        return BoundFunction(
            parameterTypes: parameters, resultType: parameters[0], nullable: arguments.contains { $0.nullable },
            implementation: .scalar(
                ScalarFunction(name: name, canFail: false, body: body(operation, parameters[0]))))
    }

    static func bindNot(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        let type: DataType = arguments[0].type.isInteger ? arguments[0].type : .int
        guard arguments[0].type.isInteger || arguments[0].type == .void else {
            throw .argumentType(index: 0, expected: "an integer")
        }
        let body: ScalarFunction.Body =
            switch type {
            case .tinyint: Kernel.unary(type) { (value: Int8) in ~value }
            case .smallint: Kernel.unary(type) { (value: Int16) in ~value }
            case .int: Kernel.unary(type) { (value: Int32) in ~value }
            default: Kernel.unary(type) { (value: Int64) in ~value }
            }
        return BoundFunction(
            parameterTypes: [type], resultType: type, nullable: arguments[0].nullable,
            implementation: .scalar(ScalarFunction(name: "~", canFail: false, body: body)))
    }

    private static func body(_ operation: Operation, _ type: DataType) -> ScalarFunction.Body {
        switch type {
        case .tinyint: words(operation, type, Int8.self)
        case .smallint: words(operation, type, Int16.self)
        case .int: words(operation, type, Int32.self)
        default: words(operation, type, Int64.self)
        }
    }

    /// Shifts take their distance modulo the width, as the JVM does.
    @inline(__always)
    private static func words<Number: FixedWidthInteger & SignedInteger & ColumnElement>(
        _ operation: Operation, _ type: DataType, _: Number.Type
    ) -> ScalarFunction.Body {
        switch operation {
        case .and: Kernel.binary(type) { (left: Number, right: Number) in left & right }
        case .or: Kernel.binary(type) { (left: Number, right: Number) in left | right }
        case .exclusiveOr: Kernel.binary(type) { (left: Number, right: Number) in left ^ right }
        case .left: Kernel.binary(type) { (left: Number, right: Int32) in left &<< Number(truncatingIfNeeded: right) }
        case .right: Kernel.binary(type) { (left: Number, right: Int32) in left &>> Number(truncatingIfNeeded: right) }
        case .rightUnsigned:
            Kernel.binary(type) { (left: Number, right: Int32) in
                Number(
                    truncatingIfNeeded: Number.Magnitude(truncatingIfNeeded: left)
                        &>> Number.Magnitude(truncatingIfNeeded: right))
            }
        }
    }
}
