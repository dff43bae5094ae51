// SPDX-License-Identifier: Apache-2.0
public import Failures

/// The durable memory of a pipeline: what is planned, what is decided, what is confirmed. Its lock is exclusive.
public protocol CheckpointStore: Sendable {
    /// Everything needed to go on, read once at start-up.
    func load() async throws(PipelineError) -> CheckpointState

    /// Writes the offset log of an epoch before anything is read. Durable when it returns.
    func plan(_ epoch: Epoch, _ ranges: [String: SourceRanges]) async throws(PipelineError)

    /// Step 3 of an epoch, in one transaction: end offsets, watermarks, tokens. Durable when it returns; the epoch is then decided.
    func decide(_ epoch: DecidedEpoch) async throws(PipelineError)

    /// Notes that every sink has published the epoch.
    func confirm(_ epoch: Epoch) async throws(PipelineError)

    /// Releases the lock.
    func close() async
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

    /// A decided epoch.
    public init(
        epoch: Epoch, ranges: [String: SourceRanges], tokens: [String: SinkToken], watermarks: [String: Int64] = [:]
    ) {
        self.epoch = epoch
        self.ranges = ranges
        self.tokens = tokens
        self.watermarks = watermarks
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
    /// The ranges of an epoch that was planned and not decided; it must be read again as planned.
    public var planned: [String: SourceRanges]?

    /// A state.
    public init(
        offsets: [String: SourceOffsets] = [:], decided: DecidedEpoch? = nil, confirmed: Bool = true,
        planned: [String: SourceRanges]? = nil
    ) {
        self.offsets = offsets
        self.decided = decided
        self.confirmed = confirmed
        self.planned = planned
    }
}
