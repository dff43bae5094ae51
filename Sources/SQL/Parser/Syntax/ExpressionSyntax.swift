// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// An expression as written.
struct ExpressionSyntax: Hashable, Sendable {
    let kind: Kind
    let span: SourceSpan
    /// How many levels of expressions it has.
    let height: Int

    indirect enum Kind: Hashable, Sendable {
        case literal(LiteralSyntax)
        /// A column, a field of a column, or a function without parentheses: `a`, `t.a`, `t.a.b.c`.
        case name([IdentifierSyntax])
        /// `*`, `t.*`, `* EXCEPT (a, b.c)`.
        case star([IdentifierSyntax], except: [[IdentifierSyntax]])
        /// An operator by the name it has in the function registry: `unary-`, `unary+`, `~`.
        case unary(String, ExpressionSyntax)
        /// An operator by the name it has in the function registry: `+`, `=`, `<=>`, `||`, `div`, ….
        case binary(String, ExpressionSyntax, ExpressionSyntax)
        case and(ExpressionSyntax, ExpressionSyntax)
        case or(ExpressionSyntax, ExpressionSyntax)
        case not(ExpressionSyntax)
        case isTest(ExpressionSyntax, Test, negated: Bool)
        case isDistinct(ExpressionSyntax, ExpressionSyntax, negated: Bool)
        case between(ExpressionSyntax, ExpressionSyntax, ExpressionSyntax, negated: Bool)
        case inList(ExpressionSyntax, [ExpressionSyntax], negated: Bool)
        case inQuery(ExpressionSyntax, QuerySyntax, negated: Bool)
        case like(LikeSyntax)
        case cast(ExpressionSyntax, DataType, CastMode)
        case conditional(operand: ExpressionSyntax?, [BranchSyntax], otherwise: ExpressionSyntax?)
        case call(CallSyntax)
        case field(ExpressionSyntax, IdentifierSyntax)
        case element(ExpressionSyntax, ExpressionSyntax)
        case lambda([IdentifierSyntax], ExpressionSyntax)
        case tuple([ExpressionSyntax])
        case exists(QuerySyntax)
        case query(QuerySyntax)
        /// Something that Spark has and we refuse; says what.
        case unsupported(String)
        /// A piece that could not be read, and was reported.
        case invalid
    }

    /// What IS asks.
    enum Test: String, Hashable, Sendable { case null = "NULL", true_ = "TRUE", false_ = "FALSE", unknown = "UNKNOWN" }

    init(_ kind: Kind, _ span: SourceSpan, over parts: ExpressionSyntax...) {
        self.init(kind, span, overAll: parts)
    }

    init(_ kind: Kind, _ span: SourceSpan, overAll parts: [ExpressionSyntax]) {
        self.kind = kind
        self.span = span
        height = 1 + (parts.map(\.height).max() ?? 0)
    }
}

/// One WHEN … THEN ….
struct BranchSyntax: Hashable, Sendable {
    let condition: ExpressionSyntax
    let result: ExpressionSyntax
}

/// `x [NOT] LIKE [ANY | ALL] … [ESCAPE c]`.
struct LikeSyntax: Hashable, Sendable {
    /// Whether one or all of several patterns must match.
    enum Quantifier: String, Hashable, Sendable { case any = "ANY", all = "ALL" }

    /// `like`, `ilike` or `rlike`.
    let function: String
    let value: ExpressionSyntax
    let patterns: [ExpressionSyntax]
    let quantifier: Quantifier?
    let escape: ExpressionSyntax?
    let negated: Bool
}
