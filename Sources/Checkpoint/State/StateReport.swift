// SPDX-License-Identifier: Apache-2.0
public import Failures
public import StreamCore

/// The operators' state in a checkpoint, for people; read without its lock, so also while the pipeline runs.
public struct StateReport: Sendable {
    /// One operator.
    public struct OperatorEntry: Hashable, Sendable {
        /// What its state means.
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
    private let root: String
    private let steps: [String: [StateIndex.Step]]
    private let watermarks: [String: [Epoch: Watermark]]

    /// Reads what the checkpoint in `directory` records.
    ///
    /// - Throws: `missingFile` when there is none.
    public init(directory: String) throws(PipelineError) {
        root = directory
        let connection = try CheckpointReport.connection(directory)
        guard try CheckpointSchema.check(connection) > 1 else {
            (operators, steps, watermarks) = ([:], [:], [:])
            epoch = try StateQueries.lastDecided(connection)
            return
        }
        // One transaction sees one moment of a pipeline that runs.
        try connection.execute("BEGIN")
        epoch = try StateQueries.lastDecided(connection)
        let known = try StateQueries.operators(connection)
        let newest = try CheckpointQueries.operatorWatermarks(of: epoch, connection)
        var (entries, steps, watermarks):
            ([String: OperatorEntry], [String: [StateIndex.Step]], [String: [Epoch: Watermark]])
        (entries, steps, watermarks) = ([:], [:], [:])
        for (name, index) in try StateQueries.indexes(connection) {
            guard let identity = known[name]?.identity else { continue }
            var entry = OperatorEntry(
                identity: identity, watermark: newest[name].map { Watermark(micros: $0) } ?? .none)
            steps[name] = index.steps(at: epoch)
            for case .rows(let file, _) in index.steps(at: epoch) {
                entry.fileCount += 1
                entry.rowCount += file.rowCount
                switch file.kind {
                case .changes: entry.changesBytes += file.byteCount
                case .snapshot: entry.snapshotBytes += file.byteCount
                }
            }
            entries[name] = entry
            watermarks[name] = try StateQueries.watermarks(of: name, connection)
        }
        try connection.execute("COMMIT")
        (operators, self.steps, self.watermarks) = (entries, steps, watermarks)
    }

    /// The operators that hold no state.
    public var empty: Set<String> { Set(operators.filter { $0.value.fileCount == 0 }.keys) }

    /// Gives an operator's state as of the last decided epoch, as `StateStore.restore` does.
    public func restore(
        _ operatorName: String, _ give: (StateRecord) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try StateRestore(root: root, steps: steps[operatorName] ?? [], watermarks: watermarks[operatorName] ?? [:])
            .run(give)
    }
}
