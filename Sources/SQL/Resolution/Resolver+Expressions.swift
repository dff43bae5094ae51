// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// An expression with its place.
    struct Operand {
        let expression: Expression
        let span: SourceSpan
        /// Whether it is a literal as written, and not a constant that was computed.
        var isWritten = false
    }

    /// The typed expression; `nil` when it has mistakes, all reported.
    mutating func resolve(_ syntax: ExpressionSyntax, in scope: Scope) -> Expression? {
        if scope.use == .groups, let key = key(syntax, in: scope) { return key }
        switch syntax.kind {
        case .literal(let literal): return resolve(literal, syntax.span)
        case .name(let parts): return resolve(name: parts, in: scope)
        case .unary(let name, let value): return resolve(unary: name, value, syntax.span, in: scope)
        case .binary(let name, let left, let right):
            return apply(name, operands([left, right], in: scope), syntax.span)
        case .and(let left, let right): return logical(left, right, "AND", syntax.span, in: scope)
        case .or(let left, let right): return logical(left, right, "OR", syntax.span, in: scope)
        case .not(let value): return resolveNot(value, syntax.span, in: scope)
        case .isTest(let value, let test, let negated):
            return resolve(value, test, negated: negated, syntax.span, in: scope)
        case .isDistinct(let left, let right, let negated):
            let same = apply("<=>", operands([left, right], in: scope), syntax.span)
            return negated ? same : negate(same, syntax.span)
        case .between(let value, let low, let high, let negated):
            return between(operands([value, low, high], in: scope), negated: negated, syntax.span)
        case .inList(let value, let list, let negated):
            let result = apply("in", operands([value] + list, in: scope), syntax.span)
            return negated ? negate(result, syntax.span) : result
        case .like(let like): return resolve(like, syntax.span, in: scope)
        case .cast(let value, let type, let mode):
            return resolve(cast: value, to: type, mode, syntax.span, in: scope)
        case .conditional(let operand, let branches, let otherwise):
            return resolve(case: operand, branches, otherwise, syntax.span, in: scope)
        case .call(let call): return resolve(call, syntax.span, in: scope)
        case .field(let value, let name): return resolve(field: name, of: value, syntax.span, in: scope)
        case .element(let value, let index): return resolve(element: index, of: value, syntax.span, in: scope)
        case .tuple(let elements):
            return structure(elements.map { ArgumentSyntax($0) }, syntax.span, in: scope, namesColumns: false)
        default: return resolveRefused(syntax)
        }
    }

    /// What has no plan yet: the message names it.
    private mutating func resolveRefused(_ syntax: ExpressionSyntax) -> Expression? {
        switch syntax.kind {
        case .star: report(.invalidSQL, syntax.span, "* stands for columns only in SELECT, struct() and count()")
        case .lambda: refuse("a lambda function", syntax.span)
        case .inQuery, .exists, .query: refuse("a sub-query in an expression", syntax.span)
        case .unsupported(let what): refuse(what, syntax.span)
        default: break
        }
        return nil
    }

    /// All operands; `nil` when one has mistakes, but all are looked at.
    mutating func operands(_ syntax: [ExpressionSyntax], in scope: Scope) -> [Operand]? {
        var operands: [Operand] = []
        for piece in syntax {
            guard let expression = resolve(piece, in: scope) else { continue }
            var operand = Operand(expression: expression, span: piece.span)
            if case .literal = piece.kind { operand.isWritten = true }
            operands.append(operand)
        }
        return operands.count == syntax.count ? operands : nil
    }

    // MARK: Literals

    private mutating func resolve(_ literal: LiteralSyntax, _ span: SourceSpan) -> Expression? {
        switch literal {
        case .null: return Expression(.literal(.null), type: .void, nullable: true)
        case .boolean(let value): return Expression(.literal(.boolean(value)), type: .boolean, nullable: false)
        case .number(let value, let type), .interval(let value, let type):
            return Expression(.literal(value), type: type, nullable: false)
        case .string(let text): return Expression(.literal(.string(text)), type: .string, nullable: false)
        case .binary(let bytes): return Expression(.literal(.binary(bytes)), type: .binary, nullable: false)
        case .typed(let type, let text):
            let literal = Expression(.literal(.string(text)), type: .string, nullable: false)
            let value = cast(literal, to: type, text: self.text(span))
            if case .literal = value.kind { return value }
            report(.invalidSQL, span, "'\(text)' is not a \(type)")
            return nil
        }
    }

    // MARK: Three-valued logic

    /// The condition as BOOLEAN.
    mutating func boolean(_ operand: Operand, of what: String) -> Expression? {
        switch operand.expression.type {
        case .boolean: return operand.expression
        case .void, .string: return cast(operand.expression, to: .boolean, text: text(operand.span))
        default:
            report(.typeMismatch, operand.span, "\(what) takes BOOLEAN, not \(operand.expression.type)")
            return nil
        }
    }

    private mutating func logical(
        _ left: ExpressionSyntax, _ right: ExpressionSyntax, _ word: String, _ span: SourceSpan, in scope: Scope
    ) -> Expression? {
        // Both sides are looked at, whatever the left one gives.
        let one = resolve(left, in: scope).flatMap { boolean(Operand(expression: $0, span: left.span), of: word) }
        let other = resolve(right, in: scope).flatMap { boolean(Operand(expression: $0, span: right.span), of: word) }
        guard let one, let other else { return nil }
        let kind: Expression.Kind = word == "AND" ? .and(one, other) : .or(one, other)
        return Expression(kind, type: .boolean, nullable: one.nullable || other.nullable, text: text(span))
    }

    private mutating func resolveNot(_ value: ExpressionSyntax, _ span: SourceSpan, in scope: Scope) -> Expression? {
        guard let expression = resolve(value, in: scope),
            let condition = boolean(Operand(expression: expression, span: value.span), of: "NOT")
        else { return nil }
        return negate(condition, span)
    }

    /// NOT of a BOOLEAN.
    func negate(_ condition: Expression?, _ span: SourceSpan) -> Expression? {
        guard let condition else { return nil }
        let result = Expression(.not(condition), type: .boolean, nullable: condition.nullable, text: text(span))
        if case .literal = condition.kind { return folded(result) }
        return result
    }

    private mutating func resolve(
        _ value: ExpressionSyntax, _ test: ExpressionSyntax.Test, negated: Bool, _ span: SourceSpan, in scope: Scope
    ) -> Expression? {
        guard let expression = resolve(value, in: scope) else { return nil }
        let operand = Operand(expression: expression, span: value.span)
        switch test {
        case .null: return apply(negated ? "isnotnull" : "isnull", [operand], span)
        case .unknown:
            guard let condition = boolean(operand, of: "IS UNKNOWN") else { return nil }
            return apply(negated ? "isnotnull" : "isnull", [Operand(expression: condition, span: value.span)], span)
        case .true_, .false_:
            guard let condition = boolean(operand, of: "IS \(test.rawValue)") else { return nil }
            let truth = Expression(.literal(.boolean(test == .true_)), type: .boolean, nullable: false)
            let same = apply(
                "<=>", [Operand(expression: condition, span: value.span), Operand(expression: truth, span: span)], span)
            return negated ? negate(same, span) : same
        }
    }

    // MARK: Predicates

    /// `x >= low AND x <= high`, each side with its own common type.
    private mutating func between(_ operands: [Operand]?, negated: Bool, _ span: SourceSpan) -> Expression? {
        guard let operands else { return nil }
        let low = apply(">=", [operands[0], operands[1]], span)
        let high = apply("<=", [operands[0], operands[2]], span)
        guard let low, let high else { return nil }
        let both = Expression(
            .and(low, high), type: .boolean, nullable: low.nullable || high.nullable, text: text(span))
        return negated ? negate(both, span) : both
    }

    private mutating func resolve(_ like: LikeSyntax, _ span: SourceSpan, in scope: Scope) -> Expression? {
        let value = operands([like.value], in: scope)?.first
        let patterns = operands(like.patterns, in: scope)
        let escape = like.escape.map { operands([$0], in: scope) ?? [] } ?? []
        guard let value, let patterns else { return nil }
        var tests: [Expression] = []
        for pattern in patterns {
            guard let test = apply(like.function, [value, pattern] + escape, span) else { return nil }
            guard let test = like.negated ? negate(test, span) : test else { return nil }
            tests.append(test)
        }
        guard var result = tests.first else { return nil }
        for test in tests.dropFirst() {
            result = Expression(
                like.quantifier == .any ? .or(result, test) : .and(result, test), type: .boolean,
                nullable: result.nullable || test.nullable, text: text(span))
        }
        return result
    }
}
