// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// What an expression is in the columns of the groups; `nil` inside when it has a mistake, which was reported.
    struct GroupValue {
        let expression: Expression?
    }

    /// The key that a whole expression is; nothing when it is none.
    ///
    /// A key with a mistake stands for NULL, so that nothing more is said of it.
    func key(_ syntax: ExpressionSyntax, in scope: Scope) -> Expression? {
        guard let grouping, !grouping.keys.isEmpty else { return nil }
        switch syntax.kind {
        case .name, .literal, .star: return nil
        default: break
        }
        guard let known = grouping.keys[CanonicalSyntax(scope: grouping.rows).form(syntax)] else { return nil }
        return known ?? Expression(.literal(.null), type: .void, nullable: true)
    }

    /// A name where columns are of groups: a key, a field of one, or the window.
    ///
    /// Nothing when it is neither this nor a column of the rows; then it may be an alias or unknown.
    mutating func resolve(
        ofGroups parts: [IdentifierSyntax], _ found: [Int], in scope: Scope
    ) -> GroupValue? {
        guard let grouping else { return nil }
        let canonical = CanonicalSyntax(scope: grouping.rows)
        for used in stride(from: parts.count, through: 1, by: -1) {
            let whole = ExpressionSyntax(.name(Array(parts.prefix(used))), parts.span)
            guard let key = grouping.keys[canonical.form(whole)] else { continue }
            return GroupValue(expression: key.flatMap { fields(parts.dropFirst(used), of: $0, parts.span) })
        }
        if let name = grouping.windowName, name == parts[0].key, let window = grouping.window {
            return GroupValue(expression: fields(parts.dropFirst(), of: window, parts.span))
        }
        guard found.count == 1 else { return nil }
        if grouping.isBroken { return GroupValue(expression: nil) }
        report(ungrouped: parts.dotted, parts.span)
        return GroupValue(expression: nil)
    }

    /// Notes a column of the rows that stands for no value of a group.
    mutating func report(ungrouped name: String, _ span: SourceSpan) {
        if grouping?.isWritten == true {
            report(
                .invalidSQL, span, "'\(name)' is neither a key of GROUP BY nor in an aggregate function",
                hint: "Add it to GROUP BY, or write any_value(\(name)) if any row's will do")
        } else {
            report(
                .invalidSQL, span,
                "'\(name)' is in no aggregate function beside others that are, and there is no GROUP BY",
                hint: "Add GROUP BY \(name), or write any_value(\(name)) if any row's will do")
        }
    }

    /// The columns of a star where columns are of groups; `nil` with mistakes.
    mutating func ofGroups(_ columns: [NamedExpression], _ span: SourceSpan) -> [NamedExpression]? {
        guard let grouping else { return nil }
        var result: [NamedExpression] = []
        for column in columns {
            guard case .column(let position) = column.expression.kind,
                let key = grouping.keys[CanonicalSyntax.column(position)]
            else {
                if !grouping.isBroken { report(ungrouped: column.name, span) }
                return nil
            }
            guard let key else { return nil }
            result.append(NamedExpression(column.name, key))
        }
        return result
    }

    // MARK: Aggregate functions

    /// A call of an aggregate function: a column of the groups.
    mutating func resolve(aggregate call: CallSyntax, _ name: String, _ span: SourceSpan, in scope: Scope)
        -> Expression?
    {
        switch scope.use {
        case .rows(let clause):
            let isWhere = clause == "WHERE"
            report(
                .invalidSQL, span, "the aggregate function \(name)() cannot stand in \(clause)",
                hint: isWhere ? "Write conditions on groups after HAVING" : "Compute it in a sub-query")
            return nil
        case .argument(let outer):
            report(
                .invalidSQL, span, "the aggregate function \(name)() cannot stand in the argument of \(outer)()",
                hint: "Compute it in a sub-query with a GROUP BY of its own")
            return nil
        case .groups: break
        }
        guard let grouping else { return nil }
        let form = CanonicalSyntax(scope: grouping.rows).form(ExpressionSyntax(.call(call), span))
        if let known = grouping.calls[form] { return known }
        let result = compute(call, name, span, over: grouping.rows.used(for: .argument(of: name)))
        self.grouping?.calls[form] = .some(result)
        return result
    }

    private mutating func compute(
        _ call: CallSyntax, _ name: String, _ span: SourceSpan, over rows: Scope
    ) -> Expression? {
        guard let definition = AggregateRegistry.standard[name] else {
            refuse("the aggregate function \(name)()", call.name.span)
            return nil
        }
        let before = errors.count
        if !call.withinGroup.isEmpty { refuse("WITHIN GROUP", span) }
        if call.ignoresNulls, !definition.takesNullTreatment {
            report(
                .invalidSQL, span, "IGNORE NULLS stands only behind first(), last() and any_value(), not \(name)()",
                hint: "\(name)() counts no NULL anyway")
        }
        if let alias = call.arguments.compactMap({ $0.alias ?? $0.name }).first {
            report(.invalidSQL, alias.span, "the arguments of \(name)() have no names")
        }
        var filter = call.filter.flatMap { resolve(condition: $0, "FILTER", in: rows) }
        let operands = arguments(ofAggregate: call, name, in: rows)
        guard errors.count == before, let operands else { return nil }
        guard let bound = bind(definition, operands, call, span) else { return nil }
        var arguments: [Expression] = []
        for (operand, type) in zip(operands, bound.parameterTypes) {
            guard Cast.allows(operand.expression.type, type) else {
                report(.typeMismatch, operand.span, "\(name)() takes \(type) here, not \(operand.expression.type)")
                return nil
            }
            arguments.append(cast(operand.expression, to: type, text: text(operand.span)))
        }
        if bound.countsTrueRows {
            let both: Expression.Kind? = filter.map { .and($0, arguments[0]) }
            filter = both.map { Expression($0, type: .boolean, nullable: true, text: text(span)) } ?? arguments[0]
            arguments = []
        }
        if bound.function == .count, !call.isDistinct { arguments.removeAll { Self.isNeverNull($0) } }
        if let filter { arguments = arguments.map { Self.only(where: filter, $0) } }
        // A list of distinct values is a set in the order of their first appearance.
        let function = call.isDistinct && bound.function == .collectList ? .collectSet : bound.function
        let planned = AggregateCall(
            name: ColumnName.of(ExpressionSyntax(.call(call), span), in: rows), function: function,
            arguments: arguments, isDistinct: call.isDistinct && !function.ignoresRepeats, filter: filter,
            type: bound.resultType, nullable: bound.nullable, text: text(span))
        let result = grouping?.add(planned)
        guard let type = bound.castsTo else { return result }
        return result.map { cast($0, to: type, mode: .lenient, text: text(span)) }
    }

    /// A value that is computed only for rows that count, where it can fail.
    private static func only(where filter: Expression, _ value: Expression) -> Expression {
        guard ExpressionEvaluator(value).canFail else { return value }
        let branch = Expression.Branch(condition: filter, result: value)
        return Expression(
            .conditional([branch], otherwise: nil), type: value.type, nullable: true, text: value.text)
    }

    /// The arguments; of `count(*)` a constant.
    private mutating func arguments(ofAggregate call: CallSyntax, _ name: String, in rows: Scope) -> [Operand]? {
        if name == "count", call.arguments.count == 1, !call.isDistinct,
            case .star(let qualifier, let except) = call.arguments[0].value.kind, qualifier.isEmpty, except.isEmpty
        {
            let one = Expression(.literal(.int(1)), type: .int, nullable: false)
            return [Operand(expression: one, span: call.arguments[0].value.span)]
        }
        return arguments(of: call, in: rows)
    }

    private mutating func bind(
        _ definition: AggregateDefinition, _ operands: [Operand], _ call: CallSyntax, _ span: SourceSpan
    ) -> BoundAggregate? {
        do throws(FunctionBindingError) {
            return try definition.bind(operands.map { argument($0, isVisible: true) }, call.ignoresNulls)
        } catch {
            report(error, definition.name, usage: "Usage: \(definition.usage)", operands, span)
            return nil
        }
    }

    private static func isNeverNull(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .literal(let value): value != .null
        case .column: !expression.nullable
        default: false
        }
    }
}

extension AggregateFunction {
    /// Whether DISTINCT makes no difference.
    var ignoresRepeats: Bool {
        switch self {
        case .minimum, .maximum, .booleanAnd, .booleanOr, .bitAnd, .bitOr, .collectSet, .approximateCountDistinct: true
        // One of equal values is as good as another, and the order of the source decides which row it is.
        case .first, .last, .minimumBy, .maximumBy: true
        default: false
        }
    }
}
