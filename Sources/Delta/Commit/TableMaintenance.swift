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
        let version: TableVersion
        /// The text of the `.crc` file; made at once, so that the snapshot need not be kept.
        let checksum: [UInt8]?
        /// The snapshot to write a table checkpoint of, where one is due.
        let checkpoint: TableSnapshot?
    }

    private struct State {
        var jobs: [Job] = []
        var worker: Task<Void, Never>?
    }

    /// So many versions may wait; beyond that the oldest go without their `.crc` and checkpoint.
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
        let job = Job(
            version: snapshot.version,
            checksum: policy.writesChecksums ? VersionChecksum.text(snapshot, txnID: txnID) : nil,
            checkpoint: isDue ? snapshot : nil)
        state.withLock { state in
            if state.jobs.count >= Self.backlog {
                // A checkpoint that is waiting goes only when a newer one is due.
                let first = state.jobs.firstIndex { $0.checkpoint == nil || isDue }
                if let first { state.jobs.remove(at: first) }
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
                policy.note("upkeep of version \(job.version) of '\(store.root)' failed: \(error)")
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
        if let checksum = job.checksum {
            _ = try await store.putIfAbsent(LogFileName.checksumKey(job.version), checksum)
        }
        if let snapshot = job.checkpoint {
            try await TableCheckpointWriter(store: store, nowMillis: policy.nowMillis()).write(snapshot)
        }
    }

    /// Waits until nothing is left to do.
    func finish() async {
        while let worker = state.withLock({ $0.worker }) { await worker.value }
    }
}
