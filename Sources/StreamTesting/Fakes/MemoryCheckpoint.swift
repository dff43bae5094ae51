// SPDX-License-Identifier: Apache-2.0
public import Failures
public import StreamCore
import Synchronization

/// A checkpoint in memory that survives its engine, as the file survives a process.
public final class MemoryCheckpoint: CheckpointStore {
    private let state = Mutex(CheckpointState())
    private let history = Mutex<[DecidedEpoch]>([])

    /// An empty checkpoint.
    public init() {}

    /// What it holds.
    public var current: CheckpointState { state.withLock { $0 } }

    /// Every epoch that was ever decided, in order.
    public var decidedEpochs: [DecidedEpoch] { history.withLock { $0 } }

    /// What it holds.
    public func load() async throws(PipelineError) -> CheckpointState { current }

    /// Keeps the plan.
    public func plan(_ planned: PlannedEpoch) async throws(PipelineError) {
        state.withLock { $0.planned = planned }
    }

    /// Keeps the decided epoch and moves the offsets.
    public func decide(_ decided: DecidedEpoch) async throws(PipelineError) {
        history.withLock { $0.append(decided) }
        state.withLock { state in
            state.planned = nil
            state.decided = decided
            state.confirmed = false
            for (source, ranges) in decided.ranges {
                state.offsets[source, default: [:]].merge(ranges.mapValues(\.end)) { $1 }
            }
        }
    }

    /// Confirms the decided epoch.
    public func confirm(_ epoch: Epoch) async throws(PipelineError) {
        state.withLock { if $0.decided?.epoch == epoch { $0.confirmed = true } }
    }

    /// Does nothing.
    public func close() async {}
}
