// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// Functions that may be written without brackets.
    private static let bareFunctions: Set<String> = [
        "current_date", "current_timestamp", "localtimestamp", "current_user", "user", "session_user", "current_time",
        "current_catalog", "current_database", "current_schema",
    ]

    /// A column, a field of one, an earlier alias of the same SELECT, or a function without brackets; in this order.
    mutating func resolve(name parts: [IdentifierSyntax], in scope: Scope) -> Expression? {
        if scope.prefersAliases, scope.aliases[parts[0].key] != nil { return resolve(alias: parts, in: scope) }
        let (found, used) = scope.candidates(for: parts)
        if scope.use == .groups, let value = resolve(ofGroups: parts, found, in: scope) { return value.expression }
        if found.count > 1 {
            let places = found.map { (scope.columns[$0].qualifier + [scope.columns[$0].name]).joined(separator: ".") }
            report(
                .unknownName, parts.span, "'\(parts.prefix(used).map(\.text).joined(separator: "."))' is ambiguous",
                hint: Set(places).count > 1
                    ? "Say which: \(places.joined(separator: " or "))" : "Give the columns different names with AS")
            return nil
        }
        if let position = found.first {
            let column = scope.columns[position]
            guard let type = column.type else { return nil }
            let value = Expression(
                .column(position), type: type, nullable: column.nullable, text: parts.dotted)
            return fields(parts.dropFirst(used), of: value, parts.span)
        }
        if scope.aliases[parts[0].key] != nil { return resolve(alias: parts, in: scope) }
        if parts.count == 1, Self.bareFunctions.contains(parts[0].key),
            planner.registry[parts[0].key] != nil
        {
            return apply(parts[0].key, [], parts.span)
        }
        if !scope.isOpen { reportUnknown(parts, in: scope) }
        return nil
    }

    /// An earlier column of the same SELECT, or a field of it.
    private mutating func resolve(alias parts: [IdentifierSyntax], in scope: Scope) -> Expression? {
        guard let known = scope.aliases[parts[0].key], let alias = known else { return nil }
        inlinedSize += alias.size
        guard inlinedSize < 50_000 else {
            report(
                .unsupported, parts.span, "the aliases used here stand for too long an expression",
                hint: "Compute them in a sub-query")
            return nil
        }
        return fields(parts.dropFirst(), of: alias.expression, parts.span)
    }

    private mutating func reportUnknown(_ parts: [IdentifierSyntax], in scope: Scope) {
        let columns = scope.visible.map { scope.columns[$0] }
        let relations = Set(columns.map { $0.qualifier.joined(separator: ".") }.filter { !$0.isEmpty })
        if parts.count > 1, let relation = relations.first(where: { $0 == parts[0].key }) {
            let names = columns.filter { $0.qualifier.joined(separator: ".") == relation }.map(\.name)
            report(
                .unknownName, parts[1].span, "relation '\(parts[0].text)' has no column '\(parts[1].text)'",
                hint: Self.suggestion(parts[1].text, among: names))
        } else if parts.count > 1 {
            report(
                .unknownName, parts[0].span, "there is no relation or column '\(parts[0].text)'",
                hint: Self.suggestion(parts[0].text, among: relations.sorted() + columns.map(\.name)))
        } else if columns.isEmpty, scope.columns.isEmpty {
            report(.unknownName, parts.span, "there is no column '\(parts[0].text)': nothing is read FROM")
        } else {
            report(
                .unknownName, parts.span, "there is no column '\(parts[0].text)'",
                hint: Self.suggestion(parts[0].text, among: scope.columns.map(\.name) + scope.aliases.keys.sorted()))
        }
    }

    /// The nearest name, or all names when they are few.
    static func suggestion(_ name: String, among names: [String]) -> String {
        if let nearest = Suggestion.nearest(to: name, among: names) { return "Did you mean '\(nearest)'?" }
        return names.isEmpty || names.count > 10 ? "" : "There are: \(names.joined(separator: ", "))"
    }

    // MARK: Fields

    mutating func resolve(
        field name: IdentifierSyntax, of value: ExpressionSyntax, _ span: SourceSpan, in scope: Scope
    ) -> Expression? {
        guard let expression = resolve(value, in: scope) else { return nil }
        return field(name, of: expression, span)
    }

    mutating func fields(
        _ names: ArraySlice<IdentifierSyntax>, of value: Expression, _ span: SourceSpan
    ) -> Expression? {
        var value = value
        for name in names {
            guard let next = field(name, of: value, SourceSpan(span.start, name.span.end)) else { return nil }
            value = next
        }
        return value
    }

    /// A field of a STRUCT, of each STRUCT in an ARRAY, or the value of a key of a MAP.
    mutating func field(_ name: IdentifierSyntax, of value: Expression, _ span: SourceSpan) -> Expression? {
        switch value.type {
        case .structure(let fields):
            guard let (index, field) = find(name, in: fields) else { return nil }
            let nullable = value.nullable || field.nullable
            let result = Expression(.field(value, index), type: field.type, nullable: nullable, text: text(span))
            if case .literal = value.kind { return folded(result) }
            return result
        case .array(.structure(let fields), let containsNull):
            guard let (index, field) = find(name, in: fields) else { return nil }
            let type = DataType.array(element: field.type, containsNull: containsNull || field.nullable)
            return Expression(
                .call(ArrayField.function(index, type: field.type), [value]), type: type, nullable: value.nullable,
                text: text(span))
        case .map:
            let key = Expression(.literal(.string(name.text)), type: .string, nullable: false)
            return apply(
                "[]", [Operand(expression: value, span: span), Operand(expression: key, span: name.span)], span)
        case .void:
            return value
        default:
            report(.typeMismatch, name.span, "\(value.type) has no field '\(name.text)'")
            return nil
        }
    }

    private mutating func find(_ name: IdentifierSyntax, in fields: [Field]) -> (Int, Field)? {
        let found = fields.indices.filter { fields[$0].name.lowercased() == name.key }
        if let exact = found.first(where: { fields[$0].name == name.text }) { return (exact, fields[exact]) }
        if found.count == 1 { return (found[0], fields[found[0]]) }
        if found.isEmpty {
            report(
                .unknownName, name.span, "the struct has no field '\(name.text)'",
                hint: Self.suggestion(name.text, among: fields.map(\.name)))
        } else {
            report(.unknownName, name.span, "the field '\(name.text)' is ambiguous")
        }
        return nil
    }

    /// `array[0]`, `map['key']`, `struct['field']`.
    mutating func resolve(
        element index: ExpressionSyntax, of value: ExpressionSyntax, _ span: SourceSpan, in scope: Scope
    ) -> Expression? {
        guard let operands = operands([value, index], in: scope) else { return nil }
        if case .literal(.string(let name)) = operands[1].expression.kind {
            switch operands[0].expression.type {
            case .structure, .array(.structure, _):
                return field(IdentifierSyntax(name, index.span), of: operands[0].expression, span)
            default: break
            }
        }
        switch operands[0].expression.type {
        case .array, .map, .void: return apply("[]", operands, span)
        default:
            report(.typeMismatch, value.span, "\(operands[0].expression.type) has no elements")
            return nil
        }
    }
}
