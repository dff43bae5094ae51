// SPDX-License-Identifier: Apache-2.0

extension ExpressionSyntax {
    /// The expressions directly in this one, in the order of the text; not those of sub-queries.
    var children: [ExpressionSyntax] {
        switch kind {
        case .literal, .name, .star, .exists, .query, .unsupported, .invalid: []
        case .unary(_, let value), .not(let value), .isTest(let value, _, _), .cast(let value, _, _),
            .field(let value, _), .lambda(_, let value), .inQuery(let value, _, _):
            [value]
        case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right),
            .isDistinct(let left, let right, _), .element(let left, let right):
            [left, right]
        case .between(let value, let low, let high, _): [value, low, high]
        case .inList(let value, let list, _): [value] + list
        case .like(let like): [like.value] + like.patterns
        case .conditional(let operand, let branches, let otherwise):
            (operand.map { [$0] } ?? []) + branches.flatMap { [$0.condition, $0.result] }
                + (otherwise.map { [$0] } ?? [])
        case .call(let call): call.arguments.map(\.value) + (call.filter.map { [$0] } ?? [])
        case .tuple(let elements): elements
        }
    }

    /// The sub-queries in this expression and those in it.
    var queries: [QuerySyntax] {
        let own: [QuerySyntax] =
            switch kind {
            case .inQuery(_, let query, _), .exists(let query), .query(let query): [query]
            default: []
            }
        return own + children.flatMap(\.queries)
    }
}
