// SPDX-License-Identifier: Apache-2.0

/// A query as written: WITH, a body, and what orders and cuts its result.
struct QuerySyntax: Hashable, Sendable {
    var commonTables: [CommonTableSyntax] = []
    var body: BodySyntax
    var orderBy: [SortSyntax] = []
    /// ORDER BY ALL.
    var ordersByAll = false
    var limit: ExpressionSyntax?
    var offset: ExpressionSyntax?
    /// Clauses that Spark has and we refuse (SORT BY, …), and where each clause begins.
    var clauses: [ClauseSyntax] = []
    var span: SourceSpan
}

/// A clause by name and place, for messages.
struct ClauseSyntax: Hashable, Sendable {
    let name: String
    let span: SourceSpan
}

/// `name [(columns)] AS (query)`.
struct CommonTableSyntax: Hashable, Sendable {
    let name: IdentifierSyntax
    let columns: [IdentifierSyntax]
    let query: QuerySyntax
}

/// What gives a query's rows.
indirect enum BodySyntax: Hashable, Sendable {
    case select(SelectSyntax)
    case values(ValuesSyntax)
    /// `TABLE name`.
    case table([IdentifierSyntax])
    case nested(QuerySyntax)
    case operation(SetOperationSyntax)
    /// A body that could not be read, and was reported.
    case invalid
}

/// UNION, EXCEPT or INTERSECT of two bodies.
struct SetOperationSyntax: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable { case union = "UNION", except = "EXCEPT", intersect = "INTERSECT" }

    let kind: Kind
    let isAll: Bool
    /// BY NAME.
    let isByName: Bool
    let left: BodySyntax
    let right: BodySyntax
    /// The keywords.
    let span: SourceSpan
}

/// `VALUES (…), (…)`.
struct ValuesSyntax: Hashable, Sendable {
    let rows: [[ExpressionSyntax]]
    let span: SourceSpan
}
