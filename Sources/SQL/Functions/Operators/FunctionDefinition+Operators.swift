// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension FunctionDefinition {
    /// Arithmetic, comparison, membership and bit operators.
    static let operatorFunctions: [FunctionDefinition] =
        arithmeticOperators + comparisonOperators + bitOperators + tryOperators

    private static let arithmeticOperators: [FunctionDefinition] = [
        operation("+", .add, "left + right", "Adds numbers, or moves a date or timestamp by an interval."),
        operation("-", .subtract, "left - right", "Subtracts, or gives the interval between two moments."),
        operation("*", .multiply, "left * right", "Multiplies."),
        operation("/", .divide, "left / right", "Divides; integers give DOUBLE."),
        operation(
            "%", .remainder, "left % right", "Gives what is left of a division, with the sign of the left.", ["mod"]),
        operation("div", .div, "left div right", "Divides and cuts off the fraction; gives BIGINT."),
        FunctionDefinition(
            "unary-", aliases: ["negative"], group: .operators, usage: "-value", summary: "Changes the sign."
        ) { (arguments) throws(FunctionBindingError) in
            try Negation.bind(arguments)
        },
        FunctionDefinition(
            "unary+", aliases: ["positive"], group: .operators, usage: "+value", summary: "Gives the value itself."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            let type: DataType = arguments[0].type == .string ? .double : arguments[0].type
            return BoundFunction(
                parameterTypes: [type], resultType: type, nullable: arguments[0].nullable,
                implementation: .rewrite { $0[0] })
        },
    ]

    private static let tryOperators: [FunctionDefinition] = [
        attempt("try_add", .add, "Adds; NULL when the result does not fit."),
        attempt("try_subtract", .subtract, "Subtracts; NULL when the result does not fit."),
        attempt("try_multiply", .multiply, "Multiplies; NULL when the result does not fit."),
        attempt("try_divide", .divide, "Divides; NULL when the divisor is zero."),
        attempt("try_mod", .remainder, "Gives what is left of a division; NULL when the divisor is zero."),
    ]

    private static func operation(
        _ name: String, _ operation: Arithmetic.Operation, _ usage: String, _ summary: String, _ aliases: [String] = []
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: .operators, usage: usage, summary: summary) {
            (arguments) throws(FunctionBindingError) in
            try Arithmetic.bind(operation, .ansi, name: name, arguments)
        }
    }

    private static func attempt(
        _ name: String, _ operation: Arithmetic.Operation, _ summary: String
    ) -> FunctionDefinition {
        FunctionDefinition(name, group: .operators, usage: "\(name)(left, right)", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            try Arithmetic.bind(operation, .lenient, name: name, arguments)
        }
    }

    private static let comparisonOperators: [FunctionDefinition] = [
        comparison("=", .equal, ["=="], "Whether both are equal."),
        comparison("<>", .notEqual, ["!="], "Whether both differ."),
        comparison("<", .less, [], "Whether the left is smaller."),
        comparison("<=", .lessOrEqual, [], "Whether the left is smaller or equal."),
        comparison(">", .greater, [], "Whether the left is larger."),
        comparison(">=", .greaterOrEqual, [], "Whether the left is larger or equal."),
        FunctionDefinition(
            "<=>", aliases: ["equal_null"], group: .operators, usage: "left <=> right",
            summary: "Whether both are equal or both NULL; never NULL."
        ) { (arguments) throws(FunctionBindingError) in try Comparison.bindNullSafe(arguments) },
        FunctionDefinition(
            "in", group: .operators, usage: "value IN (a, b, …)", summary: "Whether the value equals one of a list."
        ) { (arguments) throws(FunctionBindingError) in try Membership.bindIn(arguments) },
        FunctionDefinition(
            "between", group: .operators, usage: "value BETWEEN low AND high",
            summary: "Whether the value lies between two others, which belong to it."
        ) { (arguments) throws(FunctionBindingError) in try Membership.bindBetween(arguments) },
        FunctionDefinition(
            "isnull", group: .operators, usage: "value IS NULL", summary: "Whether the value is NULL."
        ) { (arguments) throws(FunctionBindingError) in try Membership.bindPresence("isnull", arguments, present: false)
        },
        FunctionDefinition(
            "isnotnull", group: .operators, usage: "value IS NOT NULL", summary: "Whether the value is not NULL."
        ) { (arguments) throws(FunctionBindingError) in
            try Membership.bindPresence("isnotnull", arguments, present: true)
        },
        FunctionDefinition(
            "isnan", group: .operators, usage: "isnan(value)", summary: "Whether a number is NaN; false for NULL."
        ) { (arguments) throws(FunctionBindingError) in try Membership.bindIsNaN(arguments) },
    ]

    private static func comparison(
        _ name: String, _ relation: BytesComparison.Relation, _ aliases: [String], _ summary: String
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: .operators, usage: "left \(name) right", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            try Comparison.bind(relation, name: name, arguments)
        }
    }

    private static let bitOperators: [FunctionDefinition] = [
        bits("&", .and, [], "Bits that both have."),
        bits("|", .or, [], "Bits that either has."),
        bits("^", .exclusiveOr, [], "Bits that only one has."),
        bits("<<", .left, ["shiftleft"], "Moves bits left."),
        bits(">>", .right, ["shiftright"], "Moves bits right, keeping the sign."),
        bits(">>>", .rightUnsigned, ["shiftrightunsigned"], "Moves bits right, filling with zeros."),
        FunctionDefinition("~", group: .operators, usage: "~value", summary: "Changes every bit.") {
            (arguments) throws(FunctionBindingError) in
            try BitArithmetic.bindNot(arguments)
        },
    ]

    private static func bits(
        _ name: String, _ operation: BitArithmetic.Operation, _ aliases: [String], _ summary: String
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: .operators, usage: "left \(name) right", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            try BitArithmetic.bind(operation, name: name, arguments)
        }
    }
}
