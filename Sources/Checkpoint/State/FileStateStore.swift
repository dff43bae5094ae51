// SPDX-License-Identifier: Apache-2.0
import Blocking
import Columnar
public import Failures
public import StreamCore
import Synchronization

/// The state of operators in Parquet files below the checkpoint's folder: `state/OPERATOR/changes-EPOCH-….parquet` and slices of
/// snapshots.
///
/// Which files count is recorded in `checkpoint.sqlite` by the transaction that decides an epoch, with their sizes and checksums.
/// A file is written, synced, and its folder synced, before the token that names it is given out. Slices of snapshots are
/// written on a thread of their own, and named by the token of a later epoch. Files that a finished slice makes needless are kept for
/// `SQLiteCheckpointStore.keptStateEpochs` epochs, so that the checkpoint can be rewound, and removed when an epoch is confirmed.
public final class FileStateStore: StateStore {
    private let checkpoint: SQLiteCheckpointStore
    private let root: String
    private let snapshots = BlockingThread(label: "millrace.snapshots")
    private let warn: @Sendable (String) -> Void
    private let fault: @Sendable (Step) throws(PipelineError) -> Void
    private let shared: Mutex<Shared>

    /// The steps at which tests make it fail.
    enum Step: String, CaseIterable, Sendable {
        case beforeChanges, afterChangesFile, afterChangesFolder, beforeSlice, afterSliceFile, afterSliceFolder
    }

    fileprivate struct Shared {
        var indexes: [String: StateIndex]
        var schedules: [String: SnapshotSchedule] = [:]
        var madeFolders: Set<String> = []
        var finished: [(slice: StateSlice, files: [StateFile])] = []
        /// What is not needed since the last epoch.
        var forgotten: [(files: [StateFile], slices: [StateSlice])] = []
        /// What writes slices, by operator; one at a time when they are taken as they come due.
        var writing: [String: [Task<Void, Never>]] = [:]
    }

    private init(
        _ checkpoint: SQLiteCheckpointStore, indexes: [String: StateIndex], warn: @escaping @Sendable (String) -> Void,
        fault: @escaping @Sendable (Step) throws(PipelineError) -> Void
    ) {
        self.checkpoint = checkpoint
        self.warn = warn
        self.fault = fault
        root = checkpoint.directory
        var shared = Shared(indexes: indexes)
        for (name, index) in indexes {
            var schedule = SnapshotSchedule()
            let newest = index.slices.map(\.epoch).max() ?? Epoch(-1)
            for file in index.files where file.kind == .changes && file.epoch > newest {
                schedule.note(byteCount: file.byteCount, rowCount: file.rowCount)
            }
            shared.schedules[name] = schedule
        }
        self.shared = Mutex(shared)
    }

    /// Opens the state beside a checkpoint, and removes files that no decided epoch refers to.
    ///
    /// - Parameter warn: hears of a slice of a snapshot that could not be written; nothing is lost then, a restore takes longer.
    public static func open(
        _ checkpoint: SQLiteCheckpointStore, warn: @escaping @Sendable (String) -> Void
    ) async throws(PipelineError) -> FileStateStore {
        try await open(checkpoint, warn: warn) { _ in }
    }

    static func open(
        _ checkpoint: SQLiteCheckpointStore, warn: @escaping @Sendable (String) -> Void = { _ in },
        fault: @escaping @Sendable (Step) throws(PipelineError) -> Void
    ) async throws(PipelineError) -> FileStateStore {
        let root = checkpoint.directory
        let indexes = try await checkpoint.run { connection throws(PipelineError) in
            let known = Set(try StateQueries.files(withSuperseded: true, connection).map(\.path))
            try StateFolder.removeOrphans(below: root, known: known)
            return try StateQueries.indexes(connection)
        }
        return FileStateStore(checkpoint, indexes: indexes, warn: warn, fault: fault)
    }

    /// The operators whose state the checkpoint holds.
    public func operators() async throws(PipelineError) -> [String: OperatorIdentity] {
        try await checkpoint.run { connection throws(PipelineError) in
            try StateQueries.operators(connection).mapValues(\.identity)
        }
    }

