// SPDX-License-Identifier: Apache-2.0
public import Failures
public import ObjectStore

/// A Delta table: its versions, its files, and the one committer of this process.
public final class DeltaTable: Sendable {
    /// Where it is kept.
    public let store: any ObjectStore
    let policy: CommitPolicy
    let turn = CommitTurn()
    let maintenance: TableMaintenance
    private let cache = HeadCache()

    /// A table in a store of its own; `open` shares one for each location.
    public init(store: any ObjectStore, policy: CommitPolicy = CommitPolicy()) {
        self.store = store
        self.policy = policy
        maintenance = TableMaintenance(store: store, policy: policy, cache: cache)
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

    /// The newest version without its files. Reads only what came since the last call.
    ///
    /// - Throws: `tableNotFound`, `corruptTable`, `unsupportedTableFeature`.
    public func head() async throws(PipelineError) -> TableHead {
        guard let head = try await headIfPresent() else { throw notFound }
        return head
    }

    /// The newest version without its files, `nil` when there is no table.
    public func headIfPresent() async throws(PipelineError) -> TableHead? {
        await turn.take()
        defer { turn.release() }
        return try await refresh { _ in }
    }

    /// The newest version with all its files, read from the log anew.
    ///
    /// - Throws: as `head()`.
    public func snapshot() async throws(PipelineError) -> TableSnapshot {
        do throws(PipelineError) {
            if let snapshot = try await reader.load(version: nil) { return snapshot }
        } catch {
            throw error.within("table", location)
        }
        throw notFound
    }

    private var notFound: PipelineError {
        PipelineError(
            .tableNotFound, "there is no Delta table at '\(location)'", hint: "Check the path; it needs a _delta_log")
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
        throw notFound
    }

    /// What was committed, newest first; at most `limit` versions, as far back as the log goes.
    public func history(limit: Int? = nil) async throws(PipelineError) -> [CommitInfo] {
        let objects = try await store.list(prefix: LogFileName.folder, startAfter: nil)
        let commits = LogListing(objects).commits.sorted { $0.key > $1.key }
        guard !commits.isEmpty else { throw notFound }
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

    /// Brings the cached head up to date; `visit` sees each commit that was read.
    func refresh(_ visit: (LogReader.Commit) -> Void) async throws(PipelineError) -> TableHead? {
        do throws(PipelineError) {
            guard let cached = cache.head else {
                cache.store(try await reader.loadHead())
                return cache.head
            }
            var head = cached
            while let commit = try await reader.next(after: head.version) {
                visit(commit)
                head = try head.advanced(by: commit.actions, commit.info)
            }
            if head.version == cached.version {
                try await reader.requirePresent(head.version)
            } else {
                cache.store(head)
            }
            return cache.head
        } catch {
            // What the log said is not believed any more, unless it only could not be reached.
            if error.retry != .withBackoff { cache.store(nil) }
            throw error.within("table", location)
        }
    }

    /// Notes a commit that we wrote ourselves and gives the new head.
    func note(_ actions: [Action], _ info: CommitInfo) throws(PipelineError) -> TableHead {
        let head: TableHead
        if let old = cache.head {
            head = try old.advanced(by: actions, info)
        } else {
            var state = HeadState()
            var counts = FileCounts(files: 0, bytes: 0)
            for action in actions { state.apply(action) }
            counts.apply(actions, info)
            head = try TableHead(
                version: info.version, state: state, counts: counts, commitInfo: info, checkpointVersion: nil)
        }
        cache.store(head)
        return cache.head ?? head
    }
}
