// SPDX-License-Identifier: Apache-2.0

/// Collects the relations that a query reads, without those it defines itself and tables of files.
struct RelationMentions {
    /// What was found, in the order of the text: the parts of each name.
    private(set) var names: [[IdentifierSyntax]] = []

    init(_ query: QuerySyntax) { visit(query, defined: []) }

    private mutating func visit(_ query: QuerySyntax, defined: Set<String>) {
        var defined = defined
        for table in query.commonTables {
            visit(table.query, defined: defined)
            defined.insert(table.name.key)
        }
        visit(query.body, defined)
        for expression in query.orderBy.map(\.key) { visit(expression, defined) }
    }

    private mutating func visit(_ body: BodySyntax, _ defined: Set<String>) {
        switch body {
        case .select(let select):
            for item in select.items { visit(item.value, defined) }
            for table in select.from { visit(table, defined) }
            for condition in [select.condition, select.having, select.qualify] {
                if let condition { visit(condition, defined) }
            }
        case .values(let values): for expression in values.rows.joined() { visit(expression, defined) }
        case .table(let name): add(name, defined)
        case .nested(let query): visit(query, defined: defined)
        case .operation(let operation):
            visit(operation.left, defined)
            visit(operation.right, defined)
        case .invalid: break
        }
    }

    private mutating func visit(_ table: TableSyntax, _ defined: Set<String>) {
        switch table.kind {
        case .named(let name): add(name, defined)
        case .query(let query, _): visit(query, defined: defined)
        case .join(let join):
            visit(join.left, defined)
            visit(join.right, defined)
            if let condition = join.condition { visit(condition, defined) }
        case .values, .function, .unsupported: break
        }
    }

    private mutating func visit(_ expression: ExpressionSyntax, _ defined: Set<String>) {
        for query in expression.queries { visit(query, defined: defined) }
    }

    private mutating func add(_ name: [IdentifierSyntax], _ defined: Set<String>) {
        if name.count == 1, defined.contains(name[0].key) { return }
        if Resolver.tableReference(name) != nil { return }
        names.append(name)
    }
}