    /// Makes these the operators of the checkpoint, durably.
    public func register(_ identities: [OperatorIdentity], dropping: Set<String>) async throws(PipelineError) {
        let indexes = try await checkpoint.run { connection throws(PipelineError) in
            try connection.transaction { () throws(PipelineError) in
                let last = try StateQueries.lastDecided(connection)
                try StateQueries.register(identities, dropping: dropping, after: last, connection)
            }
            return try StateQueries.indexes(connection)
        }
        shared.withLock { shared in
            shared.indexes = indexes
            for name in dropping { shared.schedules[name] = nil }
        }
    }

    // MARK: Writing

    /// Writes one file for each operator and table, side by side, and syncs them.
    public func write(_ epoch: Epoch, _ changes: [String: [StateRows]]) async throws(PipelineError) -> StateToken {
        var wanted: [(file: StateFile, batches: [ColumnBatch])] = []
        for (name, rows) in changes.sorted(by: { $0.key < $1.key }) {
            wanted += Self.files(name, .changes, epoch, StateFile.allGroups, rows)
        }
        if !wanted.isEmpty { try fault(.beforeChanges) }
        let files = try await write(wanted)
        if !files.isEmpty { try fault(.afterChangesFile) }
        let folders = Set(files.map { StateFile.folder(of: $0.operatorName) })
        let root = root
        if !folders.isEmpty {
            try await BlockingThread(label: "millrace.state").run { () throws(PipelineError) in
                for folder in folders.sorted() { try StateDisk.synchronize(folder: root + "/" + folder) }
            }
            try fault(.afterChangesFolder)
        }
        return shared.withLock { $0.entries(adding: files).token }
    }

    /// The files for rows of several tables: a table's batches stay in order.
    private static func files(
        _ name: String, _ kind: StateFile.Kind, _ epoch: Epoch, _ groups: Range<Int>, _ rows: [StateRows]
    ) -> [(file: StateFile, batches: [ColumnBatch])] {
        var (tables, batches): ([String], [String: [ColumnBatch]]) = ([], [:])
        for part in rows where part.rows.rowCount > 0 {
            if batches[part.table] == nil { tables.append(part.table) }
            batches[part.table, default: []].append(part.rows)
        }
        return tables.enumerated().map { sequence, table in
            let file = StateFile(
                operatorName: name, kind: kind, table: table, epoch: epoch, groups: groups, sequence: sequence)
            return (file, batches[table] ?? [])
        }
    }

    /// One file's outcome.
    private struct Outcome: Sendable {
        let place: Int
        let result: Result<StateFile, PipelineError>
    }

