// SPDX-License-Identifier: Apache-2.0
import Columnar
import Glibc
import StreamCore

/// Binding of functions over DOUBLE.
enum Real {
    static func check(_ arguments: [FunctionArgument]) throws(FunctionBindingError) {
        for (index, argument) in arguments.enumerated() {
            switch argument.type {
            case .string, .void: continue
            default:
                guard argument.type.isNumeric else { throw .argumentType(index: index, expected: "a number") }
            }
        }
    }

    static func bind(
        _ name: String, _ arguments: [FunctionArgument], _ operation: @escaping @Sendable (Double) -> Double
    ) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        try check(arguments)
        return BoundFunction(
            parameterTypes: [.double], resultType: .double, nullable: arguments[0].nullable,
            implementation: .scalar(
                ScalarFunction(
                    name: name, canFail: false, body: Kernel.unary(.double) { (value: Double) in operation(value) })))
    }

    /// Gives NULL where the operation has no result.
    static func bindPartial(
        _ name: String, _ arguments: [FunctionArgument],
        _ operation: @escaping @Sendable (Double) -> (Double, failed: Bool)
    ) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        try check(arguments)
        return BoundFunction(
            parameterTypes: [.double], resultType: .double, nullable: true,
            implementation: .scalar(
                ScalarFunction(
                    name: name, canFail: false,
                    body: Kernel.unaryPartial(.double) { (value: Double) in operation(value) })))
    }

    /// The cube root; exact where it is a whole number, which the C library misses by the last bit.
    static func cubeRoot(_ value: Double) -> Double {
        let root = cbrt(value)
        let whole = root.rounded()
        return whole * whole * whole == value ? whole : root
    }

    static func constant(
        _ value: Double, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.isEmpty else { throw .argumentCount(expected: "0") }
        return BoundFunction(
            parameterTypes: [], resultType: .double, nullable: false,
            implementation: .rewrite { _ in Expression(.literal(.double(value)), type: .double, nullable: false) })
    }
}
