// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Makes result rows of groups.
struct GroupEmitter {
    let program: AggregateProgram
    /// Rows a batch has at most.
    static let batchRows = 32_768

    /// Gives the rows of one window, given its groups' keys and results.
    func emit(
        keys: EncodedKeys, window: (start: Int64, end: Int64),
        results: [(column: Column, errors: RowErrors)], to output: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let columns = try program.decoder.decode(keys.column)
        try emit(columns, count: keys.count, window: window, results: results, to: &output, give)
    }

    /// Gives the rows of one window, given its groups' key columns and results.
    func emit(
        _ keyColumns: [Column], count: Int, window: (start: Int64, end: Int64),
        results: [(column: Column, errors: RowErrors)], to output: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        var columns = keyColumns
        var starts = Column(.timestamp, Buffer<Int64>(repeating: window.start, count: count))
        if program.clock == .inherited, let own = columns.popLast() { starts = own }
        try emit(
            columns, starts: starts, ends: Column(.timestamp, Buffer<Int64>(repeating: window.end, count: count)),
            results: results, to: &output, give)
    }

    /// Gives rows, given key columns, the bounds of their windows, and results.
    func emit(
        _ keyColumns: [Column], starts: Column, ends: Column, results: [(column: Column, errors: RowErrors)],
        to output: inout ShardOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let count = ends.count
        guard count > 0 else { return }
        var columns = keyColumns
        if program.plan.window != nil {
            columns.append(
                Column(WindowPlan.type, count: count, validity: nil, storage: .fields([starts, ends])))
        }
        columns += results.map(\.column)
        var batch = ColumnBatch(schema: program.outputSchema, columns: columns, rowCount: count)
        if results.contains(where: { !$0.errors.isEmpty }) { batch = leavingOut(results, of: batch, &output) }
        var start = 0
        while start < batch.rowCount {
            let end = min(start + Self.batchRows, batch.rowCount)
            try give(batch.slice(start..<end))
            start = end
        }
    }

    /// The rows that have all their results; the others are noted as failures.
    private func leavingOut(
        _ results: [(column: Column, errors: RowErrors)], of batch: ColumnBatch, _ output: inout ShardOutput
    ) -> ColumnBatch {
        var failed = Set<Int>()
        for (index, result) in results.enumerated() {
            for entry in result.errors.entries where failed.insert(Int(entry.row)).inserted {
                let text = program.plan.aggregates[index].text
                let keyCount = program.plan.keys.count + (program.plan.window == nil ? 0 : 1)
                let fields = program.outputSchema.fields[0..<keyCount]
                let values = (0..<keyCount).map { batch.columns[$0].value(at: Int(entry.row)) }
                output.failures.append(
                    GroupFailure(
                        code: entry.code, message: text.isEmpty ? entry.message : "\(entry.message) in \(text)",
                        key: KeyText.json(Array(zip(fields.map(\.name), values)))))
            }
        }
        return batch.taking(Buffer((0..<Int32(batch.rowCount)).filter { !failed.contains(Int($0)) }))
    }
}