    private func write(
        _ wanted: [(file: StateFile, batches: [ColumnBatch])]
    ) async throws(PipelineError) -> [StateFile] {
        for name in Set(wanted.map(\.file.operatorName)).sorted() { try makeFolder(of: name) }
        let root = root
        let outcomes = await withTaskGroup(of: Outcome.self) { group in
            for (place, (file, batches)) in wanted.enumerated() {
                group.addTask {
                    do throws(PipelineError) {
                        let written = try await BlockingThread(label: "millrace.state").run {
                            () throws(PipelineError) in
                            try StateFileFormat.write(file, batches, below: root)
                        }
                        return Outcome(place: place, result: .success(written))
                    } catch {
                        return Outcome(place: place, result: .failure(error.within("operator", file.operatorName)))
                    }
                }
            }
            var outcomes: [Outcome] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        var files: [StateFile] = []
        for outcome in outcomes.sorted(by: { $0.place < $1.place }) { files.append(try outcome.result.get()) }
        return files
    }

    private func makeFolder(of operatorName: String) throws(PipelineError) {
        guard shared.withLock({ $0.madeFolders.insert(operatorName).inserted }) else { return }
        try CheckpointFolder.make(root + "/" + StateFile.folder(of: operatorName))
        try StateDisk.synchronize(folder: root + "/state")
        try StateDisk.synchronize(folder: root)
    }

    // MARK: Snapshots

    /// Lets go of the files of epochs before one; the next epoch records it.
    public func forget(_ operatorName: String, before epoch: Epoch) {
        shared.withLock { shared in
            guard let old = shared.indexes[operatorName]?.remove(before: epoch),
                !old.files.isEmpty || !old.slices.isEmpty
            else { return }
            shared.forgotten.append(old)
            let bytes = old.files.reduce(0) { $0 + ($1.kind == .changes ? $1.byteCount : 0) }
            shared.schedules[operatorName]?.forget(byteCount: bytes)
        }
    }

    /// The slice whose turn it is.
    public func snapshotDue(_ operatorName: String, size: StateSize) -> Range<Int>? {
        shared.withLock { shared in
            guard let index = shared.indexes[operatorName] else { return nil }
            return shared.schedules[operatorName, default: SnapshotSchedule()]
                .due(size, bases: index.bases(at: Epoch(.max)), changelogBytes: index.changelogBytes)
        }
    }

    /// Writes a slice in the background.
    public func snapshot(_ epoch: Epoch, _ operatorName: String, groups: Range<Int>, _ rows: [StateRows]) {
        let slice = StateSlice(operatorName: operatorName, epoch: epoch, groups: groups)
        let task = Task {
            do throws(PipelineError) {
                let files = try await self.write(slice, rows)
                self.shared.withLock { $0.finished.append((slice, files)) }
            } catch {
                self.warn("a slice of the snapshot of '\(operatorName)' cannot be written: \(error)")
                self.shared.withLock { $0.schedules[operatorName]?.isWriting = false }
            }
        }
        shared.withLock { $0.writing[operatorName, default: []].append(task) }
    }

    private func write(_ slice: StateSlice, _ rows: [StateRows]) async throws(PipelineError) -> [StateFile] {
        try fault(.beforeSlice)
        let wanted = Self.files(slice.operatorName, .snapshot, slice.epoch, slice.groups, rows)
        try makeFolder(of: slice.operatorName)
        let (root, fault) = (root, fault)
        return try await snapshots.run { () throws(PipelineError) in
            var files: [StateFile] = []
            for (file, batches) in wanted { files.append(try StateFileFormat.write(file, batches, below: root)) }
            try fault(.afterSliceFile)
            try StateDisk.synchronize(folder: root + "/" + StateFile.folder(of: slice.operatorName))
            try fault(.afterSliceFolder)
            return files
        }
    }

    // MARK: Restoring

    /// Gives an operator's state as of the last decided epoch.
    public func restore(
        _ operatorName: String, _ give: @Sendable (StateRecord) throws(PipelineError) -> Void
    ) async throws(PipelineError) {
        let root = root
        let restore = try await checkpoint.run { connection throws(PipelineError) in
            let last = try StateQueries.lastDecided(connection)
            let index = try StateQueries.indexes(connection)[operatorName]
            return StateRestore(
                root: root, steps: index?.steps(at: last) ?? [],
                watermarks: try StateQueries.watermarks(of: operatorName, connection),
                meanings: try StateQueries.meanings(of: operatorName, connection))
        }
        try restore.run(give)
    }

    /// Waits for the slices that are being written.
    public func close() async {
        for task in shared.withLock({ $0.writing.values.flatMap { $0 } }) { await task.value }
    }
}

extension FileStateStore.Shared {
    /// What the next decided epoch has to record: the files of its changes, and the slices that were finished before.
    fileprivate mutating func entries(adding files: [StateFile]) -> StateEntries {
        var entries = StateEntries()
        for file in files {
            entries.files.append(file)
            _ = indexes[file.operatorName]?.add(files: [file], slices: [])
            schedules[file.operatorName, default: SnapshotSchedule()]
                .note(byteCount: file.byteCount, rowCount: file.rowCount)
        }
        for (slice, sliceFiles) in finished {
            entries.files += sliceFiles
            entries.slices.append(slice)
            schedules[slice.operatorName]?.isWriting = false
            if writing[slice.operatorName]?.count ?? 0 > 1 { writing[slice.operatorName]?.removeFirst() }
            guard let old = indexes[slice.operatorName]?.add(files: sliceFiles, slices: [slice]) else { continue }
            entries.supersededFiles += old.files.map(\.path)
            entries.supersededSlices += old.slices
        }
        for old in forgotten {
            entries.supersededFiles += old.files.map(\.path)
            entries.supersededSlices += old.slices
        }
        (finished, forgotten) = ([], [])
        return entries
    }
}
