// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// A resolved, typed scalar expression over the columns of one relation.
public struct Expression: Sendable {
    /// What it computes.
    public let kind: Kind
    /// The type of its result.
    public let type: DataType
    /// Whether its result can be NULL.
    public let nullable: Bool
    /// The text it was written as, for messages and dead letters; empty for parts that the resolver added.
    public let text: String

    /// What an expression computes.
    public indirect enum Kind: Sendable {
        /// An input column by position.
        case column(Int)
        case literal(Value)
        /// A function over arguments that are all evaluated, in order. NULL handling is the function's.
        case call(ScalarFunction, [Expression])
        case cast(Expression, CastMode)
        /// SQL's three-valued AND; the right side's errors do not count where the left is false.
        case and(Expression, Expression)
        /// SQL's three-valued OR; the right side's errors do not count where the left is true.
        case or(Expression, Expression)
        case not(Expression)
        /// The result of the first branch whose condition is true, else `otherwise`, else NULL. Other branches' errors do not count.
        case conditional([Branch], otherwise: Expression?)
        /// The first value that is not NULL; later arguments' errors do not count once one is found.
        case coalesce([Expression])
        /// A field of a STRUCT by position; NULL when the struct is.
        case field(Expression, Int)
        /// When the epoch started, TIMESTAMP: the same for every row, and again when the epoch is replayed.
        case epochTime
    }

    /// One WHEN … THEN ….
    public struct Branch: Sendable {
        /// BOOLEAN.
        public let condition: Expression
        /// Of the type of the whole.
        public let result: Expression

        /// A branch.
        public init(condition: Expression, result: Expression) {
            self.condition = condition
            self.result = result
        }
    }

    /// An expression. Types must already agree.
    public init(_ kind: Kind, type: DataType, nullable: Bool, text: String = "") {
        self.kind = kind
        self.type = type
        self.nullable = nullable
        self.text = text
    }
}

/// What a cast does with a value that does not fit.
public enum CastMode: Hashable, Sendable {
    /// An error for that row (CAST with ANSI on).
    case ansi
    /// NULL (TRY_CAST).
    case lenient
}
