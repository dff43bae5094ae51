// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import ObjectStore

/// Reads the log of a table: snapshots at a version, what came since a snapshot, and commits one by one.
struct LogReader: Sendable {
    let store: any ObjectStore

    /// A commit as it was read.
    struct Commit {
        let info: CommitInfo
        let actions: [Action]
    }

    /// The newest version, or the one asked for; `nil` when there is no table.
    func load(version target: TableVersion?) async throws(PipelineError) -> TableSnapshot? {
        if target == nil, let hinted = try await listFromLastCheckpoint() {
            do throws(PipelineError) {
                return try await load(from: hinted, target: nil)
            } catch {
                guard Self.mayHideAnotherWay(error) else { throw error }
            }
        }
        return try await load(
            from: LogListing(try await store.list(prefix: LogFileName.folder, startAfter: nil)), target: target)
    }

    /// Whether an older checkpoint, or all commits, may still tell what could not be read.
    private static func mayHideAnotherWay(_ error: PipelineError) -> Bool {
        error.code == .corruptFile || error.code == .objectNotFound
    }

    private func load(
        from listing: LogListing, target: TableVersion?
    ) async throws(PipelineError) -> TableSnapshot? {
        guard let latest = listing.latest else { return nil }
        if let target, target > latest {
            throw PipelineError(.invalidArgument, "the table has no version \(target); the newest is \(latest)")
        }
        let end = target ?? latest
        var failure: PipelineError?
        for checkpoint in listing.checkpoints.reversed() where checkpoint.version <= end {
            do throws(PipelineError) {
                return try await replay(listing, from: checkpoint, through: end)
            } catch {
                guard Self.mayHideAnotherWay(error) else { throw error }
                failure = error
            }
        }
        do throws(PipelineError) {
            return try await replay(listing, from: nil, through: end)
        } catch {
            throw failure ?? error
        }
    }

    /// The log's files from the last checkpoint on; `nil` when there is no hint or it is wrong.
    private func listFromLastCheckpoint() async throws(PipelineError) -> LogListing? {
        guard let hint = try await LastCheckpoint.read(from: store) else { return nil }
        let listing = LogListing(
            try await store.list(prefix: LogFileName.folder, startAfter: LogFileName.keyBefore(hint.version)))
        return listing.checkpoints.contains { $0.version >= hint.version } ? listing : nil
    }

    private func replay(
        _ listing: LogListing, from checkpoint: LogListing.Checkpoint?, through end: TableVersion
    ) async throws(PipelineError) -> TableSnapshot {
        var state = LogState()
        if let checkpoint {
            try await TableCheckpointReader(store: store).read(checkpoint, into: &state)
        }
        var info: CommitInfo?
        for (version, object) in try listing.commits(after: checkpoint?.version, through: end) {
            let commit = try await read(version, modifiedMicros: object.modifiedMicros)
            state.apply(commit: commit.actions)
            info = commit.info
        }
        return try TableSnapshot(
            version: end, state: state, commitInfo: info, checkpointVersion: checkpoint?.version)
    }

    /// Reads one commit.
    ///
    /// - Throws: `objectNotFound` when there is none.
    func read(_ version: TableVersion, modifiedMicros: Int64? = nil) async throws(PipelineError) -> Commit {
        let bytes = try await store.get(LogFileName.commitKey(version))
        do throws(PipelineError) {
            let actions = try Action.parse(lines: bytes)
            return Commit(info: Self.info(version, actions, modifiedMicros.map { $0 / 1000 }), actions: actions)
        } catch {
            throw error.within("version", "\(version)")
        }
    }

    private static func info(_ version: TableVersion, _ actions: [Action], _ fileMillis: Int64?) -> CommitInfo {
        var json: JSONValue = [:]
        for case .commitInfo(let value) in actions { json = value }
        return CommitInfo(version: version, json: json, fileMillis: fileMillis)
    }

    /// The commits after a version, in order, as far as there are any.
    ///
    /// - Throws: `corruptTable` when the log of that version is gone: the table was deleted or replaced.
    func commits(after version: TableVersion) async throws(PipelineError) -> [Commit] {
        var commits: [Commit] = []
        var next = version.next
        while true {
            do throws(PipelineError) {
                commits.append(try await read(next))
            } catch {
                guard error.code == .objectNotFound else { throw error }
                break
            }
            next = next.next
        }
        if commits.isEmpty, try await store.info(LogFileName.commitKey(version)) == nil {
            throw PipelineError(
                .corruptTable, "version \(version) of the table has vanished from its log",
                hint: "The table was deleted or replaced while it was in use; start again")
        }
        return commits
    }
}
