// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Binding of IN, BETWEEN, IS NULL and isnan.
enum Membership {
    static func bindIn(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count >= 2 else { throw .argumentCount(expected: "2 or more") }
        let type = try commonType(arguments)
        let nullable = arguments.contains { $0.nullable }
        if arguments.count > 8, arguments.dropFirst().allSatisfy({ $0.constant != nil }),
            let body = MembershipSet.body(type)
        {
            return BoundFunction(
                parameterTypes: arguments.map { _ in type }, resultType: .boolean, nullable: nullable,
                implementation: .scalar(ScalarFunction(name: "in", canFail: false, body: body)))
        }
        let equal = ScalarFunction(name: "=", canFail: false, body: Comparison.body(.equal, type))
        return BoundFunction(
            parameterTypes: arguments.map { _ in type }, resultType: .boolean, nullable: nullable,
            implementation: .rewrite { arguments in
                let tests = arguments.dropFirst().map { member in
                    Expression(.call(equal, [arguments[0], member]), type: .boolean, nullable: nullable)
                }
                return tests.dropFirst().reduce(tests[0]) {
                    Expression(.or($0, $1), type: .boolean, nullable: nullable)
                }
            })
    }

    static func bindBetween(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 3 else { throw .argumentCount(expected: "3") }
        let type = try commonType(arguments)
        let nullable = arguments.contains { $0.nullable }
        let low = ScalarFunction(name: ">=", canFail: false, body: Comparison.body(.greaterOrEqual, type))
        let high = ScalarFunction(name: "<=", canFail: false, body: Comparison.body(.lessOrEqual, type))
        return BoundFunction(
            parameterTypes: [type, type, type], resultType: .boolean, nullable: nullable,
            implementation: .rewrite { arguments in
                Expression(
                    .and(
                        Expression(.call(low, [arguments[0], arguments[1]]), type: .boolean, nullable: nullable),
                        Expression(.call(high, [arguments[0], arguments[2]]), type: .boolean, nullable: nullable)),
                    type: .boolean, nullable: nullable)
            })
    }

    private static func commonType(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> DataType {
        guard let type = TypeCoercion.common(arguments.map(\.type)), Comparison.isOrdered(type) else {
            throw .argumentType(index: 1, expected: "types that compare with \(arguments[0].type)")
        }
        return type
    }

    static func bindPresence(
        _ name: String, _ arguments: [FunctionArgument], present: Bool
    ) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        return BoundFunction(
            parameterTypes: [arguments[0].type], resultType: .boolean, nullable: false,
            implementation: .scalar(
                ScalarFunction(name: name, canFail: false) { arguments, count, _ in
                    let known = Comparison.presence(arguments[0], count)
                    return Kernel.boolean(present ? known : known.inverted, nil)
                }))
    }

    static func bindIsNaN(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        guard arguments[0].type.isNumeric || arguments[0].type == .string || arguments[0].type == .void else {
            throw .argumentType(index: 0, expected: "a number")
        }
        return BoundFunction(
            parameterTypes: [.double], resultType: .boolean, nullable: false,
            implementation: .scalar(
                ScalarFunction(name: "isnan", canFail: false) { arguments, count, _ in
                    let input = arguments[0].column(rowCount: count)
                    let bits = Elementwise.test(input.elements(Double.self)) { $0.isNaN }
                    return Kernel.boolean(input.validity.map { bits.and($0) } ?? bits, nil)
                }))
    }
}
