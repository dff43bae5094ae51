// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// SELECT … FROM … WHERE …; the other clauses are refused by name, and looked into all the same.
    mutating func resolve(_ select: SelectSyntax) -> ResolvedRelation {
        let from = resolve(from: select.from)
        let hasGenerator = select.clauses.contains { $0.name == "LATERAL VIEW" }
        for clause in select.clauses { refuse(clause.name, clause.span) }
        if let analytics = select.grouping?.analytics { refuse(analytics.name, analytics.span) }
        var scope = from.scope
        scope.isOpen = scope.isOpen || hasGenerator
        var plan = from.plan
        if let condition = select.condition {
            let filter = resolve(condition: condition, "WHERE", in: scope)
            plan = plan.flatMap { plan in filter.map { .filter(plan, $0) } }
        }
        let items = select.items.map { resolve(item: $0, in: &scope) }
        for key in select.grouping?.keys ?? [] { _ = resolveQuietly(key, in: scope) }
        if let having = select.having { _ = resolve(having, in: scope) }
        return project(items, over: plan, from: from, isDistinct: !select.clauses.isEmpty)
    }

    /// A condition that keeps rows.
    mutating func resolve(condition: ExpressionSyntax, _ clause: String, in scope: Scope) -> Expression? {
        guard let expression = resolve(condition, in: scope) else { return nil }
        return boolean(Operand(expression: expression, span: condition.span), of: clause)
    }

    /// Looks for unknown names in a key of GROUP BY, which may be the number of a column.
    private mutating func resolveQuietly(_ key: ExpressionSyntax, in scope: Scope) -> Expression? {
        if case .literal = key.kind { return nil }
        return resolve(key, in: scope)
    }

    /// One or more columns of a SELECT list; `nil` when they have mistakes.
    private struct Item {
        var columns: [NamedExpression]?
        /// The name, when the expression has mistakes.
        var name = ""
    }

    private mutating func resolve(item: SelectItemSyntax, in scope: inout Scope) -> Item {
        if case .star(let qualifier, let except) = item.value.kind {
            guard item.aliases.isEmpty else {
                report(.invalidSQL, item.aliases.span, "* cannot have an alias")
                return Item()
            }
            return Item(columns: expand(star: qualifier, except: except, item.value.span, in: scope))
        }
        if item.aliases.count > 1 {
            refuse("a list of aliases", item.aliases.span)
            return Item()
        }
        inlinedSize = 0
        let expression = resolve(item.value, in: scope)
        let name = item.aliases.first?.text ?? ColumnName.of(item.value, in: scope)
        if let alias = item.aliases.first {
            let size = inlinedSize + item.value.span.end - item.value.span.start
            let entry = expression.map { Scope.Alias(expression: $0, size: size) }
            scope.aliases.updateValue(entry, forKey: alias.key)
        }
        guard let expression else { return Item(columns: nil, name: name) }
        return Item(columns: [NamedExpression(name, expression)], name: name)
    }

    private func project(
        _ items: [Item], over plan: RelationPlan?, from: ResolvedRelation, isDistinct isRefused: Bool
    ) -> ResolvedRelation {
        var columns: [Scope.Column] = []
        var isOpen = false
        for item in items {
            if let found = item.columns {
                columns += found.map {
                    Scope.Column(
                        name: $0.name, qualifier: [], type: $0.expression.type, nullable: $0.expression.nullable)
                }
            } else if item.name.isEmpty {
                isOpen = true
            } else {
                columns.append(Scope.Column(name: item.name, qualifier: [], type: nil, nullable: true))
            }
        }
        let expressions = items.compactMap(\.columns).flatMap { $0 }
        guard let plan, !isRefused, items.allSatisfy({ $0.columns != nil }) else {
            return ResolvedRelation(plan: nil, columns: columns, isOpen: isOpen)
        }
        return ResolvedRelation(
            plan: Self.isIdentity(expressions, over: plan.schema) ? plan : .project(plan, expressions),
            columns: columns)
    }

    /// Whether the columns are the input's, as they are.
    private static func isIdentity(_ columns: [NamedExpression], over schema: Schema) -> Bool {
        guard columns.count == schema.count, !columns.isEmpty else { return false }
        return columns.indices.allSatisfy {
            if case .column($0) = columns[$0].expression.kind {
                columns[$0].name == schema.fields[$0].name
            } else {
                false
            }
        }
    }

    // MARK: Stars

    /// The columns of `*`, `relation.*` or `struct.*`; `nil` with mistakes.
    mutating func expand(
        star qualifier: [IdentifierSyntax], except: [[IdentifierSyntax]], _ span: SourceSpan, in scope: Scope
    ) -> [NamedExpression]? {
        var columns: [StarColumn]
        let keys = qualifier.map(\.key)
        var positions = scope.visible
        if !qualifier.isEmpty {
            positions = positions.filter { scope.columns[$0].qualifier.suffix(keys.count) == keys[...] }
        }
        if qualifier.isEmpty || !positions.isEmpty {
            if scope.isOpen { return nil }
            if positions.isEmpty {
                report(.invalidSQL, span, "* stands for no columns: nothing is read FROM")
                return nil
            }
            columns = []
            for position in positions {
                let column = scope.columns[position]
                guard let type = column.type else { return nil }
                let value = Expression(.column(position), type: type, nullable: column.nullable, text: column.name)
                columns.append(StarColumn(name: column.name, qualifier: column.qualifier, expression: value))
            }
        } else {
            guard let value = resolve(name: qualifier, in: scope) else { return nil }
            guard case .structure(let fields) = value.type else {
                report(.typeMismatch, span, "\(qualifier.dotted).* needs a relation or STRUCT, not \(value.type)")
                return nil
            }
            columns = fields.indices.map {
                StarColumn(name: fields[$0].name, qualifier: [], expression: Self.member($0, of: value))
            }
        }
        for path in except { remove(path, from: &columns) }
        if columns.isEmpty {
            report(.invalidSQL, span, "EXCEPT leaves no columns")
            return nil
        }
        return columns.map { NamedExpression($0.name, $0.expression) }
    }

    private struct StarColumn {
        let name: String
        let qualifier: [String]
        var expression: Expression
    }

    private static func member(_ index: Int, of value: Expression) -> Expression {
        guard case .structure(let fields) = value.type else { return value }
        return Expression(
            .field(value, index), type: fields[index].type, nullable: value.nullable || fields[index].nullable)
    }

    /// Takes out a column, or a field of one.
    private mutating func remove(_ path: [IdentifierSyntax], from columns: inout [StarColumn]) {
        var used = 1
        var found = columns.indices.filter { columns[$0].name.lowercased() == path[0].key }
        for count in stride(from: path.count - 1, through: 1, by: -1) where found.isEmpty || count > 0 {
            let keys = path.prefix(count).map(\.key)
            let qualified = columns.indices.filter {
                columns[$0].name.lowercased() == path[count].key && columns[$0].qualifier.suffix(count) == keys[...]
            }
            if !qualified.isEmpty { (found, used) = (qualified, count + 1) }
        }
        guard !found.isEmpty else {
            report(
                .unknownName, path.span, "there is no column '\(path.dotted)' to leave out",
                hint: Self.suggestion(path[0].text, among: columns.map(\.name)))
            return
        }
        if used == path.count {
            for index in found.reversed() { columns.remove(at: index) }
        } else if let reduced = without(path.dropFirst(used), columns[found[0]].expression) {
            columns[found[0]].expression = reduced
        }
    }

    /// The struct without one of its fields.
    private mutating func without(_ path: ArraySlice<IdentifierSyntax>, _ value: Expression) -> Expression? {
        guard let name = path.first else { return value }
        guard case .structure(let fields) = value.type,
            let index = fields.firstIndex(where: { $0.name.lowercased() == name.key })
        else {
            report(.unknownName, name.span, "there is no field '\(name.text)' to leave out")
            return nil
        }
        var operands: [Operand] = []
        for (position, field) in fields.enumerated() {
            var member = Self.member(position, of: value)
            if position == index {
                if path.count == 1 { continue }
                guard let reduced = without(path.dropFirst(), member) else { return nil }
                member = reduced
            }
            let name = Expression(.literal(.string(field.name)), type: .string, nullable: false)
            operands += [Operand(expression: name, span: path.first?.span ?? SourceSpan(0, 0))]
            operands += [Operand(expression: member, span: path.first?.span ?? SourceSpan(0, 0))]
        }
        guard let rebuilt = apply("named_struct", operands, name.span) else { return nil }
        guard value.nullable, let absent = apply("isnull", [Operand(expression: value, span: name.span)], name.span)
        else {
            return rebuilt
        }
        let null = Expression(.literal(.null), type: rebuilt.type, nullable: true)
        return Expression(
            .conditional([Expression.Branch(condition: absent, result: null)], otherwise: rebuilt), type: rebuilt.type,
            nullable: true)
    }
}
