// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// Clauses that are planned; the others are refused by name, and looked into all the same.
    private static let plannedClauses: Set<String> = ["DISTINCT", "GROUP BY", "HAVING"]

    /// SELECT … FROM … WHERE … GROUP BY … HAVING ….
    mutating func resolve(_ select: SelectSyntax) -> ResolvedRelation {
        let (outer, outerConditions) = (grouping, whereConditions)
        defer { (grouping, whereConditions) = (outer, outerConditions) }
        let isGrouped = select.isGrouped
        whereConditions = WhereConditions(conjuncts: select.condition?.conjuncts ?? [])
        let from = resolve(beforeStep: isGrouped || select.isDistinct) { $0.resolve(from: select) }
        let refused = select.clauses.filter { !Self.plannedClauses.contains($0.name) }
        for clause in refused { refuse(clause.name, clause.span) }
        if let analytics = select.grouping?.analytics { refuse(analytics.name, analytics.span) }
        var rows = from.scope
        rows.isOpen = rows.isOpen || refused.contains { $0.name == "LATERAL VIEW" }
        var plan = from.plan
        if let condition = select.condition {
            let whole = resolve(condition: condition, "WHERE", in: rows)
            plan = plan.flatMap { plan in whole.map { remaining($0, of: condition, over: plan, rows) } }
        }
        if !refused.isEmpty || select.grouping?.analytics != nil { plan = nil }
        let result = resolve(beforeStep: isGrouped && select.isDistinct) {
            isGrouped
                ? $0.resolve(grouped: select, over: plan, rows)
                : $0.resolve(ungrouped: select, over: plan, rows.used(for: .rows(of: "SELECT")))
        }
        return select.isDistinct ? distinct(result, select.span) : result
    }

    /// The rows for which WHERE is true, as far as joins have not seen to it.
    private mutating func remaining(
        _ whole: Expression, of condition: ExpressionSyntax, over plan: RelationPlan, _ rows: Scope
    ) -> RelationPlan {
        if whereConditions.taken.isEmpty { return .filter(plan, whole) }
        let others = condition.conjuncts.enumerated().filter { !whereConditions.taken.contains($0.offset) }
        let left = others.compactMap { resolve(condition: $0.element, "WHERE", in: rows) }
        return Expression.all(left).map { .filter(plan, $0) } ?? plan
    }

    private mutating func resolve(
        ungrouped select: SelectSyntax, over plan: RelationPlan?, _ rows: Scope
    ) -> ResolvedRelation {
        grouping = nil
        var scope = rows
        let items = select.items.map { resolve(item: $0, in: &scope) }
        return project(items, over: plan, rows.columns)
    }

    private mutating func resolve(
        grouped select: SelectSyntax, over plan: RelationPlan?, _ rows: Scope
    ) -> ResolvedRelation {
        grouping = grouping(of: select, over: rows)
        var scope = rows.used(for: .groups)
        let items = select.items.map { resolve(item: $0, in: &scope) }
        scope.prefersAliases = true
        let having = select.having.map { resolve(condition: $0, "HAVING", in: scope) }
        guard let groups = grouping else { return .unknown }
        var grouped = groups.isBroken ? nil : plan.map { RelationPlan.aggregate($0, groups.plan) }
        if let having { grouped = grouped.flatMap { plan in having.map { .filter(plan, $0) } } }
        return project(items, over: grouped, groups.columns)
    }

    /// Each row once.
    ///
    /// Where groups are given when they have ended, a row is given when it first comes; it is forgotten as the watermark passes
    /// its event time, if it has one.
    mutating func distinct(_ relation: ResolvedRelation, _ span: SourceSpan) -> ResolvedRelation {
        guard let plan = relation.plan else { return relation }
        let columns = plan.schema.fields.enumerated().map { index, field in
            NamedExpression(
                field.name, Expression(.column(index), type: field.type, nullable: field.nullable, text: field.name))
        }
        if let map = columns.first(where: { Self.hasMap($0.expression.type) }) {
            report(
                .typeMismatch, span, "DISTINCT cannot compare '\(map.name)', \(map.expression.type)",
                hint: "Take its entries as an ARRAY with map_entries()")
            return .unknown
        }
        var result = relation
        let times = relation.columns.indices.filter { relation.columns[$0].isEventTime }
        let window = times.first { plan.schema.fields[$0].type != .timestamp }
        if outputMode == .append, window == nil {
            result.plan = .deduplicate(plan, DeduplicatePlan(keys: columns.map(\.expression), eventTime: times.first))
            return result
        }
        guard outputMode != nil, let window else {
            result.plan = .aggregate(plan, AggregatePlan(keys: columns, aggregates: []))
            return result
        }
        // The window comes last in the groups, and back to its place behind them.
        var keys = columns
        let moved = keys.remove(at: window)
        let inherited = WindowPlan(name: moved.name, kind: .inherited, eventTime: moved.expression)
        let groups = RelationPlan.aggregate(plan, AggregatePlan(keys: keys, window: inherited, aggregates: []))
        var order = Array(keys.indices)
        order.insert(keys.count, at: window)
        let fields = groups.schema.fields
        result.plan = .project(
            groups,
            order.map {
                NamedExpression(
                    fields[$0].name, Expression(.column($0), type: fields[$0].type, nullable: fields[$0].nullable))
            })
        return result
    }

    /// A condition that keeps rows.
    mutating func resolve(condition: ExpressionSyntax, _ clause: String, in scope: Scope) -> Expression? {
        var scope = scope
        if case .rows = scope.use { scope.use = .rows(of: clause) }
        guard let expression = resolve(condition, in: scope) else { return nil }
        return boolean(Operand(expression: expression, span: condition.span), of: clause)
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
        _ items: [Item], over plan: RelationPlan?, _ input: [Scope.Column]
    ) -> ResolvedRelation {
        var columns: [Scope.Column] = []
        var isOpen = false
        for item in items {
            if let found = item.columns {
                columns += found.map {
                    Scope.Column(
                        name: $0.name, qualifier: [], type: $0.expression.type, nullable: $0.expression.nullable,
                        isEventTime: isEventTime($0.expression, over: input))
                }
            } else if item.name.isEmpty {
                isOpen = true
            } else {
                columns.append(Scope.Column(name: item.name, qualifier: [], type: nil, nullable: true))
            }
        }
        let expressions = items.compactMap(\.columns).flatMap { $0 }
        guard let plan, items.allSatisfy({ $0.columns != nil }) else {
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
        let positions = qualifier.isEmpty ? scope.visible : scope.visible(of: keys)
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
        let named = columns.map { NamedExpression($0.name, $0.expression) }
        // Fields of a struct are of groups already: the struct was looked up as a name.
        let areColumns = qualifier.isEmpty || !positions.isEmpty
        return scope.use == .groups && areColumns ? ofGroups(named, span) : named
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
