// SPDX-License-Identifier: Apache-2.0

/// Which words end things. Spark reserves almost none; these cannot stand for themselves where a clause may begin.
enum Keywords {
    /// Words that begin a clause, and so end a list or a condition.
    static let clauses: Set<String> = [
        "FROM", "WHERE", "GROUP", "HAVING", "QUALIFY", "WINDOW", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT",
        "OFFSET", "UNION", "EXCEPT", "MINUS", "INTERSECT", "LATERAL",
    ]

    /// Words that join tables.
    static let joins: Set<String> = [
        "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "SEMI", "ANTI", "ON", "USING",
    ]

    /// Words that may follow a table.
    static let afterTable: Set<String> = clauses.union(joins).union(["TABLESAMPLE", "PIVOT", "UNPIVOT"])

    /// Words that cannot be an alias without AS.
    static let notAnAlias: Set<String> = afterTable.union(["AS", "AND", "OR", "WHEN", "THEN", "ELSE"])

    /// Words that cannot begin an operand unless a bracket or dot follows.
    static let notAnOperand: Set<String> = [
        "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "UNION", "EXCEPT", "INTERSECT", "ON", "USING", "WHEN",
        "THEN", "ELSE", "AND", "OR", "AS", "IN", "IS", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "JOIN", "INNER",
        "LIMIT", "DISTINCT",
    ]

    /// Words that may follow an operand, for suggestions.
    static let operators: Set<String> = [
        "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "DIV",
    ]
}
