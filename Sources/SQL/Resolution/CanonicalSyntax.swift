// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// Writes expressions in one form, so that two that mean the same over one relation are equal.
///
/// Places and the case of names are gone; a column is `#` and its position, whatever it was called.
struct CanonicalSyntax {
    /// Where names are looked up.
    let scope: Scope

    private static let nowhere = SourceSpan(0, 0)

    /// The form of a column.
    static func column(_ position: Int) -> ExpressionSyntax {
        ExpressionSyntax(.name([IdentifierSyntax("#\(position)", nowhere)]), nowhere)
    }

    /// The form of an expression.
    func form(_ syntax: ExpressionSyntax) -> ExpressionSyntax {
        ExpressionSyntax(form(syntax.kind), Self.nowhere)
    }

    private func form(_ kind: ExpressionSyntax.Kind) -> ExpressionSyntax.Kind {
        switch kind {
        case .literal, .exists, .query, .unsupported, .invalid: kind
        case .name(let parts): .name(form(parts))
        case .star(let qualifier, let except): .star(qualifier.map(plain), except: except.map { $0.map(plain) })
        case .unary("unary+", let value): form(value.kind)
        case .unary(let name, let value): .unary(name, form(value))
        case .binary(let name, let left, let right): .binary(name, form(left), form(right))
        case .and(let left, let right): .and(form(left), form(right))
        case .or(let left, let right): .or(form(left), form(right))
        case .not(let value): .not(form(value))
        case .isTest(let value, let test, let negated): .isTest(form(value), test, negated: negated)
        case .isDistinct(let left, let right, let negated): .isDistinct(form(left), form(right), negated: negated)
        case .between(let value, let low, let high, let negated):
            .between(form(value), form(low), form(high), negated: negated)
        case .inList(let value, let list, let negated): .inList(form(value), list.map(form), negated: negated)
        case .inQuery(let value, let query, let negated): .inQuery(form(value), query, negated: negated)
        case .like(let like): .like(form(like))
        case .cast(let value, let type, let mode): .cast(form(value), type, mode)
        case .conditional(let operand, let branches, let otherwise):
            .conditional(
                operand: operand.map(form),
                branches.map { BranchSyntax(condition: form($0.condition), result: form($0.result)) },
                otherwise: otherwise.map(form))
        case .call(let call): .call(form(call))
        case .field(let value, let name): field(plain(name), of: form(value))
        case .element(let value, let index): .element(form(value), form(index))
        case .lambda(let names, let body): .lambda(names.map(plain), form(body))
        case .tuple(let elements): .tuple(elements.map(form))
        }
    }

    private func form(_ parts: [IdentifierSyntax]) -> [IdentifierSyntax] {
        let (found, used) = scope.candidates(for: parts)
        guard found.count == 1, let position = found.first else { return parts.map(plain) }
        return [IdentifierSyntax("#\(position)", Self.nowhere)] + parts.dropFirst(used).map(plain)
    }

    /// `a.b` is a name when `a` is one.
    private func field(_ name: IdentifierSyntax, of value: ExpressionSyntax) -> ExpressionSyntax.Kind {
        if case .name(let parts) = value.kind { return .name(parts + [name]) }
        return .field(value, name)
    }

    private func form(_ like: LikeSyntax) -> LikeSyntax {
        LikeSyntax(
            function: like.function, value: form(like.value), patterns: like.patterns.map(form),
            quantifier: like.quantifier, escape: like.escape.map(form), negated: like.negated)
    }

    private func form(_ call: CallSyntax) -> CallSyntax {
        var result = CallSyntax(
            call.name.map(plain),
            call.arguments.map {
                ArgumentSyntax(form($0.value), name: $0.name.map(plain), alias: $0.alias.map(plain))
            })
        result.hasUnit = call.hasUnit
        result.isDistinct = call.isDistinct
        result.filter = call.filter.map(form)
        result.withinGroup = call.withinGroup.map {
            SortSyntax(key: form($0.key), descending: $0.descending, nullsFirst: $0.nullsFirst)
        }
        result.ignoresNulls = call.ignoresNulls
        result.window = call.window
        return result
    }

    private func plain(_ name: IdentifierSyntax) -> IdentifierSyntax { IdentifierSyntax(name.key, Self.nowhere) }
}
