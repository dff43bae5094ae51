// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Parts of the conditional functions.
enum Conditional {
    static func common(_ arguments: [FunctionArgument], from start: Int) throws(FunctionBindingError) -> DataType {
        guard let type = TypeCoercion.common(arguments[start...].map(\.type)) else {
            throw .argumentType(index: start + 1, expected: "a type that meets \(arguments[start].type)")
        }
        return type
    }

    static func number(_ argument: FunctionArgument) throws(FunctionBindingError) -> DataType {
        switch argument.type {
        case .void: return .int
        case .string: return .double
        default:
            guard argument.type.isNumeric else { throw .argumentType(index: 0, expected: "a number") }
            return argument.type
        }
    }

    static func rewrite(
        _ parameters: [DataType], _ type: DataType, nullable: Bool,
        _ make: @escaping @Sendable ([Expression]) -> Expression.Kind
    ) -> BoundFunction {
        BoundFunction(
            parameterTypes: parameters, resultType: type, nullable: nullable,
            implementation: .rewrite { Expression(make($0), type: type, nullable: nullable) })
    }

    static func coalesce(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let type = try common(arguments, from: 0)
        return rewrite(arguments.map { _ in type }, type, nullable: arguments.allSatisfy { $0.nullable }) {
            .coalesce($0)
        }
    }

    /// The first keeps its type; both are compared as their common one.
    static func nullIf(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let compared = try Comparison.commonType(arguments)
        let type = arguments[0].type
        let equal = ScalarFunction(name: "=", canFail: false, body: Comparison.body(.equal, compared))
        return rewrite([type, compared], type, nullable: true) { arguments in
            let left =
                type == compared
                ? arguments[0] : Expression(.cast(arguments[0], .ansi), type: compared, nullable: arguments[0].nullable)
            let test = Expression(.call(equal, [left, arguments[1]]), type: .boolean, nullable: true)
            return .conditional([.init(condition: test, result: null(type))], otherwise: arguments[0])
        }
    }

    /// `decode(value, search1, result1, ...[, default])`: the result behind the first search that equals the value or is NULL
    /// with it.
    static func decode(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let pairs = (arguments.count - 1) / 2
        let hasDefault = arguments.count % 2 == 0
        let searches = (0..<pairs).map { 1 + 2 * $0 }
        let results = searches.map { $0 + 1 } + (hasDefault ? [arguments.count - 1] : [])
        guard let compared = TypeCoercion.common([arguments[0].type] + searches.map { arguments[$0].type }) else {
            throw .argumentType(index: 1, expected: "a type that compares with \(arguments[0].type)")
        }
        guard let type = TypeCoercion.common(results.map { arguments[$0].type }) else {
            throw .argumentType(index: results[0], expected: "a type that meets those of the other results")
        }
        let same = try Comparison.bindNullSafe([compared, compared].map { FunctionArgument(type: $0) })
        guard case .scalar(let equal) = same.implementation else { return same }
        var parameters = arguments.map { _ in compared }
        for index in results { parameters[index] = type }
        let nullable = !hasDefault || results.contains { arguments[$0].nullable }
        return rewrite(parameters, type, nullable: nullable) { values in
            let branches = searches.map { index in
                let test = Expression(.call(equal, [values[0], values[index]]), type: .boolean, nullable: false)
                return Expression.Branch(condition: test, result: values[index + 1])
            }
            return .conditional(branches, otherwise: hasDefault ? values[values.count - 1] : null(type))
        }
    }

    static func null(_ type: DataType) -> Expression { Expression(.literal(.null), type: type, nullable: true) }

    static func zero(_ type: DataType) -> Expression {
        Expression(
            .cast(Expression(.literal(.int(0)), type: .int, nullable: false), .ansi), type: type, nullable: false)
    }

    static func isZero(_ value: Expression) -> Expression {
        let equal = ScalarFunction(name: "=", canFail: false, body: Comparison.body(.equal, value.type))
        return Expression(.call(equal, [value, zero(value.type)]), type: .boolean, nullable: true)
    }

    static func isNotNull(_ value: Expression) -> Expression {
        let test = ScalarFunction(name: "isnotnull", canFail: false) { arguments, count, _ in
            Kernel.boolean(Comparison.presence(arguments[0], count), nil)
        }
        return Expression(.call(test, [value]), type: .boolean, nullable: false)
    }

    static func message(_ arguments: [Operand], _ row: Int) -> String {
        guard let last = arguments.last, last.type == .string else { return "the condition is not true" }
        let column = last.stored
        guard case .string(let text) = column.value(at: last.isConstant ? 0 : row) else { return "NULL" }
        return text
    }

    /// Keeps, row by row, the value that stands in a relation to the best so far; NULLs are skipped.
    static func extremum(_ relation: BytesComparison.Relation, _ type: DataType) -> ScalarFunction.Body {
        let compare = Comparison.body(relation, type)
        return { arguments, count, errors in
            var best = arguments[0].column(rowCount: count)
            for argument in arguments.dropFirst() where !argument.isNullConstant {
                let next = argument.column(rowCount: count)
                let better = compare([.column(next), .column(best)], count, &errors)
                let nextKnown = Comparison.presence(.column(next), count)
                let bestKnown = Comparison.presence(.column(best), count)
                let wins = better.validity.map { better.bits.and($0) } ?? better.bits
                let takes = nextKnown.and(wins.or(bestKnown.inverted))
                guard takes.setCount > 0 else { continue }
                best = choose(takes, next, best)
            }
            return best
        }
    }

    /// The first column's value where a bit is set, else the second's.
    private static func choose(_ bits: Bitmap, _ first: Column, _ second: Column) -> Column {
        var rows = BufferBuilder<Int32>(capacity: bits.count)
        for row in 0..<bits.count { rows.append(Int32(bits[row] ? row : row + bits.count)) }
        return Column.concatenated([first, second]).taking(rows.finish())
    }
}
