// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The groups of some key groups, in panes; a pane is dropped as a whole once all its windows are closed.
final class AggregateShard: OperatorShard, @unchecked Sendable {
    private let program: AggregateProgram
    private let emitter: GroupEmitter
    private var panes: [Int64: Pane] = [:]
    private var changes: [StateRows] = []
    /// The watermark of the last epoch: windows that it has passed have been given.
    private var watermark = Watermark.none
    /// The number of this epoch among those the shard has seen; orders what rows of different epochs compete for.
    private var sequence: Int64 = 1

    init(_ program: AggregateProgram) {
        self.program = program
        emitter = GroupEmitter(program: program)
    }

    func absorb(_ rows: StateRows) throws(PipelineError) {
        try restore(rows)
        changes.append(rows)
    }

    func restore(_ rows: StateRows) throws(PipelineError) {
        let columns = rows.rows.columns
        guard rows.table == AggregateProgram.table, columns.count == program.stateSchema.count,
            case .int64(let hashes) = columns[0].storage, case .int64(let windows) = columns[2].storage
        else {
            throw PipelineError(
                .corruptCheckpoint, "the state does not fit the grouping", at: [.init("operator", program.name)])
        }
        let keys = EncodedKeys(column: columns[1], hashes: hashes)
        var start = 0
        while start < windows.count {
            let number = windows[start]
            var end = start + 1
            while end < windows.count && windows[end] == number { end += 1 }
            let range = start..<end
            let part =
                range == 0..<windows.count
                ? keys
                : EncodedKeys(
                    offsets: keys.offsets.slice(start..<(end + 1)), bytes: keys.bytes, hashes: hashes.slice(range))
            pane(number).absorb(part, columns.map { $0.slice(range) }, sequence: sequence)
            start = end
        }
    }

    private func pane(_ number: Int64) -> Pane {
        if let found = panes[number] { return found }
        let pane = Pane(program)
        panes[number] = pane
        return pane
    }

    func finish(_ context: FinishContext) throws(PipelineError) -> ShardOutput {
        var output = ShardOutput()
        let before = watermark
        watermark = max(watermark, context.watermark)
        output.updatedRows = panes.values.reduce(0) { $0 + $1.changedCount }
        if !context.isRestoring {
            switch program.outputMode {
            case .append: try giveClosed(after: before, &output)
            case .update: try giveChanged(after: before, &output)
            case .complete: try giveAll(&output)
            }
        }
        sequence = max(sequence, panes.values.reduce(0) { max($0, $1.latestSequence) }) + 1
        for (number, pane) in panes {
            let end = program.clock.lastWindow(of: number).end.saturatingAdding(program.allowedLatenessMicros)
            if program.outputMode != .complete, watermark != .none, end <= watermark.micros {
                output.removedRows += pane.count
                output.noteClosed(through: end)
                panes[number] = nil
            } else {
                pane.settle()
            }
        }
        return output
    }

    /// Append mode: the windows that the watermark has passed in this epoch.
    private func giveClosed(after before: Watermark, _ output: inout ShardOutput) throws(PipelineError) {
        guard watermark != .none else { return }
        if program.clock.isSliding {
            var windows = SlidingWindows(program: program, panes: panes, sequence: sequence)
            let limit = watermark.micros
            try windows.giveWhole(&output) { $0 <= limit && (before == .none || $0 > before.micros) }
            return
        }
        for number in panes.keys.sorted() {
            let window = program.clock.lastWindow(of: number)
            guard window.end <= watermark.micros, let pane = panes[number] else { continue }
            try give(pane, pane.all, window, &output)
        }
    }

    /// Update mode: the groups that changed in this epoch.
    private func giveChanged(after before: Watermark, _ output: inout ShardOutput) throws(PipelineError) {
        if program.clock.isSliding {
            let windows = SlidingWindows(program: program, panes: panes, sequence: sequence)
            let lateness = program.allowedLatenessMicros
            try windows.giveChanged(&output) {
                before == .none || $0.saturatingAdding(lateness) > before.micros
            }
            return
        }
        for number in panes.keys.sorted() {
            guard let pane = panes[number], pane.changedCount > 0 else { continue }
            try give(pane, pane.changedGroups, program.clock.lastWindow(of: number), &output)
        }
    }

    /// Complete mode: all groups there are.
    private func giveAll(_ output: inout ShardOutput) throws(PipelineError) {
        if program.clock.isSliding {
            var windows = SlidingWindows(program: program, panes: panes, sequence: sequence)
            return try windows.giveWhole(&output) { _ in true }
        }
        for number in panes.keys.sorted() {
            guard let pane = panes[number] else { continue }
            try give(pane, pane.all, program.clock.lastWindow(of: number), &output)
        }
    }

    private func give(
        _ pane: Pane, _ ids: Buffer<Int32>, _ window: (start: Int64, end: Int64), _ output: inout ShardOutput
    ) throws(PipelineError) {
        try emitter.emit(keys: pane.keys(ids), window: window, results: pane.results(ids), to: &output)
    }

    func takeChanges() -> [StateRows] {
        defer { changes = [] }
        return changes
    }

    func snapshot(
        groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        for number in panes.keys.sorted() {
            guard let pane = panes[number] else { continue }
            let ids = pane.groups(in: groups)
            var start = 0
            while start < ids.count {
                let part = ids.slice(start..<min(start + GroupEmitter.batchRows, ids.count))
                let keys = pane.keys(part)
                let window = Column(.bigint, Buffer<Int64>(repeating: number, count: part.count))
                let columns = [keys.hashColumn, keys.column, window] + pane.states(part)
                try give(
                    StateRows(
                        table: AggregateProgram.table,
                        rows: ColumnBatch(schema: program.stateSchema, columns: columns, rowCount: part.count)))
                start += part.count
            }
        }
    }

    var size: StateSize {
        StateSize(
            rows: panes.values.reduce(0) { $0 + $1.count },
            memoryBytes: panes.values.reduce(0) { $0 + $1.byteCount }
                + changes.reduce(0) { $0 + $1.rows.byteCount },
            openWindows: program.clock == .none ? 0 : panes.count)
    }
}
