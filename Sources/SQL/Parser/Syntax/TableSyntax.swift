// SPDX-License-Identifier: Apache-2.0

/// Something FROM can read.
struct TableSyntax: Hashable, Sendable {
    var kind: Kind
    var alias: IdentifierSyntax?
    /// Names for its columns: `AS t(a, b)`.
    var columns: [IdentifierSyntax] = []
    var span: SourceSpan

    indirect enum Kind: Hashable, Sendable {
        /// A relation by name; file formats too: `` json.`glob` ``.
        case named([IdentifierSyntax])
        case query(QuerySyntax, isLateral: Bool)
        case values(ValuesSyntax)
        case function(CallSyntax, isLateral: Bool)
        case join(JoinSyntax)
        /// Something that Spark has and we refuse; says what.
        case unsupported(String)
    }
}

/// Two tables side by side.
struct JoinSyntax: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case inner = "JOIN"
        case left = "LEFT JOIN"
        case right = "RIGHT JOIN"
        case full = "FULL JOIN"
        case leftSemi = "LEFT SEMI JOIN"
        case leftAnti = "LEFT ANTI JOIN"
        case cross = "CROSS JOIN"
    }

    let kind: Kind
    let isNatural: Bool
    let left: TableSyntax
    let right: TableSyntax
    let condition: ExpressionSyntax?
    let using: [IdentifierSyntax]
    /// The keywords.
    let span: SourceSpan
}
