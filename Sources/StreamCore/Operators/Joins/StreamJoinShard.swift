// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// The rows of both sides for some of the keys.
final class StreamJoinShard: OperatorShard, @unchecked Sendable {
    private var sides: JoinSides
    private var absorbed: [[ColumnBatch]] = [[], []]

    init(_ shape: JoinShape, output: Schema, _ memory: ShardMemory) {
        sides = JoinSides(shape, output: output, memory)
    }

    func absorb(_ rows: StateRows) throws(PipelineError) {
        absorbed[rows.table == StreamJoinIntake.tables[0] ? 0 : 1].append(rows.rows)
    }

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var result = ShardOutput()
        try sides.noteMatches()
        try sides.take(&absorbed, context.evaluation, &result, give)
        result.updatedRows = sides.updatedCount
        result.removedRows += try sides.expire(at: context.watermark) { batch throws(PipelineError) in
            if !context.isRestoring { try give(batch) }
        }
        result.closedThrough = sides.closedThrough
        if context.isRestoring { sides.endEpoch() }
        return result
    }

    func takeChanges() -> [StateRows] {
        let changes = sides.changes()
        sides.endEpoch()
        return changes
    }

    func snapshot(groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void) throws(PipelineError) {
        try sides.forEach(in: groups, give)
    }

    func restore(_ rows: StateRows) throws(PipelineError) { try sides.restore(rows) }

    var size: StateSize {
        StateSize(
            rows: sides.count,
            memoryBytes: sides.byteCount + absorbed.reduce(0) { $1.reduce($0) { $0 + $1.byteCount } },
            spilledBytes: sides.spilledBytes)
    }
}
