// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import ObjectStore

/// Writes a table checkpoint: the state of a version in one Parquet file, and the hint that points to it. It follows the V2 spec
/// where `delta.checkpointPolicy` asks for that, and the V1 spec elsewhere.
///
/// The previous checkpoint is read row group by row group, what the commits since then touched is left out, and their own files
/// follow: memory holds one row group and those commits, however many files the table has.
/// Delta protocol, "Checkpoints", "V1 Spec", "V2 Spec".
struct TableCheckpointWriter {
    let store: any ObjectStore
    let nowMillis: Int64

    /// How long tombstones are kept unless `delta.deletedFileRetentionDuration` says otherwise: a week.
    private static let retentionMillis: Int64 = 7 * 86_400_000

    /// Writes the checkpoint of a version; one that is there already stays.
    ///
    /// - Returns: how many files the table has, and their size; `nil` when there was a checkpoint already.
    func write(_ head: TableHead) async throws(PipelineError) -> FileCounts? {
        let key = LogFileName.checkpointKey(head.version)
        guard try await store.info(key) == nil else { return nil }
        do throws(PipelineError) {
            return try await write(
                head, to: key, from: try await TableCheckpointReader(store: store).find(head.checkpointVersion))
        } catch {
            guard LogReader.mayHideAnotherWay(error) else { throw error }
            return try await write(head, to: key, fromOlderThan: head.checkpointVersion, after: error)
        }
    }

    private func write(
        _ head: TableHead, to key: String, from base: LogListing.Checkpoint?
    ) async throws(PipelineError) -> FileCounts? {
        let writer = try store.makeAtomicWriter(key)
        let merged: CheckpointRows.Summary
        do throws(PipelineError) {
            merged = try await merge(head, from: base, into: writer)
            try await writer.finish()
        } catch {
            writer.abandon()
            if error.code == .objectExists { return nil }
            throw error
        }
        try await point(to: head.version, merged)
        return FileCounts(files: merged.fileCount, bytes: merged.fileBytes)
    }

    /// Begins with an older checkpoint, or the first commit, when the one that is known cannot be read.
    private func write(
        _ head: TableHead, to key: String, fromOlderThan known: TableVersion?, after failure: PipelineError
    ) async throws(PipelineError) -> FileCounts? {
        let all = LogListing(try await store.list(prefix: LogFileName.folder, startAfter: nil)).checkpoints
        let older: [LogListing.Checkpoint?] = all.reversed().filter { $0.version < (known ?? .first) }
        for base in older + [nil] {
            do throws(PipelineError) {
                return try await write(head, to: key, from: base)
            } catch {
                guard LogReader.mayHideAnotherWay(error) else { throw error }
            }
        }
        throw failure
    }

    private func merge(
        _ head: TableHead, from base: LogListing.Checkpoint?, into writer: any ObjectWriter
    ) async throws(PipelineError) -> CheckpointRows.Summary {
        let changes = try await LogReader(store: store).changes(after: base?.version, through: head.version)
        let configuration = head.metadata.configuration
        let retention =
            DurationProperty.millis(configuration["delta.deletedFileRetentionDuration"]) ?? Self.retentionMillis
        var rows = try CheckpointRows(head, output: writer, oldestTombstoneMillis: nowMillis - retention)
        try rows.append(head, txns: liveTxns(head))
        if let base {
            try await TableCheckpointReader(store: store).visit(base, FileState.actionNames) {
                (piece) throws(PipelineError) in
                try rows.append(piece) { key in changes.knows(key) }
            }
        }
        for file in changes.tombstones.values { try rows.append(file) }
        for file in changes.files.values { try rows.append(file) }
        return try rows.finish()
    }

    /// The applications whose record has not expired (`delta.setTransactionRetentionDuration`).
    private func liveTxns(_ head: TableHead) -> [Txn] {
        let retention = DurationProperty.millis(head.metadata.configuration["delta.setTransactionRetentionDuration"])
        return head.txns.values.sorted { $0.appID < $1.appID }.filter { txn in
            guard let retention, let updated = txn.lastUpdatedMillis else { return true }
            return updated >= nowMillis - retention
        }
    }

    private func point(
        to version: TableVersion, _ merged: CheckpointRows.Summary
    ) async throws(PipelineError) {
        if let hint = try await LastCheckpoint.read(from: store), hint.version >= version { return }
        try await store.put(
            LogFileName.lastCheckpointKey,
            LastCheckpoint.text(
                version: version, actions: merged.rowCount, byteCount: merged.byteCount, files: merged.fileCount))
    }
}
