// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Makes partial sessions of one worker's rows: rows of a batch and key that are not farther apart than their gaps.
final class SessionIntake: OperatorIntake, @unchecked Sendable {
    private let program: AggregateProgram
    private let gap: ExpressionEvaluator
    private let stateSchema: Schema
    private var table = KeyTable()
    /// Of each partial session its key, start and end.
    private var keys = BufferBuilder<Int32>()
    private var starts = BufferBuilder<Int64>()
    private var ends = BufferBuilder<Int64>()
    private var accumulators: AccumulatorSet
    private var counts = IntakeCounts()

    init(_ program: AggregateProgram, gap: ExpressionEvaluator, stateSchema: Schema) {
        self.program = program
        self.gap = gap
        self.stateSchema = stateSchema
        accumulators = program.makeAccumulators()
    }

    func take(_ rows: ColumnBatch, input: Int, context: IntakeContext) throws(PipelineError) -> [RejectedRow] {
        guard rows.rowCount > 0, let eventTime = program.eventTime else { return [] }
        var errors = RowErrors()
        let times = eventTime.column(rows, context: context.evaluation, errors: &errors)
        let gaps = gap.column(rows, context: context.evaluation, errors: &errors)
        for evaluator in program.keys + program.calls.flatMap(\.arguments) + program.calls.compactMap(\.filter)
        where evaluator.canFail {
            _ = evaluator.column(rows, context: context.evaluation, errors: &errors)
        }
        var rejected: [RejectedRow] = []
        let kept = judge(times, gaps, errors, context, &rejected)
        guard kept.count > 0 else { return rejected }
        let used = kept.count == rows.rowCount ? rows : rows.taking(kept)
        var none = RowErrors()
        let columns = program.keys.map { $0.column(used, context: context.evaluation, errors: &none) }
        let ids = table.ids(for: program.encoder.encode(columns, rowCount: used.rowCount))
        let groups = sessions(ids, times.taking(kept).elements(), gaps.taking(kept).elements())
        let inputs = program.inputs(used, context: context, errors: &none) { _ in groups }
        accumulators.grow(to: keys.count)
        accumulators.update(inputs)
        return rejected
    }

    /// The rows that count; of the others those that are to be spoken of.
    private func judge(
        _ times: Column, _ gaps: Column, _ errors: RowErrors, _ context: IntakeContext, _ rejected: inout [RejectedRow]
    ) -> Buffer<Int32> {
        var failed = Set<Int>()
        for entry in errors.entries where failed.insert(Int(entry.row)).inserted {
            let message = entry.expression.isEmpty ? entry.message : "\(entry.message) in \(entry.expression)"
            rejected.append(RejectedRow(row: Int(entry.row), stage: program.name, code: entry.code, message: message))
        }
        let valid = Bitmap.intersection(times.presence, gaps.presence)
        let limit = program.outputMode == .complete ? Watermark.none : context.watermark
        var kept = BufferBuilder<Int32>(capacity: times.count)
        guard case .int64(let moments) = times.storage, case .int64(let widths) = gaps.storage else {
            counts.timeless += times.count - failed.count
            return kept.finish()
        }
        for row in 0..<times.count where !failed.contains(row) {
            guard valid?[row] ?? true, widths[row] > 0 else {
                counts.timeless += 1
                continue
            }
            let end = moments[row].saturatingAdding(widths[row])
            if limit == .none || end.saturatingAdding(program.sessionPatienceMicros) > limit.micros {
                kept.append(Int32(row))
            } else if program.onLate == .drop {
                counts.lateDropped += 1
            } else {
                rejected.append(
                    RejectedRow(
                        row: row, stage: program.name, code: .lateRecord,
                        message: LateRecord.message(start: moments[row], end: end, watermark: context.watermark)))
            }
        }
        return kept.finish()
    }

    /// The partial session of each row; rows of a key are put together in the order of their times.
    private func sessions(_ ids: Buffer<Int32>, _ times: Buffer<Int64>, _ gaps: Buffer<Int64>) -> Buffer<Int32> {
        var order = (0..<ids.count).map { Int32($0) }
        order.sort { one, other in
            let (one, other) = (Int(one), Int(other))
            return (ids[one], times[one]) < (ids[other], times[other])
        }
        var groups = BufferBuilder<Int32>()
        groups.grow(to: ids.count, with: 0)
        var known: Int32 = -1
        for position in order {
            let row = Int(position)
            let end = times[row].saturatingAdding(gaps[row])
            if ids[row] == known, times[row] <= ends[ends.count - 1] {
                ends[ends.count - 1] = max(ends[ends.count - 1], end)
            } else {
                known = ids[row]
                keys.append(known)
                starts.append(times[row])
                ends.append(end)
            }
            groups[row] = Int32(keys.count - 1)
        }
        return groups.finish()
    }

    func drain(shards: Int) -> [[StateRows]] {
        guard keys.count > 0 else { return Array(repeating: [], count: shards) }
        let all = Buffer(counting: 0..<Int32(keys.count))
        let encoded = table.keys(keys.taking(all))
        let columns =
            [
                encoded.hashColumn, encoded.column, Column(.bigint, starts.taking(all)),
                Column(.bigint, ends.taking(all)),
            ] + accumulators.states(of: all)
        let rows = StateRows(
            table: SessionShard.table, rows: ColumnBatch(schema: stateSchema, columns: columns, rowCount: all.count))
        table.removeAll()
        keys.removeAll()
        starts.removeAll()
        ends.removeAll()
        accumulators = program.makeAccumulators()
        return rows.split(shards: shards).map { $0.map { [$0] } ?? [] }
    }

    func takeCounts() -> IntakeCounts {
        defer { counts = IntakeCounts() }
        return counts
    }

    var byteCount: Int { table.byteCount + keys.count * 20 + accumulators.byteCount }
}
