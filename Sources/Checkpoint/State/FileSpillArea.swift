// SPDX-License-Identifier: Apache-2.0
public import Failures
public import StreamCore
import Synchronization

/// Spilled state in numbered files below a folder, each of which goes with its last user.
///
/// What a crash leaves behind is removed when the checkpoint's state is opened; nothing of it is ever read again.
public final class FileSpillArea: SpillArea {
    private let folder: String
    private let made = Mutex(0)

    /// An area below a checkpoint's folder; the folder is made when something is spilled.
    public init(checkpoint: String) { folder = checkpoint + "/" + StateFile.spillFolder }

    /// Makes an empty file.
    public func makeFile() throws(PipelineError) -> any SpillFile {
        let number = try made.withLock { number throws(PipelineError) in
            if number == 0 { try CheckpointFolder.make(folder) }
            number += 1
            return number
        }
        return try SpilledRows(path: folder + "/rows-\(number)")
    }
}
