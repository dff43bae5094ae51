// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// A real state store that is out of reach for an engine that has died.
final class WatchedStateStore: StateStore {
    private let store: any StateStore
    private let life: CrashSwitch

    init(_ store: any StateStore, life: CrashSwitch) {
        self.store = store
        self.life = life
    }

    func operators() async throws(PipelineError) -> [String: OperatorIdentity] { try await store.operators() }

    func register(_ identities: [OperatorIdentity], dropping: Set<String>) async throws(PipelineError) {
        try life.check()
        try await store.register(identities, dropping: dropping)
    }

    func write(_ epoch: Epoch, _ changes: [String: [StateRows]]) async throws(PipelineError) -> StateToken {
        try life.check()
        return try await store.write(epoch, changes)
    }

    func forget(_ operatorName: String, before epoch: Epoch) {
        if !life.isDown { store.forget(operatorName, before: epoch) }
    }

    func snapshotDue(_ operatorName: String, size: StateSize) -> Range<Int>? {
        life.isDown ? nil : store.snapshotDue(operatorName, size: size)
    }

    func snapshot(_ epoch: Epoch, _ operatorName: String, groups: Range<Int>, _ rows: [StateRows]) {
        if !life.isDown { store.snapshot(epoch, operatorName, groups: groups, rows) }
    }

    func restore(
        _ operatorName: String, _ give: @Sendable (StateRecord) throws(PipelineError) -> Void
    ) async throws(PipelineError) {
        try await store.restore(operatorName, give)
    }

    func close() async { await store.close() }
}
