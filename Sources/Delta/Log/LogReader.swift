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

    /// The newest version, or the one asked for, with all files; `nil` when there is no table.
    func load(version target: TableVersion?) async throws(PipelineError) -> TableSnapshot? {
        guard let found = try await replay(keepingFiles: true, through: target) else { return nil }
        return try found.replay.finishSnapshot(found.version, checkpoint: found.checkpoint)
    }

    /// The newest version without its files; `nil` when there is no table.
    func loadHead() async throws(PipelineError) -> TableHead? {
        guard let found = try await replay(keepingFiles: false, through: nil) else { return nil }
        return try found.replay.finishHead(found.version, checkpoint: found.checkpoint)
    }

    /// A finished replay.
    private struct Outcome {
        let replay: LogReplay
        let version: TableVersion
        let checkpoint: TableVersion?
    }

    private func replay(
        keepingFiles: Bool, through target: TableVersion?
    ) async throws(PipelineError) -> Outcome? {
        if target == nil, let hinted = try await listFromLastCheckpoint() {
            do throws(PipelineError) {
                return try await replay(hinted, keepingFiles, through: nil)
            } catch {
                guard Self.mayHideAnotherWay(error) else { throw error }
            }
        }
        let listing = LogListing(try await store.list(prefix: LogFileName.folder, startAfter: nil))
        return try await replay(listing, keepingFiles, through: target)
    }

    /// Whether an older checkpoint, or all commits, may still tell what could not be read.
    static func mayHideAnotherWay(_ error: PipelineError) -> Bool {
        error.code == .corruptFile || error.code == .objectNotFound
    }

    private func replay(
        _ listing: LogListing, _ keepingFiles: Bool, through target: TableVersion?
    ) async throws(PipelineError) -> Outcome? {
        guard let latest = listing.latest else { return nil }
        if let target, target > latest {
            throw PipelineError(.invalidArgument, "the table has no version \(target); the newest is \(latest)")
        }
        let end = target ?? latest
        var failure: PipelineError?
        for checkpoint in listing.checkpoints.reversed() where checkpoint.version <= end {
            do throws(PipelineError) {
                return try await replay(listing, keepingFiles, from: checkpoint, through: end)
            } catch {
                guard Self.mayHideAnotherWay(error) else { throw error }
                failure = error
            }
        }
        do throws(PipelineError) {
            return try await replay(listing, keepingFiles, from: nil, through: end)
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
        _ listing: LogListing, _ keepingFiles: Bool, from checkpoint: LogListing.Checkpoint?,
        through end: TableVersion
    ) async throws(PipelineError) -> Outcome {
        var replay = LogReplay(keepingFiles: keepingFiles, from: checkpoint?.version)
        // Counts are carried on from the newest checksum, so that nobody has to look at all files.
        let checksum = keepingFiles ? nil : listing.checksums.filter { $0 <= end }.max()
        if let checkpoint {
            let wanted = replay.actionNames
            try await TableCheckpointReader(store: store).visit(checkpoint, wanted) {
                (piece) throws(PipelineError) in
                for action in try piece.actions() { replay.apply(action) }
            }
            if checkpoint.version == checksum { await recount(&replay, checkpoint.version) }
        }
        for step in try listing.steps(after: checkpoint?.version, through: end) {
            let version: TableVersion
            switch step {
            case .commit(let number, let object):
                version = number
                replay.apply(try await read(version, modifiedMicros: object.modifiedMicros))
            case .compaction(let compaction):
                version = compaction.end
                replay.apply(
                    compacted: try Action.parse(lines: try await store.get(compaction.key)), through: version)
            }
            if version == checksum { await recount(&replay, version) }
        }
        return Outcome(replay: replay, version: end, checkpoint: checkpoint?.version)
    }

    /// Takes the counts of a version's `.crc`; one that cannot be read is as good as none.
    private func recount(_ replay: inout LogReplay, _ version: TableVersion) async {
        guard let bytes = try? await store.get(LogFileName.checksumKey(version)),
            let counts = VersionChecksum.counts(bytes)
        else { return }
        replay.recount(counts)
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

    /// What the commits after a version did to files.
    ///
    /// - Throws: `objectNotFound` when one of them is gone.
    func changes(after start: TableVersion?, through end: TableVersion) async throws(PipelineError) -> FileState {
        var changes = FileState()
        var version = start?.next ?? .first
        while version <= end {
            changes.apply(commit: try await read(version).actions)
            version = version.next
        }
        return changes
    }

    /// The commit after a version; `nil` when it is the newest.
    func next(after version: TableVersion) async throws(PipelineError) -> Commit? {
        do throws(PipelineError) {
            return try await read(version.next)
        } catch {
            guard error.code == .objectNotFound else { throw error }
            return nil
        }
    }

    /// Makes sure that a version is still in the log.
    ///
    /// - Throws: `corruptTable` when it is gone: the table was deleted or replaced.
    func requirePresent(_ version: TableVersion) async throws(PipelineError) {
        guard try await store.info(LogFileName.commitKey(version)) == nil else { return }
        throw PipelineError(
            .corruptTable, "version \(version) of the table has vanished from its log",
            hint: "The table was deleted or replaced while it was in use; start again")
    }
}
