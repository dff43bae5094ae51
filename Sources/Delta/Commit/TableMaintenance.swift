// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore
import Synchronization

/// Writes `.crc` files and table checkpoints after commits and clears the log of what has expired, in the background, one after another. Failures are noted and cost nothing.
final class TableMaintenance: Sendable {
    private let store: any ObjectStore
    private let policy: CommitPolicy
    private let cache: HeadCache
    private let cleanup: LogCleanup
    private let state = Mutex(State())

    private struct Job {
        let version: TableVersion
        /// The text of the `.crc` file, where it can be told.
        let checksum: [UInt8]?
        /// The version to write a table checkpoint of, where one is due.
        let checkpoint: TableHead?
    }

    private struct State {
        var jobs: [Job] = []
        var worker: Task<Void, Never>?
    }

    /// So many versions may wait; beyond that the oldest go without their `.crc` and checkpoint.
    private static let backlog = 8

    init(store: any ObjectStore, policy: CommitPolicy, cache: HeadCache) {
        self.store = store
        self.cache = cache
        cleanup = LogCleanup(store: store)
        self.policy = policy
    }

    /// Notes a version that was just committed.
    func schedule(_ head: TableHead, txnID: String) {
        let interval = max(head.metadata.integer("delta.checkpointInterval") ?? 10, 1)
        let isDue =
            policy.writesCheckpoints && head.version.number > 0
            && head.version.number % Int64(interval) == 0
        guard isDue || policy.writesChecksums else { return }
        let job = Job(
            version: head.version,
            checksum: policy.writesChecksums ? VersionChecksum.text(head, txnID: txnID) : nil,
            checkpoint: isDue ? head : nil)
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
        guard var head = job.checkpoint else { return }
        // An earlier job may have written a checkpoint since this one was made.
        if let known = cache.head?.checkpointVersion, known < head.version { head.checkpointVersion = known }
        let nowMillis = policy.nowMillis()
        if let counts = try await TableCheckpointWriter(store: store, nowMillis: nowMillis).write(head) {
            cache.noteCheckpoint(of: head, counts: counts)
        }
        if policy.cleansLog { try await cleanup.step(head, nowMillis: nowMillis) }
    }

    /// Waits until nothing is left to do.
    func finish() async {
        while let worker = state.withLock({ $0.worker }) { await worker.value }
    }
}
