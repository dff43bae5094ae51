// SPDX-License-Identifier: Apache-2.0

/// A function call as written.
struct CallSyntax: Hashable, Sendable {
    /// The name, with its qualifier if there is one.
    let name: [IdentifierSyntax]
    var arguments: [ArgumentSyntax]
    /// `timestampadd(MONTH, …)`: the first argument was a bare unit and not text.
    var hasUnit = false
    /// `count(DISTINCT x)`.
    var isDistinct = false
    /// `FILTER (WHERE …)`.
    var filter: ExpressionSyntax?
    /// `WITHIN GROUP (ORDER BY …)`.
    var withinGroup: [SortSyntax] = []
    /// `IGNORE NULLS`.
    var ignoresNulls = false
    /// `OVER (…)` or `OVER name`.
    var window: WindowSyntax?

    init(_ name: [IdentifierSyntax], _ arguments: [ArgumentSyntax]) {
        self.name = name
        self.arguments = arguments
    }
}

/// One argument of a call.
struct ArgumentSyntax: Hashable, Sendable {
    let value: ExpressionSyntax
    /// `name => value`.
    var name: IdentifierSyntax?
    /// `value AS alias`, in struct().
    var alias: IdentifierSyntax?

    init(_ value: ExpressionSyntax, name: IdentifierSyntax? = nil, alias: IdentifierSyntax? = nil) {
        self.value = value
        self.name = name
        self.alias = alias
    }
}

/// One key of an ORDER BY.
struct SortSyntax: Hashable, Sendable {
    let key: ExpressionSyntax
    let descending: Bool
    /// NULLS FIRST or LAST where it was said.
    let nullsFirst: Bool?
}

/// What OVER names.
struct WindowSyntax: Hashable, Sendable {
    /// A window of the WINDOW clause.
    var name: IdentifierSyntax?
    var partitionBy: [ExpressionSyntax] = []
    var orderBy: [SortSyntax] = []
    var frame: Frame?
    var span: SourceSpan

    /// ROWS or RANGE from a bound to another.
    struct Frame: Hashable, Sendable {
        let isRange: Bool
        let start: Bound
        /// `nil` is CURRENT ROW.
        let end: Bound?
    }

    /// One end of a frame.
    enum Bound: Hashable, Sendable {
        case unboundedPreceding, unboundedFollowing, currentRow
        case preceding(ExpressionSyntax)
        case following(ExpressionSyntax)
    }
}
