// SPDX-License-Identifier: Apache-2.0
import Failures

/// The folder `state` of a checkpoint.
enum StateFolder {
    /// Removes state files that are not among `known`, and everything that was spilled.
    static func removeOrphans(below root: String, known: Set<String>) throws(PipelineError) {
        for folder in try StateDisk.names(in: root + "/state") {
            let place = "state/" + folder
            for name in try StateDisk.names(in: root + "/" + place) {
                let path = place + "/" + name
                let isOrphan = StateFile.isName(name) && !known.contains(path)
                if place == StateFile.spillFolder || isOrphan { try StateDisk.remove(root + "/" + path) }
            }
        }
    }
}
