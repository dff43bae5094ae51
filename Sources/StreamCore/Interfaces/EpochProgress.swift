// SPDX-License-Identifier: Apache-2.0

/// What one confirmed epoch did; the source of progress events, status and metrics.
public struct EpochProgress: Hashable, Sendable {
    /// The epoch.
    public var epoch: Epoch
    /// When it started, µs since 1970 UTC.
    public var startedMicros: Int64
    /// When it was confirmed, µs since 1970 UTC.
    public var confirmedMicros: Int64?
    /// How long each step took, ns, by step name: `plan`, `read`, `prepare`, `checkpoint`, `publish`, `total`.
    public var durationNanos: [String: Int64] = [:]
    /// By source.
    public var sources: [String: SourceProgress] = [:]
    /// By sink; dead letters under `Pipeline.deadLetterSink`.
    public var sinks: [String: SinkProgress] = [:]
    /// By stateful operator.
    public var operators: [String: OperatorProgress] = [:]
    /// Rows that expectations dropped or warned about, by `relation.expectation`.
    public var violations: [String: Int] = [:]

    /// What an epoch read of a source.
    public struct SourceProgress: Hashable, Sendable {
        /// Where it was and where it is now.
        public var ranges: SourceRanges = [:]
        /// Records read, the malformed ones included.
        public var records = 0
        /// Bytes of those records.
        public var bytes = 0
        /// Records that could not be decoded.
        public var malformed = 0
        /// Malformed records that were dropped, not kept.
        public var dropped = 0
        /// The greatest event time of the epoch's records by partition, µs since 1970 UTC; empty without a watermark.
        public var eventTimes: [SourcePartition: Int64] = [:]
        /// The watermark after the epoch; `nil` when the source has none.
        public var watermark: Watermark?
        /// The partition that holds the watermark back.
        public var holder: WatermarkTracker.Holder?
        /// How many records (Kafka) or bytes (files) are there and not read; `nil` when the source cannot say.
        public var lag: Int64?

        /// Nothing read.
        public init() {}
    }

    /// What an epoch did in a stateful operator, and how big its state is now.
    public struct OperatorProgress: Hashable, Sendable {
        /// The state after the epoch.
        public var size = StateSize()
        /// Rows of state that were added or changed.
        public var updatedRows = 0
        /// Rows of state that the watermark passed.
        public var removedRows = 0
        /// Rows given.
        public var outputRows = 0
        /// Input rows that came too late, dropped or kept in dead letters.
        public var lateRows = 0
        /// Input rows without event time.
        public var timelessRows = 0
        /// The watermark after the epoch.
        public var watermark = Watermark.none

        /// Nothing done.
        public init() {}
    }

    /// What an epoch wrote to a sink.
    public struct SinkProgress: Hashable, Sendable {
        /// Rows written.
        public var rows = 0
        /// Files that hold them, for sinks that write files.
        public var files = 0
        /// The version that made them visible, for sinks that have one.
        public var version: Int64?

        /// Nothing written.
        public init() {}
    }

    /// The progress of an epoch that starts now.
    public init(epoch: Epoch, startedMicros: Int64) {
        self.epoch = epoch
        self.startedMicros = startedMicros
    }

    /// The greatest event time of its records, µs since 1970 UTC; `nil` without records or watermarks.
    public var maximumEventMicros: Int64? { sources.values.compactMap { $0.eventTimes.values.max() }.max() }

    /// How old its newest record was when all sinks had it, µs: from its event time to the confirmation.
    public var freshnessMicros: Int64? {
        guard let confirmedMicros, let maximumEventMicros else { return nil }
        return confirmedMicros - maximumEventMicros
    }

    /// Records read from all sources.
    public var inputRows: Int { sources.values.reduce(0) { $0 + $1.records } }
}
