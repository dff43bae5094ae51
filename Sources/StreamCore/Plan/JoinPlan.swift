// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// A join of two streams.
///
/// - Result columns: the left's, then the right's; of a semi or anti join the left's alone. The side that an outer join may
///   leave out is nullable.
/// - An unmatched row of an outer side comes out once no partner can come any more: when the watermark has passed its bounds.
public struct JoinPlan: Sendable {
    /// Which rows come out.
    public var kind: Kind
    /// Pairs that must be equal (NULL equals nothing); over the left's and the right's columns, of the same type. At least one.
    public var keys: [(left: Expression, right: Expression)]
    /// What else must be true, over the left's columns followed by the right's; the time bounds are part of it as written.
    public var condition: Expression?
    /// Where event time is on each side, and how far apart partners may be.
    public var time: TimeBounds?

    /// Which rows come out.
    public enum Kind: String, Hashable, Sendable, CaseIterable { case inner, left, right, full, leftSemi, leftAnti }

    /// `lower ≤ left time − right time ≤ upper`; a missing bound leaves the state of one side unbounded.
    public struct TimeBounds: Hashable, Sendable {
        /// The event time column of the left side by position: a TIMESTAMP, or a window STRUCT whose equality is among the keys.
        public var left: Int
        /// That of the right side.
        public var right: Int
        /// µs.
        public var lowerMicros: Int64?
        /// µs.
        public var upperMicros: Int64?

        /// Bounds.
        public init(left: Int, right: Int, lowerMicros: Int64? = nil, upperMicros: Int64? = nil) {
            self.left = left
            self.right = right
            self.lowerMicros = lowerMicros
            self.upperMicros = upperMicros
        }
    }

    /// A join.
    public init(
        kind: Kind, keys: [(left: Expression, right: Expression)], condition: Expression? = nil,
        time: TimeBounds? = nil
    ) {
        self.kind = kind
        self.keys = keys
        self.condition = condition
        self.time = time
    }

    /// Names and types of the result.
    public func schema(left: Schema, right: Schema) -> Schema {
        switch kind {
        case .leftSemi, .leftAnti: left
        case .inner: Schema(left.fields + right.fields)
        case .left: Schema(left.fields + Self.nullable(right))
        case .right: Schema(Self.nullable(left) + right.fields)
        case .full: Schema(Self.nullable(left) + Self.nullable(right))
        }
    }

    private static func nullable(_ schema: Schema) -> [Field] {
        schema.fields.map { field in
            var field = field
            field.nullable = true
            return field
        }
    }
}
