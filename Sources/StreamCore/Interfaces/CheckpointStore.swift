// SPDX-License-Identifier: Apache-2.0
public import Failures

/// The durable memory of a pipeline: what is planned, what is decided, what is confirmed. Its lock is exclusive.
public protocol CheckpointStore: Sendable {
    /// Everything needed to go on, read once at start-up.
    func load() async throws(PipelineError) -> CheckpointState

    /// Writes the offset log of an epoch before anything is read. Durable when it returns.
    func plan(_ epoch: PlannedEpoch) async throws(PipelineError)

    /// Step 3 of an epoch, in one transaction: end offsets, watermarks, tokens. Durable when it returns; the epoch is then decided.
    func decide(_ epoch: DecidedEpoch) async throws(PipelineError)

    /// Notes that every sink has published the epoch.
    func confirm(_ epoch: Epoch) async throws(PipelineError)

    /// Releases the lock.
    func close() async
}

/// An epoch as it was fixed before anything was read; replayed, it is the same epoch.
public struct PlannedEpoch: Hashable, Sendable {
    /// The epoch.
    public var epoch: Epoch
    /// What it reads of each source.
    public var ranges: [String: SourceRanges]
    /// When it started, µs since 1970 UTC: what `now()` gives in it. `nil` when a table told of the epoch and not the checkpoint.
    public var startedMicros: Int64?
    /// The versions of the tables that its lookups use, by format and path.
    public var tables: [String: String]
    /// Of each source that has a watermark, the partitions that may hold it and how they stand once the epoch is read; the others do not.
    /// A source is absent where that was not known.
    public var standing: [String: [SourcePartition: PartitionStanding]]

    /// A planned epoch.
    public init(
        epoch: Epoch, ranges: [String: SourceRanges], startedMicros: Int64?, tables: [String: String] = [:],
        standing: [String: [SourcePartition: PartitionStanding]] = [:]
    ) {
        self.epoch = epoch
        self.ranges = ranges
        self.startedMicros = startedMicros
        self.tables = tables
        self.standing = standing
    }
}

/// An epoch whose output is durable and whose effect is settled, published or not.
public struct DecidedEpoch: Hashable, Sendable {
    /// The epoch.
    public var epoch: Epoch
    /// What it read of each source.
    public var ranges: [String: SourceRanges]
    /// What each sink prepared.
    public var tokens: [String: SinkToken]
    /// The watermark of each source that has one, µs since 1970 UTC.
    public var watermarks: [String: Int64]
    /// The greatest event time seen of each source partition that still matters to its source's watermark, µs since 1970 UTC.
    public var eventTimes: [String: [SourcePartition: Int64]]
    /// The watermark of each stateful operator that has one, µs since 1970 UTC.
    public var operatorWatermarks: [String: Int64]
    /// What the state store wrote.
    public var state: StateToken

    /// A decided epoch.
    public init(
        epoch: Epoch, ranges: [String: SourceRanges], tokens: [String: SinkToken], watermarks: [String: Int64] = [:],
        eventTimes: [String: [SourcePartition: Int64]] = [:], operatorWatermarks: [String: Int64] = [:],
        state: StateToken = StateToken("")
    ) {
        self.epoch = epoch
        self.ranges = ranges
        self.tokens = tokens
        self.watermarks = watermarks
        self.eventTimes = eventTimes
        self.operatorWatermarks = operatorWatermarks
        self.state = state
    }
}

/// What a checkpoint holds at start-up.
public struct CheckpointState: Hashable, Sendable {
    /// Where each source stands after the last decided epoch.
    public var offsets: [String: SourceOffsets]
    /// The last decided epoch; `nil` before the first.
    public var decided: DecidedEpoch?
    /// Whether the last decided epoch is confirmed.
    public var confirmed: Bool
    /// An epoch that was planned and not decided; it must be read again as planned.
    public var planned: PlannedEpoch?

    /// A state.
    public init(
        offsets: [String: SourceOffsets] = [:], decided: DecidedEpoch? = nil, confirmed: Bool = true,
        planned: PlannedEpoch? = nil
    ) {
        self.offsets = offsets
        self.decided = decided
        self.confirmed = confirmed
        self.planned = planned
    }
}
