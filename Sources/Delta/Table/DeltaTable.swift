// SPDX-License-Identifier: Apache-2.0
public import Failures
public import ObjectStore
import Synchronization

/// A Delta table: its versions, its files, and the one committer of this process.
public final class DeltaTable: Sendable {
    /// Where it is kept.
    public let store: any ObjectStore
    let policy: CommitPolicy
    let turn = CommitTurn()
    let maintenance: TableMaintenance
    private let cached = Mutex<TableSnapshot?>(nil)

    /// A table in a store of its own; `open` shares one for each location.
    public init(store: any ObjectStore, policy: CommitPolicy = CommitPolicy()) {
        self.store = store
        self.policy = policy
        maintenance = TableMaintenance(store: store, policy: policy)
    }

    /// The table at a path or URI, shared by all who open it in this process. Looks at nothing yet.
    public static func open(
        _ location: String, policy: CommitPolicy = CommitPolicy()
    ) throws(PipelineError) -> DeltaTable {
        let place = try StoreLocation(location)
        return TableRegistry.shared.table(at: place) { DeltaTable(store: place.makeStore(), policy: policy) }
    }

    /// Where it is, for messages.
    public var location: String { store.root }

    var reader: LogReader { LogReader(store: store) }

    /// The newest version. Reads only what came since the last call.
    ///
    /// - Throws: `tableNotFound`, `corruptTable`, `unsupportedTableFeature`.
    public func snapshot() async throws(PipelineError) -> TableSnapshot {
        guard let snapshot = try await snapshotIfPresent() else {
            throw PipelineError(
                .tableNotFound, "there is no Delta table at '\(location)'",
                hint: "Check the path; it needs a _delta_log")
        }
        return snapshot
    }

    /// The newest version, `nil` when there is no table.
    public func snapshotIfPresent() async throws(PipelineError) -> TableSnapshot? {
        await turn.take()
        defer { turn.release() }
        return try await refresh { _ in }
    }

    /// The table at a version.
    ///
    /// - Throws: as `snapshot()`; `invalidArgument` for a version that is not there yet.
    public func snapshot(version: TableVersion) async throws(PipelineError) -> TableSnapshot {
        do throws(PipelineError) {
            if let snapshot = try await reader.load(version: version) { return snapshot }
        } catch {
            throw error.within("table", location)
        }
        throw PipelineError(.tableNotFound, "there is no Delta table at '\(location)'")
    }

    /// What was committed, newest first; at most `limit` versions, as far back as the log goes.
    public func history(limit: Int? = nil) async throws(PipelineError) -> [CommitInfo] {
        let objects = try await store.list(prefix: LogFileName.folder, startAfter: nil)
        let commits = LogListing(objects).commits.sorted { $0.key > $1.key }
        guard !commits.isEmpty else {
            throw PipelineError(.tableNotFound, "there is no Delta table at '\(location)'")
        }
        var history: [CommitInfo] = []
        for (version, object) in commits.prefix(limit ?? .max) {
            do throws(PipelineError) {
                history.append(try await reader.read(version, modifiedMicros: object.modifiedMicros).info)
            } catch {
                guard error.code == .objectNotFound else { throw error.within("table", location) }
            }
        }
        return history
    }

    /// One commit, `nil` when its file is gone.
    public func commit(of version: TableVersion) async throws(PipelineError) -> (info: CommitInfo, actions: [Action])? {
        do throws(PipelineError) {
            let commit = try await reader.read(version)
            return (commit.info, commit.actions)
        } catch {
            guard error.code == .objectNotFound else { throw error.within("table", location) }
            return nil
        }
    }

    /// Waits until checksums and table checkpoints of the commits so far are written (or have failed).
    public func finishMaintenance() async { await maintenance.finish() }

    // MARK: For the committer, which has the turn

    /// Brings the cached snapshot up to date; `visit` sees each commit that was read.
    func refresh(_ visit: (LogReader.Commit) -> Void) async throws(PipelineError) -> TableSnapshot? {
        do throws(PipelineError) {
            guard var snapshot = cached.withLock({ $0.take() }) else {
                let loaded = try await reader.load(version: nil)
                cached.withLock { $0 = loaded }
                return loaded
            }
            let commits: [LogReader.Commit]
            do throws(PipelineError) {
                commits = try await reader.commits(after: snapshot.version)
            } catch {
                if error.retry == .withBackoff { cached.withLock { $0 = snapshot } }
                throw error
            }
            for commit in commits {
                visit(commit)
                snapshot = try advanced(snapshot, by: commit.actions, commit.info)
            }
            cached.withLock { $0 = snapshot }
            return snapshot
        } catch {
            throw error.within("table", location)
        }
    }

    /// The snapshot after one more commit. Consumes the old one's state, so that nothing is copied.
    private func advanced(
        _ old: consuming TableSnapshot, by actions: [Action], _ info: CommitInfo
    ) throws(PipelineError) -> TableSnapshot {
        var previous = old
        var state = LogState()
        swap(&state, &previous.state)
        state.apply(commit: actions)
        return try TableSnapshot(
            version: info.version, state: state, commitInfo: info, checkpointVersion: previous.checkpointVersion,
            previous: previous)
    }

    /// Notes a commit that we wrote ourselves and gives the new snapshot.
    func note(_ actions: [Action], _ info: CommitInfo) throws(PipelineError) -> TableSnapshot {
        let snapshot: TableSnapshot
        if let old = cached.withLock({ $0.take() }) {
            snapshot = try advanced(old, by: actions, info)
        } else {
            var state = LogState()
            state.apply(commit: actions)
            snapshot = try TableSnapshot(
                version: info.version, state: state, commitInfo: info, checkpointVersion: nil)
        }
        cached.withLock { $0 = snapshot }
        return snapshot
    }
}
