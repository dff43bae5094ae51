// SPDX-License-Identifier: Apache-2.0

/// What one confirmed epoch did; the source of progress events, status and metrics.
public struct EpochProgress: Hashable, Sendable {
    /// The epoch.
    public var epoch: Epoch
    /// When it started, µs since 1970 UTC.
    public var startedMicros: Int64
    /// How long each step took, ns, by step name: `plan`, `read`, `prepare`, `checkpoint`, `publish`, `total`.
    public var durationNanos: [String: Int64] = [:]
    /// By source.
    public var sources: [String: SourceProgress] = [:]
    /// By sink; dead letters under `Pipeline.deadLetterSink`.
    public var sinks: [String: SinkProgress] = [:]
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

        /// Nothing read.
        public init() {}
    }

    /// What an epoch wrote to a sink.
    public struct SinkProgress: Hashable, Sendable {
        /// Rows written.
        public var rows = 0
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

    /// Records read from all sources.
    public var inputRows: Int { sources.values.reduce(0) { $0 + $1.records } }
}
