// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension Expression {
    /// The positions of the columns it reads.
    var columnsRead: Set<Int> {
        if case .column(let position) = kind { return [position] }
        return parts.reduce(into: []) { $0.formUnion($1.columnsRead) }
    }

    private var parts: [Expression] {
        switch kind {
        case .column, .literal, .epochTime: []
        case .call(_, let arguments), .coalesce(let arguments): arguments
        case .cast(let value, _), .not(let value), .field(let value, _): [value]
        case .and(let left, let right), .or(let left, let right): [left, right]
        case .conditional(let branches, let otherwise):
            branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
        }
    }

    /// The same over rows whose columns stand elsewhere.
    func moved(by distance: Int) -> Expression { distance == 0 ? self : mapped { $0 + distance } }

    /// The same with other positions for its columns.
    func mapped(_ position: (Int) -> Int) -> Expression {
        func move(_ part: Expression) -> Expression { part.mapped(position) }
        let moved: Kind =
            switch kind {
            case .column(let old): .column(position(old))
            case .literal, .epochTime: kind
            case .call(let function, let arguments): .call(function, arguments.map(move))
            case .coalesce(let values): .coalesce(values.map(move))
            case .cast(let value, let mode): .cast(move(value), mode)
            case .not(let value): .not(move(value))
            case .field(let value, let index): .field(move(value), index)
            case .and(let left, let right): .and(move(left), move(right))
            case .or(let left, let right): .or(move(left), move(right))
            case .conditional(let branches, let otherwise):
                .conditional(
                    branches.map { Branch(condition: move($0.condition), result: move($0.result)) },
                    otherwise: otherwise.map(move))
            }
        return Expression(moved, type: type, nullable: nullable, text: text)
    }

    /// The conditions that AND puts together.
    var conjuncts: [Expression] {
        if case .and(let left, let right) = kind { return left.conjuncts + right.conjuncts }
        return [self]
    }

    /// All conditions at once; `nil` for none.
    static func all(_ conditions: [Expression]) -> Expression? {
        guard var result = conditions.first else { return nil }
        for condition in conditions.dropFirst() {
            result = Expression(
                .and(result, condition), type: .boolean, nullable: result.nullable || condition.nullable,
                text: "\(result.text) AND \(condition.text)")
        }
        return result
    }
}

extension ExpressionSyntax {
    /// The conditions that AND puts together.
    var conjuncts: [ExpressionSyntax] {
        if case .and(let left, let right) = kind { return left.conjuncts + right.conjuncts }
        return [self]
    }
}
