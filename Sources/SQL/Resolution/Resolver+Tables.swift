// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// What FROM reads, as one relation.
    mutating func resolve(from select: SelectSyntax) -> ResolvedRelation {
        guard let first = select.from.first else { return ResolvedRelation(plan: .oneRow, columns: []) }
        guard select.from.count > 1 else { return streamed(resolve(first), first.span) }
        return resolve(beforeStep: true) { resolver in
            var relation = resolver.resolve(first)
            for table in select.from.dropFirst() {
                relation = resolver.joined(relation, resolver.resolve(table), table.span)
            }
            return relation
        }
    }

    mutating func resolve(_ table: TableSyntax) -> ResolvedRelation {
        var relation = relation(of: table)
        if let alias = table.alias { relation = relation.named([alias.key]) }
        if !table.columns.isEmpty { rename(&relation, table.columns) }
        return relation
    }

    private mutating func relation(of table: TableSyntax) -> ResolvedRelation {
        switch table.kind {
        case .named(let parts):
            if planner.relations[parts.dotted] == nil, let table = Self.tableReference(parts) {
                return resolve(table: table, parts.span)
            }
            return resolve(relation: parts)
        case .query(let query, let isLateral):
            if isLateral { refuse("LATERAL", table.span) }
            return resolve(query).named([])
        case .values(let values): return resolve(values)
        case .function(let call, _):
            refuse("the table function \(call.name.dotted)()", call.name.span)
            return .unknown
        case .join(let join): return resolve(join)
        case .unsupported(let what):
            refuse(what, table.span)
            return .unknown
        }
    }

    /// A relation by name: a common table, else one of the planner's.
    mutating func resolve(relation parts: [IdentifierSyntax]) -> ResolvedRelation {
        if parts.count == 1, let table = commonTables[parts[0].key] { return table.named([parts[0].key]) }
        let name = parts.dotted
        let key = name.lowercased()
        let known =
            planner.relations[name] != nil ? name : planner.relations.keys.sorted().first { $0.lowercased() == key }
        guard let known, let schema = planner.relations[known] else {
            let names = planner.relations.keys.sorted() + commonTables.keys.sorted()
            report(
                .unknownName, parts.span, "there is no relation '\(name)'", hint: Self.suggestion(name, among: names))
            return .unknown
        }
        let qualifier = parts.map(\.key)
        let visible = Set(schema.schema.fields.map { $0.name.lowercased() })
        var columns: [Scope.Column] = []
        for (index, field) in schema.rowSchema.fields.enumerated() {
            let isHidden = index >= schema.schema.count
            // A metadata column that a declared one hides stays in the row, but has no name.
            let isShadowed = isHidden && visible.contains(field.name.lowercased())
            columns.append(
                Scope.Column(
                    name: isShadowed ? "" : field.name, qualifier: qualifier, type: field.type,
                    nullable: field.nullable, isHidden: isHidden, isEventTime: schema.eventTimes.contains(index)))
        }
        return ResolvedRelation(plan: .scan(relation: known, schema: schema.rowSchema), columns: columns)
    }

    /// Gives the columns of `AS t(a, b)` their names.
    mutating func rename(_ relation: inout ResolvedRelation, _ names: [IdentifierSyntax]) {
        if relation.isOpen { return }
        guard let visible = projected(relation), visible.columns.count == names.count else {
            report(
                .invalidSQL, names.span,
                "\(names.count) names for \(relation.columns.filter { !$0.isHidden }.count) columns")
            relation = .unknown
            return
        }
        relation = visible
        relation.columns = zip(visible.columns, names).map { column, name in
            Scope.Column(
                name: name.text, qualifier: column.qualifier, type: column.type, nullable: column.nullable,
                isEventTime: column.isEventTime)
        }
        if let plan = relation.plan { relation.plan = renamed(plan, relation.columns) }
    }

    /// The relation without its metadata columns.
    private func projected(_ relation: ResolvedRelation) -> ResolvedRelation? {
        guard relation.columns.contains(where: \.isHidden) else { return relation }
        let visible = relation.columns.indices.filter { !relation.columns[$0].isHidden }
        var result = relation
        result.columns = visible.map { relation.columns[$0] }
        if let plan = relation.plan {
            let fields = plan.schema.fields
            result.plan = .project(
                plan,
                visible.map {
                    NamedExpression(
                        fields[$0].name, Expression(.column($0), type: fields[$0].type, nullable: fields[$0].nullable))
                })
        }
        return result
    }

    /// The same rows with the columns' names in the schema too.
    func renamed(_ plan: RelationPlan, _ columns: [Scope.Column]) -> RelationPlan {
        let fields = plan.schema.fields
        if zip(fields, columns).allSatisfy({ $0.name == $1.name }) { return plan }
        return .project(
            plan,
            columns.indices.map {
                NamedExpression(
                    columns[$0].name, Expression(.column($0), type: fields[$0].type, nullable: fields[$0].nullable))
            })
    }
}
