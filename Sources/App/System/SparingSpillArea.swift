// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// A spill area that makes the process sparing with memory once it is used: state that does not fit leaves no room for memory that is
/// kept to be used again.
struct SparingSpillArea: SpillArea {
    let area: any SpillArea

    func makeFile() throws(PipelineError) -> any SpillFile {
        AllocatorLibrary.returnMemorySoon()
        return try area.makeFile()
    }
}
