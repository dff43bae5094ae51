// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import ObjectStore
import Parquet

/// Reads table checkpoints: V1 in one or several Parquet files, V2 with a Parquet or JSON top level and sidecars.
struct TableCheckpointReader {
    let store: any ObjectStore

    /// Applies the actions of a checkpoint.
    ///
    /// - Throws: `corruptFile` when a file cannot be read, `objectNotFound` when one is missing.
    func read(_ checkpoint: LogListing.Checkpoint, into state: inout LogState) async throws(PipelineError) {
        var sidecars: [SidecarFile] = []
        for file in checkpoint.files {
            guard file.key.hasSuffix(".json") else {
                try await readParquet(file.key, into: &state, sidecars: &sidecars)
                continue
            }
            for action in try Action.parse(lines: try await store.get(file.key)) {
                if case .sidecar(let sidecar) = action { sidecars.append(sidecar) } else { state.apply(action) }
            }
        }
        for sidecar in sidecars {
            var none: [SidecarFile] = []
            try await readParquet(LogFileName.sidecarFolder + sidecar.path, into: &state, sidecars: &none)
        }
    }

    private func readParquet(
        _ key: String, into state: inout LogState, sidecars: inout [SidecarFile]
    ) async throws(PipelineError) {
        do throws(PipelineError) {
            let bytes = try await store.get(key)
            let file = try ParquetFile(ParquetMemoryInput(Buffer(bytes)))
            let wanted = file.schema.fields.indices.filter { Self.actions.contains(file.schema.fields[$0].name) }
            for group in 0..<file.rowGroupCount {
                let batch = try file.readRowGroup(group, columnIndices: wanted)
                for (field, column) in zip(batch.schema.fields, batch.columns) {
                    try Self.apply(field.name, column, to: &state, &sidecars)
                }
            }
        } catch {
            throw error.code == .unsupported
                ? PipelineError(.corruptFile, error.what, at: error.places, cause: error.cause).within("file", key)
                : error.within("file", key)
        }
    }

    private static let actions: Set<String> = [
        "add", "remove", "metaData", "protocol", "txn", "domainMetadata", "sidecar",
    ]

    private static func apply(
        _ name: String, _ column: Column, to state: inout LogState, _ sidecars: inout [SidecarFile]
    ) throws(PipelineError) {
        guard let actions = ActionColumn(name, column) else {
            throw PipelineError(
                .corruptFile, "column '\(name)' of the table checkpoint is \(column.type), not a STRUCT")
        }
        for row in actions.rows {
            guard let action = try actions.action(row) else { continue }
            if case .sidecar(let sidecar) = action { sidecars.append(sidecar) } else { state.apply(action) }
        }
    }
}
