// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// Finds a checkpoint.
enum CheckpointPlace {
    /// The folder of a checkpoint, or that of a pipeline file; `nil` when the file is wrong, which has been said.
    static func folder(of place: String, _ context: CommandContext) throws(PipelineError) -> String? {
        switch LocalFile.kind(of: place) {
        case .folder: return place
        case .file: return try context.loadOrExplain(place)?.pipeline.checkpoint
        case .nothing:
            throw PipelineError(.missingFile, "there is no pipeline file and no folder '\(place)'")
        }
    }
}
