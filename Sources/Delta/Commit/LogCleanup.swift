// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore
import Synchronization

/// Removes what no reader needs any more from a table's log: commits, checksums and table checkpoints older than
/// `delta.logRetentionDuration` (30 days), and only behind a table checkpoint that is itself so old.
///
/// Off where `delta.enableExpiredLogCleanup` is false, and for tables whose history is protected. Sidecars are left to others.
/// Delta protocol, "Metadata Cleanup".
final class LogCleanup: Sendable {
    private let store: any ObjectStore
    private let state = Mutex(State())

    private struct State {
        /// Known to be removable, the oldest last.
        var expired: [String] = []
        /// When the log is looked at again, ms since 1970 UTC.
        var nextMillis: Int64?
    }

    private static let retentionMillis: Int64 = 30 * 86_400_000
    private static let dayMillis: Int64 = 86_400_000
    /// So many files are removed after a table checkpoint; more than its commits bring, so that it catches up.
    private static let stepFiles = 512
    /// So many names are remembered from a look at the log.
    private static let maxKnown = 8192
    private static let pauseMillis: Int64 = 3_600_000

    init(store: any ObjectStore) { self.store = store }

    /// Removes some of what has expired. Called after a table checkpoint was written.
    func step(_ head: TableHead, nowMillis: Int64) async throws(PipelineError) {
        guard head.metadata.configuration["delta.enableExpiredLogCleanup"]?.lowercased() != "false",
            !head.tableProtocol.has("checkpointProtection")
        else { return }
        if state.withLock({ $0.expired.isEmpty && ($0.nextMillis.map { nowMillis >= $0 } ?? true) }) {
            let retention =
                DurationProperty.millis(head.metadata.configuration["delta.logRetentionDuration"])
                ?? Self.retentionMillis
            let expired = Self.expired(
                try await store.list(prefix: LogFileName.folder, startAfter: nil), before: nowMillis - retention)
            state.withLock { state in
                state.expired = expired.prefix(Self.maxKnown).reversed()
                state.nextMillis = expired.count > Self.maxKnown ? nowMillis : nowMillis + Self.pauseMillis
            }
        }
        for _ in 0..<Self.stepFiles {
            guard let key = state.withLock({ $0.expired.popLast() }) else { return }
            try await store.delete(key)
        }
    }

    /// The keys that may go, oldest version first.
    static func expired(_ objects: [ObjectInfo], before millis: Int64) -> [String] {
        // Whole days, as other writers count them.
        let threshold = millis - ((millis % dayMillis) + dayMillis) % dayMillis
        let listing = LogListing(objects)
        var latest = Int64.min
        var cutOff: TableVersion?
        for (version, object) in listing.commits.sorted(by: { $0.key < $1.key }) {
            // Times grow with versions, whatever copying did to the files.
            latest = max(object.modifiedMicros / 1000, latest == .min ? .min : latest + 1)
            guard latest < threshold else { break }
            cutOff = version
        }
        guard let cutOff, let keep = listing.checkpoints.last(where: { $0.version <= cutOff })?.version else {
            return []
        }
        var expired: [(version: TableVersion, key: String)] = []
        for object in objects {
            switch LogFileName(object.name) {
            case .commit(let version), .checkpoint(let version, _), .checksum(let version), .compacted(_, let version):
                if version < keep { expired.append((version, object.key)) }
            case nil: continue
            }
        }
        return expired.sorted { ($0.version, $0.key) < ($1.version, $1.key) }.map(\.key)
    }
}
