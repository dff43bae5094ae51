// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// A query with its common tables, which are known in it alone.
    mutating func resolve(_ query: QuerySyntax) -> ResolvedRelation {
        let outer = commonTables
        defer { commonTables = outer }
        for clause in query.clauses { refuse(clause.name, clause.span) }
        var defined: Set<String> = []
        for table in query.commonTables {
            if !defined.insert(table.name.key).inserted {
                report(.invalidSQL, table.name.span, "two common tables are named '\(table.name.text)'")
            }
            // It may be read by a later step: what keeps state in it then appends.
            var relation = resolve(beforeStep: query.body.hasSteps) { $0.resolve(table.query) }
            if !table.columns.isEmpty { rename(&relation, table.columns) }
            commonTables[table.name.key] = relation
        }
        return resolve(query.body)
    }

    private mutating func resolve(_ body: BodySyntax) -> ResolvedRelation {
        switch body {
        case .select(let select): return resolve(select)
        case .values(let values): return resolve(values)
        case .table(let parts):
            let relation = resolve(relation: parts)
            return relation.columns.contains(where: \.isHidden) ? visible(relation) : relation
        case .nested(let query): return resolve(query)
        case .operation(let operation): return resolve(operation)
        case .invalid: return .unknown
        }
    }

    /// The relation without its metadata columns.
    private func visible(_ relation: ResolvedRelation) -> ResolvedRelation {
        let positions = relation.columns.indices.filter { !relation.columns[$0].isHidden }
        let columns = positions.map { relation.columns[$0] }
        let expressions = positions.compactMap { position -> NamedExpression? in
            let column = relation.columns[position]
            return column.type.map {
                NamedExpression(column.name, Expression(.column(position), type: $0, nullable: column.nullable))
            }
        }
        return ResolvedRelation(plan: relation.plan.map { .project($0, expressions) }, columns: columns)
    }

    /// Rows written out.
    mutating func resolve(_ values: ValuesSyntax) -> ResolvedRelation {
        var rows: [[Operand]] = []
        let width = values.rows.first?.count ?? 0
        var isWhole = true
        for row in values.rows {
            if row.count != width {
                let span = row.first.map { $0.span.to(row[row.count - 1].span) } ?? values.span
                report(.invalidSQL, span, "this row has \(row.count) columns, the first has \(width)")
                isWhole = false
            }
            let operands = operands(row, in: .empty.used(for: .rows(of: "VALUES")))
            if let operands, row.count == width { rows.append(operands) } else { isWhole = false }
        }
        guard isWhole else { return .unknown }
        var columns: [[Expression]] = []
        for index in 0..<width {
            guard let column = unified(rows.map { $0[index] }, in: "the values of column \(index + 1)") else {
                return .unknown
            }
            columns.append(column)
        }
        let names = (1...max(1, width)).map { "col\($0)" }
        let plans = rows.indices.map { row in
            RelationPlan.project(.oneRow, columns.indices.map { NamedExpression(names[$0], columns[$0][row]) })
        }
        let fields = columns.indices.map {
            Field(names[$0], columns[$0][0].type, nullable: columns[$0].contains(where: \.nullable))
        }
        return Self.relation(plans.count == 1 ? plans[0] : .unionAll(plans, schema: Schema(fields)), fields)
    }

    private static func relation(_ plan: RelationPlan?, _ fields: [Field]) -> ResolvedRelation {
        ResolvedRelation(
            plan: plan,
            columns: fields.map {
                Scope.Column(name: $0.name, qualifier: [], type: $0.type, nullable: $0.nullable)
            })
    }

    // MARK: UNION ALL

    private mutating func resolve(_ operation: SetOperationSyntax) -> ResolvedRelation {
        if operation.isAll { return resolve(all: operation) }
        return distinct(resolve(beforeStep: true) { $0.resolve(all: operation) }, operation.span)
    }

    private mutating func resolve(all operation: SetOperationSyntax) -> ResolvedRelation {
        // A chain of UNION ALL is one operator over all its parts.
        var chain: [(right: BodySyntax, operation: SetOperationSyntax)] = []
        var left = BodySyntax.operation(operation)
        while case .operation(let next) = left, next.isByName == operation.isByName, next.isAll == operation.isAll {
            chain.append((next.right, next))
            left = next.left
        }
        var relations = [resolve(left)]
        for (right, next) in chain.reversed() {
            if next.kind != .union { refuse(next.kind.rawValue, next.span) }
            var relation = resolve(right)
            if next.isByName { relation = matched(relation, to: relations[0], next.span) }
            relations.append(relation)
        }
        guard relations.allSatisfy({ !$0.isOpen }) else { return .unknown }
        for (relation, next) in zip(relations.dropFirst(), chain.reversed())
        where relation.columns.count != relations[0].columns.count {
            report(
                .typeMismatch, next.operation.span,
                "the queries combined have \(relations[0].columns.count) and \(relation.columns.count) columns")
            return .unknown
        }
        return union(relations, chain.map(\.operation.span))
    }

    private mutating func union(_ relations: [ResolvedRelation], _ spans: [SourceSpan]) -> ResolvedRelation {
        var fields: [Field] = []
        for index in relations[0].columns.indices {
            let columns = relations.map { $0.columns[index] }
            let types = columns.compactMap(\.type)
            guard types.count == columns.count else { return .unknown }
            guard let type = TypeCoercion.common(types) else {
                let other = types.firstIndex { TypeCoercion.common(types[0], $0) == nil } ?? 1
                report(
                    .typeMismatch, spans[spans.count - max(1, other)],
                    "column \(index + 1), '\(columns[0].name)', is \(types[0]) in one query and \(types[other]) in another",
                    hint: "CAST one of them")
                return .unknown
            }
            fields.append(Field(columns[0].name, type, nullable: columns.contains(where: \.nullable)))
        }
        let plans = relations.compactMap { relation in relation.plan.map { unified($0, fields) } }
        let plan: RelationPlan? = plans.count == relations.count ? .unionAll(plans, schema: Schema(fields)) : nil
        var result = Self.relation(plan, fields)
        for index in fields.indices {
            result.columns[index].isEventTime = relations.allSatisfy { $0.columns[index].isEventTime }
        }
        return result
    }

    /// The rows with their columns cast to the types of the union.
    private func unified(_ plan: RelationPlan, _ fields: [Field]) -> RelationPlan {
        let own = plan.schema.fields
        if zip(own, fields).allSatisfy({ Self.sameButForNulls($0.type, $1.type) }) { return plan }
        return .project(
            plan,
            fields.indices.map { index in
                let column = Expression(
                    .column(index), type: own[index].type, nullable: own[index].nullable, text: own[index].name)
                return NamedExpression(fields[index].name, cast(column, to: fields[index].type, text: own[index].name))
            })
    }

    /// The columns in the order of another relation's, by name.
    private mutating func matched(
        _ relation: ResolvedRelation, to first: ResolvedRelation, _ span: SourceSpan
    ) -> ResolvedRelation {
        guard !relation.isOpen, !first.isOpen else { return .unknown }
        var positions: [Int] = []
        for column in first.columns {
            guard let position = relation.columns.firstIndex(where: { $0.key == column.key }) else {
                report(.unknownName, span, "the second query has no column '\(column.name)'")
                return .unknown
            }
            positions.append(position)
        }
        guard relation.columns.count == first.columns.count else {
            report(.typeMismatch, span, "the second query has columns that the first has not")
            return .unknown
        }
        var result = relation
        result.columns = positions.map { relation.columns[$0] }
        result.plan = relation.plan.map { plan in
            .project(
                plan,
                positions.map {
                    let field = plan.schema.fields[$0]
                    return NamedExpression(
                        field.name, Expression(.column($0), type: field.type, nullable: field.nullable))
                })
        }
        return result
    }
}

extension BodySyntax {
    /// Whether rows are grouped, joined or made distinct in it.
    var hasSteps: Bool {
        switch self {
        case .select(let select):
            select.isGrouped || select.isDistinct || select.from.count > 1 || select.from.contains(where: \.hasSteps)
        case .nested(let query): query.body.hasSteps || query.commonTables.contains { $0.query.body.hasSteps }
        case .operation(let operation): !operation.isAll || operation.left.hasSteps || operation.right.hasSteps
        case .values, .table, .invalid: false
        }
    }
}

extension TableSyntax {
    /// Whether rows are grouped, joined or made distinct in it.
    var hasSteps: Bool {
        switch kind {
        case .query(let query, _): query.body.hasSteps || query.commonTables.contains { $0.query.body.hasSteps }
        case .join: true
        case .named, .values, .function, .unsupported: false
        }
    }
}
