// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// Puts what a join gives into the columns of its output, and into batches of a good size.
final class JoinOutput {
    private let shape: JoinShape
    private var rows: OutputRows

    init(_ shape: JoinShape, schema: Schema) {
        self.shape = shape
        rows = OutputRows(schema: schema)
    }

    /// Adds pairs, the left's columns before the right's.
    func add(pairs columns: [Column], count: Int) { rows.add(columns, count: count) }

    /// Adds rows of a side alone: those of the left where they come out so, else beside NULLs.
    func add(alone columns: [Column], count: Int, isLeft: Bool) {
        guard count > 0 else { return }
        if shape.givesLeftAlone { return rows.add(columns, count: count) }
        let others = (isLeft ? shape.right : shape.left).fields.map { Column(nulls: $0.type, count: count) }
        rows.add(isLeft ? columns + others : others + columns, count: count)
    }

    /// Gives the batches that are full.
    func giveWhole(_ give: (ColumnBatch) throws(PipelineError) -> Void) throws(PipelineError) {
        for batch in rows.takeWhole() { try give(batch) }
    }

    /// Gives everything.
    func giveAll(_ give: (ColumnBatch) throws(PipelineError) -> Void) throws(PipelineError) {
        for batch in rows.take() { try give(batch) }
    }
}
