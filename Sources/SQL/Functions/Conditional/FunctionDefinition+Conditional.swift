// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension FunctionDefinition {
    /// Choices between values.
    static let conditionalFunctions: [FunctionDefinition] = [
        FunctionDefinition(
            "if", aliases: ["iff"], group: .conditional, usage: "if(condition, then, else)",
            summary: "Gives the second argument where the condition is true, else the third."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 3 else { throw .argumentCount(expected: "3") }
            let type = try Conditional.common(arguments, from: 1)
            return Conditional.rewrite(
                [.boolean, type, type], type, nullable: arguments[1].nullable || arguments[2].nullable
            ) { .conditional([.init(condition: $0[0], result: $0[1])], otherwise: $0[2]) }
        },
        FunctionDefinition(
            "coalesce", group: .conditional, usage: "coalesce(value, …)",
            summary: "Gives the first value that is not NULL."
        ) { (arguments) throws(FunctionBindingError) in
            guard !arguments.isEmpty else { throw .argumentCount(expected: "1 or more") }
            return try Conditional.coalesce(arguments)
        },
        FunctionDefinition(
            "ifnull", aliases: ["nvl"], group: .conditional, usage: "ifnull(value, replacement)",
            summary: "Gives the second argument where the first is NULL."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
            return try Conditional.coalesce(arguments)
        },
        FunctionDefinition(
            "nvl2", group: .conditional, usage: "nvl2(value, notNull, null)",
            summary: "Gives the second argument where the first is not NULL, else the third."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 3 else { throw .argumentCount(expected: "3") }
            let type = try Conditional.common(arguments, from: 1)
            return Conditional.rewrite(
                [arguments[0].type, type, type], type, nullable: arguments[1].nullable || arguments[2].nullable
            ) { arguments in
                .conditional(
                    [.init(condition: Conditional.isNotNull(arguments[0]), result: arguments[1])],
                    otherwise: arguments[2])
            }
        },
        FunctionDefinition(
            "nullif", group: .conditional, usage: "nullif(left, right)",
            summary: "Gives NULL where both are equal, else the first."
        ) { (arguments) throws(FunctionBindingError) in try Conditional.nullIf(arguments) },
        FunctionDefinition(
            "nullifzero", group: .conditional, usage: "nullifzero(number)", summary: "Gives NULL for zero."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            let type = try Conditional.number(arguments[0])
            return Conditional.rewrite([type], type, nullable: true) { arguments in
                .conditional(
                    [.init(condition: Conditional.isZero(arguments[0]), result: Conditional.null(type))],
                    otherwise: arguments[0])
            }
        },
        FunctionDefinition(
            "zeroifnull", group: .conditional, usage: "zeroifnull(number)", summary: "Gives zero for NULL."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            let type = try Conditional.number(arguments[0])
            return Conditional.rewrite([type], type, nullable: false) { arguments in
                .coalesce([arguments[0], Conditional.zero(type)])
            }
        },
        FunctionDefinition(
            "nanvl", group: .conditional, usage: "nanvl(number, replacement)",
            summary: "Gives the second number where the first is NaN."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
            for (index, argument) in arguments.enumerated()
            where !(argument.type.isNumeric || argument.type == .void || argument.type == .string) {
                throw .argumentType(index: index, expected: "a number")
            }
            return Conditional.rewrite([.double, .double], .double, nullable: arguments.contains { $0.nullable }) {
                arguments in
                let isNaN = ScalarFunction(name: "isnan", canFail: false) { values, count, _ in
                    let input = values[0].column(rowCount: count)
                    let bits = Elementwise.test(input.elements(Double.self)) { $0.isNaN }
                    return Kernel.boolean(bits, input.validity)
                }
                let test = Expression(.call(isNaN, [arguments[0]]), type: .boolean, nullable: true)
                return .conditional([.init(condition: test, result: arguments[1])], otherwise: arguments[0])
            }
        },
        FunctionDefinition(
            "assert_true", group: .conditional, usage: "assert_true(condition[, message])",
            summary: "Gives NULL, and fails where the condition is not true."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 || arguments.count == 2 else { throw .argumentCount(expected: "1 or 2") }
            return BoundFunction(
                "assert_true", arguments.count == 1 ? [.boolean] : [.boolean, .string], to: .void
            ) { arguments, count, errors in
                let condition = arguments[0].column(rowCount: count)
                for row in 0..<count where condition.isNull(row) || !condition.bits[row] {
                    errors.add(row: row, .expectationFailed, Conditional.message(arguments, row))
                }
                return Column(nulls: .void, count: count)
            }
        },
        FunctionDefinition(
            "raise_error", group: .conditional, usage: "raise_error(message)", summary: "Fails with a message."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            return BoundFunction("raise_error", [.string], to: .void) { arguments, count, errors in
                for row in 0..<count { errors.add(row: row, .expectationFailed, Conditional.message(arguments, row)) }
                return Column(nulls: .void, count: count)
            }
        },
        extremum("greatest", .greater, "Gives the largest of the values that are not NULL."),
        extremum("least", .less, "Gives the smallest of the values that are not NULL."),
    ]

    private static func extremum(
        _ name: String, _ relation: BytesComparison.Relation, _ summary: String
    ) -> FunctionDefinition {
        FunctionDefinition(name, group: .conditional, usage: "\(name)(value, value, …)", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            guard arguments.count >= 2 else { throw .argumentCount(expected: "2 or more") }
            let type = try Conditional.common(arguments, from: 0)
            guard Comparison.isOrdered(type) else {
                throw .argumentType(index: 0, expected: "a type that can be compared")
            }
            return BoundFunction(
                parameterTypes: arguments.map { _ in type }, resultType: type,
                nullable: arguments.allSatisfy { $0.nullable },
                implementation: .scalar(
                    ScalarFunction(name: name, canFail: false, body: Conditional.extremum(relation, type))))
        }
    }
}
