// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Binding of unary minus.
enum Negation {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        let type: DataType =
            switch arguments[0].type {
            case .string, .void: .double
            default: arguments[0].type
            }
        guard let body = body(type) else { throw .argumentType(index: 0, expected: "a number or an interval") }
        let isFloating = type == .double || type == .float
        return BoundFunction(
            parameterTypes: [type], resultType: type, nullable: arguments[0].nullable,
            implementation: .scalar(ScalarFunction(name: "unary-", canFail: !isFloating, body: body)))
    }

    private static func body(_ type: DataType) -> ScalarFunction.Body? {
        switch type {
        case .tinyint: integer(type, Int8.self)
        case .smallint: integer(type, Int16.self)
        case .int, .yearMonthInterval: integer(type, Int32.self)
        case .bigint, .dayTimeInterval: integer(type, Int64.self)
        case .decimal: Kernel.unary(type) { (value: Int128) in 0 &- value }
        case .float: Kernel.unary(type) { (value: Float) in -value }
        case .double: Kernel.unary(type) { (value: Double) in -value }
        default: nil
        }
    }

    @inline(__always)
    private static func integer<Number: FixedWidthInteger & SignedInteger & ColumnElement>(
        _ type: DataType, _: Number.Type
    ) -> ScalarFunction.Body {
        Kernel.unaryChecked(type, .numericOverflow, "the result does not fit the type") { (value: Number) in
            let (result, failed) = (0 as Number).subtractingReportingOverflow(value)
            return (result, failed: failed)
        }
    }
}
