// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// The rows of both sides for some of the keys.
final class StreamJoinShard: OperatorShard, @unchecked Sendable {
    private let shape: JoinShape
    private var sides: JoinSides
    private var absorbed: [[ColumnBatch]] = [[], []]

    init(_ shape: JoinShape, output: Schema) {
        self.shape = shape
        sides = JoinSides(shape, output: output)
    }

    func absorb(_ rows: StateRows) throws(PipelineError) {
        absorbed[rows.table == StreamJoinIntake.tables[0] ? 0 : 1].append(rows.rows)
    }

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var result = ShardOutput()
        for side in 0...1 {
            for batch in ShardSplit.joined(absorbed[side]) {
                sides.take(batch, isLeft: side == 0, context.evaluation, &result)
            }
            absorbed[side] = []
        }
        result.updatedRows = sides.updatedCount
        result.removedRows += sides.expire(at: context.watermark)
        result.closedThrough = sides.closedThrough
        let given = sides.takeOutput()
        if context.isRestoring {
            sides.endEpoch()
        } else {
            for batch in given { try give(batch) }
        }
        return result
    }

    func takeChanges() -> [StateRows] {
        let changes = sides.changes()
        sides.endEpoch()
        return changes
    }

    func snapshot(groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void) throws(PipelineError) {
        for rows in sides.rows(in: groups) { try give(rows) }
    }

    func restore(_ rows: StateRows) throws(PipelineError) { sides.restore(rows) }

    var size: StateSize {
        StateSize(
            rows: sides.count,
            memoryBytes: sides.byteCount + absorbed.reduce(0) { $1.reduce($0) { $0 + $1.byteCount } })
    }
}
