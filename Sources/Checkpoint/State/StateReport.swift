// SPDX-License-Identifier: Apache-2.0
public import Failures
public import StreamCore

/// The operators' state in a checkpoint, for people; read without its lock, so also while the pipeline runs.
public struct StateReport: Sendable {
    /// One operator.
    public struct OperatorEntry: Hashable, Sendable {
        /// What its state means, as of the last decided epoch.
        public let identity: OperatorIdentity
        /// Its watermark after the last decided epoch.
        public let watermark: Watermark
        /// How many files hold its newest state.
        public var fileCount = 0
        /// Their bytes: those of snapshots.
        public var snapshotBytes = 0
        /// Their bytes: those of changes.
        public var changesBytes = 0
        /// Rows in them. A key that changed in several epochs is counted each time.
        public var rowCount = 0
    }

    /// The operators, by name.
    public let operators: [String: OperatorEntry]
    /// The last decided epoch; −1 before the first.
    public let epoch: Epoch
    private let restores: [String: StateRestore]

    /// Reads what the checkpoint in `directory` records.
    ///
    /// - Throws: `missingFile` when there is none.
    public init(directory: String) throws(PipelineError) {
        let connection = try CheckpointReport.connection(directory)
        guard try CheckpointSchema.check(connection) > 1 else {
            (operators, restores) = ([:], [:])
            epoch = try StateQueries.lastDecided(connection)
            return
        }
        // One transaction sees one moment of a pipeline that runs.
        try connection.execute("BEGIN")
        epoch = try StateQueries.lastDecided(connection)
        let newest = try CheckpointQueries.operatorWatermarks(of: epoch, connection)
        var (entries, restores): ([String: OperatorEntry], [String: StateRestore]) = ([:], [:])
        for (name, index) in try StateQueries.indexes(connection) {
            // A meaning that no epoch was decided under yet has no rows, and is replaced by the next one that is registered.
            let history = try StateQueries.meanings(of: name, connection)
            let decided = history.filter { [epoch] meaning in meaning.since <= epoch }
            let meanings = decided.isEmpty ? history : decided
            guard let identity = meanings.last?.identity else { continue }
            var entry = OperatorEntry(
                identity: identity, watermark: newest[name].map { Watermark(micros: $0) } ?? .none)
            let steps = index.steps(at: epoch)
            for case .rows(let file, _) in steps {
                entry.fileCount += 1
                entry.rowCount += file.rowCount
                switch file.kind {
                case .changes: entry.changesBytes += file.byteCount
                case .snapshot: entry.snapshotBytes += file.byteCount
                }
            }
            entries[name] = entry
            restores[name] = StateRestore(
                root: directory, steps: steps, watermarks: try StateQueries.watermarks(of: name, connection),
                meanings: meanings)
        }
        try connection.execute("COMMIT")
        (operators, self.restores) = (entries, restores)
    }

    /// The operators that hold no state.
    public var empty: Set<String> { Set(operators.filter { $0.value.fileCount == 0 }.keys) }

    /// Gives an operator's state as of the last decided epoch, as `StateStore.restore` does.
    public func restore(
        _ operatorName: String, _ give: (StateRecord) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try restores[operatorName]?.run(give)
    }
}
