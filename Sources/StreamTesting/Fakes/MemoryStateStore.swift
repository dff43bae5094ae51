// SPDX-License-Identifier: Apache-2.0
import Columnar
public import Failures
public import StreamCore
import Synchronization

/// A state store in memory that survives its engine. It belongs to a `MemoryCheckpoint`, which says what is decided.
public final class MemoryStateStore: StateStore {
    private struct State: Sendable {
        /// What each operator has meant, oldest first.
        var meanings: [String: [OperatorIdentity]] = [:]
        var names: [String] = []
        /// What was written, by token, and how many meanings each operator had then.
        var changes: [String: (rows: [String: [StateRows]], meanings: [String: Int])] = [:]
        /// By operator: a snapshot of all its key groups, the epoch after which it was made, and how many meanings there were.
        var snapshots: [String: [(epoch: Epoch, rows: [StateRows], meanings: Int)]] = [:]
        /// By operator the first epoch whose changes its state is made of, and the epoch since which that is so.
        var floors: [String: [(first: Epoch, since: Epoch)]] = [:]
        var writes = 0
        var lastWritten = Epoch(-1)
        var restoredRows = 0
    }

    private let checkpoint: MemoryCheckpoint
    private let snapshotEvery: Int?
    private let state = Mutex(State())

    /// A store whose snapshots hold all key groups and come every so many epochs, or never.
    public init(_ checkpoint: MemoryCheckpoint, snapshotEvery: Int? = nil) {
        self.checkpoint = checkpoint
        self.snapshotEvery = snapshotEvery
    }

    /// How many rows the last restore of any operator gave.
    public var restoredRows: Int { state.withLock { $0.restoredRows } }

    /// The operators that were registered last.
    public func operators() async throws(PipelineError) -> [String: OperatorIdentity] {
        state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: state.names.compactMap { name in state.meanings[name]?.last.map { (name, $0) } })
        }
    }

    /// Remembers the operators.
    public func register(_ identities: [OperatorIdentity], dropping: Set<String>) async throws(PipelineError) {
        state.withLock { state in
            state.names = identities.map(\.name)
            for identity in identities where state.meanings[identity.name]?.last != identity {
                state.meanings[identity.name, default: []].append(identity)
            }
        }
    }

    /// Keeps the changes under a token of their own.
    public func write(_ epoch: Epoch, _ changes: [String: [StateRows]]) async throws(PipelineError) -> StateToken {
        state.withLock { state in
            state.writes += 1
            state.lastWritten = epoch
            state.changes["\(state.writes)"] = (changes, state.meanings.mapValues(\.count))
            return StateToken("\(state.writes)")
        }
    }

    /// Leaves the changes of earlier epochs out, once the next epoch is decided.
    public func forget(_ operatorName: String, before epoch: Epoch) {
        state.withLock { state in
            state.floors[operatorName, default: []].append((epoch, Epoch(state.lastWritten.number + 1)))
        }
    }

    /// All key groups, every so many writes.
    public func snapshotDue(_ operatorName: String, size: StateSize) -> Range<Int>? {
        guard let snapshotEvery else { return nil }
        return state.withLock { $0.writes % snapshotEvery == 0 } ? 0..<KeyGroups.count : nil
    }

    /// Keeps the snapshot; it counts once its epoch is decided.
    public func snapshot(_ epoch: Epoch, _ operatorName: String, groups: Range<Int>, _ rows: [StateRows]) {
        state.withLock { state in
            let meanings = state.meanings[operatorName]?.count ?? 0
            state.snapshots[operatorName, default: []].append((epoch, rows, meanings))
        }
    }

    /// Gives the newest snapshot of a decided epoch, then the changes of the epochs after it.
    public func restore(
        _ operatorName: String, _ give: @Sendable (StateRecord) throws(PipelineError) -> Void
    ) async throws(PipelineError) {
        let decided = checkpoint.decidedEpochs
        let (snapshots, changes, all, floors) = state.withLock {
            (
                $0.snapshots[operatorName] ?? [], $0.changes, $0.meanings[operatorName] ?? [],
                $0.floors[operatorName] ?? []
            )
        }
        let last = decided.last?.epoch ?? Epoch(-1)
        let floor = floors.last { $0.since <= last }?.first ?? .first
        // What an engine said that died before its epoch was decided does not count.
        state.withLock { $0.floors[operatorName]?.removeAll { $0.since > last } }
        func since(_ count: Int?) -> [OperatorIdentity] { Array(all.dropFirst((count ?? 1) - 1)) }
        let snapshot = snapshots.last { snapshot in
            snapshot.epoch >= floor && decided.contains { $0.epoch == snapshot.epoch }
        }
        var rowCount = 0
        for rows in snapshot?.rows ?? [] {
            rowCount += rows.rows.rowCount
            try give(.rows(rows, meanings: since(snapshot?.meanings)))
        }
        for epoch in decided {
            if epoch.epoch < max(floor, snapshot?.epoch ?? floor) { continue }
            if epoch.epoch != snapshot?.epoch {
                let written = changes[epoch.state.text]
                for rows in written?.rows[operatorName] ?? [] {
                    rowCount += rows.rows.rowCount
                    try give(.rows(rows, meanings: since(written?.meanings[operatorName])))
                }
            }
            let watermark = epoch.operatorWatermarks[operatorName].map { Watermark(micros: $0) } ?? .none
            try give(.endOfEpoch(epoch.epoch, watermark: watermark))
        }
        let restored = rowCount
        state.withLock { $0.restoredRows = restored }
    }

    /// Does nothing.
    public func close() async {}
}
