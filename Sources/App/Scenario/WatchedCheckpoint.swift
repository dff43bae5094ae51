// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import Synchronization

/// A real checkpoint that a test looks into, and that is out of reach for an engine that has died.
final class WatchedCheckpoint: CheckpointStore {
    private let store: any CheckpointStore
    private let life: CrashSwitch
    private let state = Mutex<(planned: Int, decided: DecidedEpoch?)>((0, nil))

    init(_ store: any CheckpointStore, life: CrashSwitch) {
        self.store = store
        self.life = life
    }

    /// How many epochs have been planned in this life.
    var plannedCount: Int { state.withLock { $0.planned } }
    /// The last epoch that was decided, in this life or loaded.
    var decided: DecidedEpoch? { state.withLock { $0.decided } }

    func load() async throws(PipelineError) -> CheckpointState {
        let loaded = try await store.load()
        state.withLock { $0.decided = loaded.decided }
        return loaded
    }

    func plan(_ epoch: PlannedEpoch) async throws(PipelineError) {
        try life.check()
        try await store.plan(epoch)
        state.withLock { $0.planned += 1 }
    }

    func decide(_ epoch: DecidedEpoch) async throws(PipelineError) {
        try life.check()
        try await store.decide(epoch)
        state.withLock { $0.decided = epoch }
    }

    func confirm(_ epoch: Epoch) async throws(PipelineError) {
        try life.check()
        try await store.confirm(epoch)
    }

    func close() async { await store.close() }
}
