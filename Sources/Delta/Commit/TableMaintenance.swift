// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore
import Synchronization

/// Writes `.crc` files and table checkpoints after commits, in the background, one after another. Failures are noted and cost nothing.
final class TableMaintenance: Sendable {
    private let store: any ObjectStore
    private let policy: CommitPolicy
    private let state = Mutex(State())

    private struct Job {
        let snapshot: TableSnapshot
        let txnID: String
        var isCheckpointDue: Bool
    }

    private struct State {
        var jobs: [Job] = []
        var worker: Task<Void, Never>?
    }

    /// So many versions may wait; beyond that only the newest is kept, with its checkpoint if one was due.
    private static let backlog = 8

    init(store: any ObjectStore, policy: CommitPolicy) {
        self.store = store
        self.policy = policy
    }

    /// Notes a version that was just committed.
    func schedule(_ snapshot: TableSnapshot, txnID: String) {
        let interval = max(snapshot.metadata.integer("delta.checkpointInterval") ?? 10, 1)
        let isDue =
            policy.writesCheckpoints && snapshot.version.number > 0
            && snapshot.version.number % Int64(interval) == 0
        guard isDue || policy.writesChecksums else { return }
        var job = Job(snapshot: snapshot, txnID: txnID, isCheckpointDue: isDue)
        state.withLock { state in
            if state.jobs.count >= Self.backlog {
                job.isCheckpointDue = isDue || state.jobs.contains { $0.isCheckpointDue }
                state.jobs.removeAll()
            }
            state.jobs.append(job)
            if state.worker == nil { state.worker = Task { [self] in await run() } }
        }
    }

    private func run() async {
        while let job = next() {
            do throws(PipelineError) {
                try await carryOut(job)
            } catch {
                policy.note("upkeep of version \(job.snapshot.version) of '\(store.root)' failed: \(error)")
            }
        }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard !state.jobs.isEmpty else {
                state.worker = nil
                return nil
            }
            return state.jobs.removeFirst()
        }
    }

    private func carryOut(_ job: Job) async throws(PipelineError) {
        if policy.writesChecksums {
            let text = VersionChecksum.text(job.snapshot, txnID: job.txnID)
            _ = try await store.putIfAbsent(LogFileName.checksumKey(job.snapshot.version), text)
        }
        if job.isCheckpointDue {
            try await TableCheckpointWriter(store: store, nowMillis: policy.nowMillis()).write(job.snapshot)
        }
    }

    /// Waits until nothing is left to do.
    func finish() async {
        while let worker = state.withLock({ $0.worker }) { await worker.value }
    }
}
