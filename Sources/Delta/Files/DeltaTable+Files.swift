// SPDX-License-Identifier: Apache-2.0
public import Failures

extension DeltaTable {
    /// Gives every data file of a version to `body`, without holding them all: the table checkpoint is read row group by row
    /// group, then what came since.
    ///
    /// - Throws: `corruptTable` when the log no longer tells; what `body` throws.
    public func visitFiles(
        of head: TableHead, _ body: (AddFile) throws(PipelineError) -> Void
    ) async throws(PipelineError) {
        do throws(PipelineError) {
            let base = try await TableCheckpointReader(store: store).find(head.checkpointVersion)
            let changes = try await reader.changes(after: base?.version, through: head.version)
            if let base {
                try await TableCheckpointReader(store: store).visit(base, ["add"]) { (piece) throws(PipelineError) in
                    for case .add(let file) in try piece.actions() where !changes.knows(file.key) { try body(file) }
                }
            }
            for file in changes.files.values { try body(file) }
        } catch {
            throw error.within("table", location)
        }
    }
}
