// SPDX-License-Identifier: Apache-2.0

/// SELECT … FROM … WHERE … GROUP BY … HAVING ….
struct SelectSyntax: Hashable, Sendable {
    var isDistinct = false
    var items: [SelectItemSyntax] = []
    var from: [TableSyntax] = []
    var condition: ExpressionSyntax?
    var grouping: GroupingSyntax?
    var having: ExpressionSyntax?
    var qualify: ExpressionSyntax?
    /// WINDOW name AS (…).
    var windows: [IdentifierSyntax: WindowSyntax] = [:]
    /// Where each clause begins, for messages.
    var clauses: [ClauseSyntax] = []
    var span: SourceSpan
}

/// One column, or several by a star.
struct SelectItemSyntax: Hashable, Sendable {
    let value: ExpressionSyntax
    /// One name; several for a function that gives several columns.
    let aliases: [IdentifierSyntax]
}

/// What GROUP BY says.
struct GroupingSyntax: Hashable, Sendable {
    /// GROUP BY ALL.
    var isAll = false
    var keys: [ExpressionSyntax] = []
    /// ROLLUP, CUBE or GROUPING SETS, by name.
    var analytics: ClauseSyntax?
    var span: SourceSpan
}
