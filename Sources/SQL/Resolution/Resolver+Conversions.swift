// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    mutating func resolve(
        unary name: String, _ value: ExpressionSyntax, _ span: SourceSpan, in scope: Scope
    ) -> Expression? {
        guard let expression = resolve(value, in: scope) else { return nil }
        if name != "unary+" { return apply(name, [Operand(expression: expression, span: value.span)], span) }
        switch expression.type {
        case .string, .void: return cast(expression, to: .double, text: text(span))
        case .dayTimeInterval, .yearMonthInterval: return expression
        case let type where type.isNumeric: return expression
        default:
            report(.typeMismatch, value.span, "+ takes a number, not \(expression.type)")
            return nil
        }
    }

    mutating func resolve(
        cast value: ExpressionSyntax, to type: DataType, _ mode: CastMode, _ span: SourceSpan, in scope: Scope
    ) -> Expression? {
        guard let expression = resolve(value, in: scope) else { return nil }
        return explicitCast(expression, to: type, mode, span)
    }

    /// A cast that was asked for.
    mutating func explicitCast(
        _ expression: Expression, to type: DataType, _ mode: CastMode, _ span: SourceSpan
    ) -> Expression? {
        // VOID is a type only where it could not be read, which was reported.
        guard type != .void else { return expression.type == .void ? expression : nil }
        guard Cast.allows(expression.type, type) else {
            report(.typeMismatch, span, "cannot cast \(expression.type) to \(type)")
            return nil
        }
        return cast(expression, to: type, mode: mode, text: text(span))
    }

    // MARK: CASE and COALESCE

    mutating func resolve(
        case operand: ExpressionSyntax?, _ branches: [BranchSyntax], _ otherwise: ExpressionSyntax?,
        _ span: SourceSpan, in scope: Scope
    ) -> Expression? {
        let subject = operand.map { operands([$0], in: scope) }
        var conditions: [Expression?] = []
        for branch in branches {
            guard let condition = resolve(branch.condition, in: scope) else {
                conditions.append(nil)
                continue
            }
            let wanted = Operand(expression: condition, span: branch.condition.span)
            if let subject {
                conditions.append(subject.flatMap { apply("=", $0 + [wanted], branch.condition.span) })
            } else {
                conditions.append(boolean(wanted, of: "WHEN"))
            }
        }
        let results = operands(branches.map(\.result) + (otherwise.map { [$0] } ?? []), in: scope)
        guard let results, let values = unified(results, in: "the results of CASE") else { return nil }
        var resolved: [Expression.Branch] = []
        for (condition, value) in zip(conditions, values) {
            guard let condition else { return nil }
            resolved.append(Expression.Branch(condition: condition, result: value))
        }
        let last = otherwise == nil ? nil : values.last
        let nullable = last == nil || values.contains(where: \.nullable)
        return Expression(
            .conditional(resolved, otherwise: last), type: values[0].type, nullable: nullable, text: text(span))
    }

    mutating func resolve(coalesce arguments: [Operand], _ span: SourceSpan) -> Expression? {
        guard !arguments.isEmpty else {
            report(.invalidFunctionArgument, span, "coalesce() takes 1 or more arguments, not 0")
            return nil
        }
        guard let values = unified(arguments, in: "the arguments of coalesce()") else { return nil }
        if values.count == 1 { return values[0] }
        return Expression(
            .coalesce(values), type: values[0].type, nullable: values.allSatisfy(\.nullable), text: text(span))
    }

    /// The values in their common type.
    mutating func unified(_ operands: [Operand], in what: String) -> [Expression]? {
        guard let type = TypeCoercion.common(operands.map(\.expression.type)) else {
            let first = operands[0].expression.type
            let other = operands.first { TypeCoercion.common(first, $0.expression.type) == nil } ?? operands[0]
            report(
                .typeMismatch, other.span,
                "\(what) have no common type: \(first) and \(other.expression.type)", hint: "CAST one of them")
            return nil
        }
        return operands.map { cast($0.expression, to: type) }
    }
}
