// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// Reads the files of one operator's state in the order that an index decided.
struct StateRestore {
    /// The checkpoint's folder.
    let root: String
    let steps: [StateIndex.Step]
    let watermarks: [Epoch: Watermark]
    /// What the state has meant, oldest first.
    let meanings: [Meaning]

    /// What the state of an operator has meant from an epoch on.
    struct Meaning: Hashable, Sendable {
        var since: Epoch
        var identity: OperatorIdentity
    }

    /// Gives the rows of all steps, and the ends of epochs between them.
    ///
    /// - Throws: `corruptCheckpoint` with the file, before any row of that file is given.
    func run(_ give: (StateRecord) throws(PipelineError) -> Void) throws(PipelineError) {
        var watermark = Watermark.none
        let identities = meanings.map(\.identity)
        for step in steps {
            switch step {
            case .rows(let file, let groups):
                let first = meanings.lastIndex { $0.since <= file.epoch } ?? 0
                let since = Array(identities[first...])
                try StateFileFormat.read(file, below: root, groups: groups) { rows throws(PipelineError) in
                    try give(.rows(rows, meanings: since))
                }
            case .end(let epoch):
                watermark = max(watermark, watermarks[epoch] ?? .none)
                try give(.endOfEpoch(epoch, watermark: watermark))
            }
        }
    }
}
