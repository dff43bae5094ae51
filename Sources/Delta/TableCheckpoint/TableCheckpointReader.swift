// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import ObjectStore

/// Reads table checkpoints piece by piece: V1 in one or several Parquet files, V2 with a Parquet or JSON top level and sidecars.
struct TableCheckpointReader {
    let store: any ObjectStore

    /// Some actions of a checkpoint.
    enum Piece {
        /// All actions of one kind in a row group.
        case column(ActionColumn)
        case action(Action)

        func actions() throws(PipelineError) -> [Action] {
            switch self {
            case .action(let action): return [action]
            case .column(let column):
                var actions: [Action] = []
                for row in column.rows { if let action = try column.action(row) { actions.append(action) } }
                return actions
            }
        }
    }

    /// The checkpoint of a version, in whatever shape it is; `nil` stands for the first commit.
    func find(_ version: TableVersion?) async throws(PipelineError) -> LogListing.Checkpoint? {
        guard let version else { return nil }
        if let info = try await store.info(LogFileName.checkpointKey(version)) {
            return LogListing.Checkpoint(version: version, files: [info])
        }
        let listing = LogListing(try await store.list(prefix: LogFileName.keyBefore(version), startAfter: nil))
        guard let found = listing.checkpoints.last else {
            throw PipelineError(.objectNotFound, "the table checkpoint of version \(version) has vanished")
        }
        return found
    }

    /// Gives the actions of some kinds to `body`, a row group at a time.
    ///
    /// - Parameter wanted: the kinds by their names in the checkpoint's columns. Sidecars are read when they may hold some.
    /// - Throws: `corruptFile` when a file cannot be read, `objectNotFound` when one is missing; what `body` throws.
    func visit(
        _ checkpoint: LogListing.Checkpoint, _ wanted: Set<String>, _ body: (Piece) throws(PipelineError) -> Void
    ) async throws(PipelineError) {
        var sidecars: [SidecarFile] = []
        func take(_ piece: Piece) throws(PipelineError) {
            switch piece {
            case .action(.sidecar(let sidecar)): sidecars.append(sidecar)
            case .column(let column) where column.name == "sidecar":
                for case .sidecar(let sidecar) in try piece.actions() { sidecars.append(sidecar) }
            default: try body(piece)
            }
        }
        let holdsFiles = !wanted.isDisjoint(with: FileState.actionNames)
        for file in checkpoint.files {
            if file.key.hasSuffix(".json") {
                for action in try Action.parse(lines: try await store.get(file.key)) { try take(.action(action)) }
            } else {
                try await visitParquet(file.key, holdsFiles ? wanted.union(["sidecar"]) : wanted, take)
            }
        }
        guard holdsFiles else { return }
        for sidecar in sidecars { try await visitParquet(LogFileName.sidecarFolder + sidecar.path, wanted, body) }
    }

    private func visitParquet(
        _ key: String, _ wanted: Set<String>, _ body: (Piece) throws(PipelineError) -> Void
    ) async throws(PipelineError) {
        do throws(PipelineError) {
            let file = try await StoredParquetFile(key, in: store)
            let columns = file.schema.fields.indices.filter { wanted.contains(file.schema.fields[$0].name) }
            for group in 0..<file.rowGroupCount {
                let batch = try await file.readRowGroup(group, columnIndices: columns)
                for (field, column) in zip(batch.schema.fields, batch.columns) {
                    guard let actions = ActionColumn(field.name, column) else {
                        throw PipelineError(
                            .corruptFile,
                            "column '\(field.name)' of the table checkpoint is \(column.type), not a STRUCT",
                            at: [.init("file", key)])
                    }
                    try body(.column(actions))
                }
            }
        } catch {
            throw error.code == .unsupported
                ? PipelineError(.corruptFile, error.what, at: error.places, cause: error.cause) : error
        }
    }
}
