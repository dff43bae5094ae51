// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// GROUP BY: what makes a group, and what is computed over its rows.
///
/// - Result columns: the keys, then `window` STRUCT<start TIMESTAMP, end TIMESTAMP> when there is a window, then the aggregates.
/// - DISTINCT is an aggregate plan whose keys are all columns, without aggregates.
/// - Without keys and window there is one group. It gives a row even when no input came (as in batch SQL), in `complete` mode only.
public struct AggregatePlan: Sendable {
    /// The group keys over the input's columns; NULL is a key like any other, NaN equals NaN, -0.0 equals 0.0.
    public var keys: [NamedExpression]
    /// The window that rows are put in, if any.
    public var window: WindowPlan?
    /// What is computed over the rows of a group.
    public var aggregates: [AggregateCall]

    /// A grouping.
    public init(keys: [NamedExpression], window: WindowPlan? = nil, aggregates: [AggregateCall]) {
        self.keys = keys
        self.window = window
        self.aggregates = aggregates
    }

    /// Names and types of the result.
    public var schema: Schema {
        let keyFields = keys.map { Field($0.name, $0.expression.type, nullable: $0.expression.nullable) }
        let windowField = window.map { [Field($0.name, WindowPlan.type, nullable: false)] } ?? []
        return Schema(keyFields + windowField + aggregates.map { Field($0.name, $0.type, nullable: $0.nullable) })
    }
}

/// How event time is cut into windows `[start, end)`, aligned to 1970-01-01 UTC.
public struct WindowPlan: Sendable {
    /// The name of the window column, `window` unless aliased.
    public var name: String
    /// How windows are made.
    public var kind: Kind
    /// TIMESTAMP over the input's columns; for `inherited` the window STRUCT. Rows where it is NULL belong to no window and are left out.
    public var eventTime: Expression

    /// How windows are made.
    public enum Kind: Sendable {
        /// Every `slideMicros` a window of `sizeMicros` begins; tumbling when both are equal. 0 < slide ≤ size; 0 ≤ offset < slide.
        case fixed(sizeMicros: Int64, slideMicros: Int64, offsetMicros: Int64)
        /// Rows of a key nearer than the gap belong together: `[first, last + gap)`. The gap is a day-time interval over the
        /// input's columns; rows whose gap is not positive are left out.
        case session(gap: Expression)
        /// The window that an earlier aggregation put the row in: groups of the same window, without cutting again.
        case inherited
    }

    /// Whether rows of a key make sessions.
    public var isSession: Bool { if case .session = kind { true } else { false } }

    /// The type of the window column.
    public static let type = DataType.structure([
        Field("start", .timestamp, nullable: false), Field("end", .timestamp, nullable: false),
    ])

    /// A window.
    public init(name: String = "window", kind: Kind, eventTime: Expression) {
        self.name = name
        self.kind = kind
        self.eventTime = eventTime
    }
}

/// One aggregate function over the rows of a group.
public struct AggregateCall: Sendable {
    /// The name of its result column.
    public var name: String
    /// The function.
    public var function: AggregateFunction
    /// Its arguments over the input's columns, cast to the types the function takes.
    public var arguments: [Expression]
    /// Whether each distinct combination of arguments counts once.
    public var isDistinct: Bool
    /// FILTER (WHERE …): rows for which it is not true do not count.
    public var filter: Expression?
    /// The type of the result.
    public var type: DataType
    /// Whether the result can be NULL.
    public var nullable: Bool
    /// The text it was written as, for messages.
    public var text: String

    /// A call.
    public init(
        name: String, function: AggregateFunction, arguments: [Expression], isDistinct: Bool = false,
        filter: Expression? = nil, type: DataType, nullable: Bool, text: String = ""
    ) {
        self.name = name
        self.function = function
        self.arguments = arguments
        self.isDistinct = isDistinct
        self.filter = filter
        self.type = type
        self.nullable = nullable
        self.text = text
    }
}

/// The aggregate functions, with Spark's meaning. Rows whose argument is NULL do not count, unless said otherwise.
public enum AggregateFunction: Hashable, Sendable {
    /// Rows; with arguments: rows in which none of them is NULL. BIGINT.
    case count
    /// BIGINT of integers, DOUBLE of FLOAT and DOUBLE, DECIMAL(p + 10, s) of DECIMAL. NULL of no rows; an integer or decimal
    /// result that does not fit is an error of that group.
    case sum
    /// DOUBLE, or DECIMAL(p + 4, s + 4) of DECIMAL. NULL of no rows.
    case average
    case minimum
    case maximum
    /// The first row's value in the order of the source; NULL values count unless `ignoresNulls`.
    case first(ignoresNulls: Bool)
    case last(ignoresNulls: Bool)
    /// The value (argument 0) of the row whose argument 1 is least; rows whose argument 1 is NULL do not count.
    case minimumBy
    case maximumBy
    /// DOUBLE: variance or its root, of the sample or the population; the sample's of one row is NULL.
    case variance(ofSample: Bool)
    case standardDeviation(ofSample: Bool)
    /// DOUBLE: Pearson's correlation of arguments 0 and 1.
    case correlation
    /// DOUBLE: covariance of arguments 0 and 1.
    case covariance(ofSample: Bool)
    /// ARRAY of the values, in the order of the source; empty of no rows.
    case collectList
    /// ARRAY of the distinct values, in the order of their first appearance.
    case collectSet
    /// BIGINT: HyperLogLog++ estimate with a relative standard deviation.
    case approximateCountDistinct(relativeStandardDeviation: Double)
    /// Percentiles by linear interpolation, DOUBLE; an ARRAY when `isArray`. Argument 1, if any, is a frequency.
    case percentile(fractions: [Double], isArray: Bool)
    /// Values at percentiles from a sketch, of the argument's type; an ARRAY when `isArray`.
    case approximatePercentile(fractions: [Double], accuracy: Int, isArray: Bool)
    case booleanAnd
    case booleanOr
    /// Bitwise AND, OR, XOR of integers.
    case bitAnd
    case bitOr
    case bitXor
}
