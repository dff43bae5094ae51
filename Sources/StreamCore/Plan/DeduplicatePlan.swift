// SPDX-License-Identifier: Apache-2.0

/// Which rows count as the same.
///
/// - Result: the first row of each key, in the order of the source, with all columns.
public struct DeduplicatePlan: Sendable {
    /// What must be equal, over the input's columns; NULL equals NULL.
    public var keys: [Expression]
    /// The event time column of the input by position; needed for `withinMicros`.
    public var eventTime: Int?
    /// A key is forgotten once the watermark has passed its first row's event time by so much, µs. `nil`: never, unless the
    /// event time is one of the keys; it is then forgotten as the watermark passes it.
    public var withinMicros: Int64?

    /// A deduplication.
    public init(keys: [Expression], eventTime: Int? = nil, withinMicros: Int64? = nil) {
        self.keys = keys
        self.eventTime = eventTime
        self.withinMicros = withinMicros
    }
}
