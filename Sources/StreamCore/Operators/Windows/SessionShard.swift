// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The open sessions of some key groups, with the states of their aggregates.
final class SessionShard: OperatorShard, @unchecked Sendable {
    static let table = "sessions"
    private static let firstState = 4

    private let program: AggregateProgram
    private let stateSchema: Schema
    private let emitter: GroupEmitter
    private var keys = KeyTable()
    private var sessions: OpenSessions
    private var accumulators: AccumulatorSet
    private var changes: [StateRows] = []
    private var watermark = Watermark.none
    private var sequence: Int64 = 1

    init(_ program: AggregateProgram, stateSchema: Schema) {
        self.program = program
        self.stateSchema = stateSchema
        emitter = GroupEmitter(program: program)
        accumulators = program.makeAccumulators()
        sessions = OpenSessions(
            patience: program.outputMode == .complete ? nil : program.sessionPatienceMicros)
    }

    /// How many sessions were looked at so far.
    var visits: Int { sessions.visits }

    func absorb(_ rows: StateRows) throws(PipelineError) {
        try restore(rows)
        changes.append(rows)
    }

    func restore(_ rows: StateRows) throws(PipelineError) {
        let columns = rows.rows.columns
        guard rows.table == Self.table, columns.count == stateSchema.count,
            case .int64(let hashes) = columns[0].storage, case .int64(let newStarts) = columns[2].storage,
            case .int64(let newEnds) = columns[3].storage
        else {
            throw PipelineError(
                .corruptCheckpoint, "the state does not fit the sessions", at: [.init("operator", program.name)])
        }
        let ids = keys.ids(for: EncodedKeys(column: columns[1], hashes: hashes))
        sessions.growKeys(to: keys.count)
        let known = sessions.numbers
        var merged: [Int32: Int32] = [:]
        var slots = BufferBuilder<Int32>(capacity: ids.count)
        for row in 0..<ids.count {
            slots.append(sessions.place(ids[row], newStarts[row], newEnds[row], &merged))
        }
        func root(_ slot: Int32) -> Int32 {
            var slot = slot
            while let into = merged[slot] { slot = into }
            return slot
        }
        let groups = Buffer(slots.finish().array.map { root($0) })
        accumulators.grow(to: sessions.numbers)
        accumulators.merge(columns, from: Self.firstState, groups: groups, sequence: sequence)
        let old = merged.keys.filter { $0 < known }.sorted()
        if !old.isEmpty {
            accumulators.merge(
                accumulators.states(of: Buffer(old)), from: 0, groups: Buffer(old.map { root($0) }), sequence: sequence)
        }
    }

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var output = ShardOutput()
        watermark = max(watermark, context.watermark)
        let changed = sessions.takeChanged()
        let closed = watermark == .none ? Buffer() : sessions.due(at: watermark)
        for index in 0..<closed.count { output.noteClosed(through: sessions.lapse(of: closed[index])) }
        output.updatedRows = changed.count
        output.removedRows = closed.count
        if !context.isRestoring {
            switch program.outputMode {
            case .append: try make(closed, &output)
            case .update: try make(changed, &output)
            case .complete: try make(sessions.sessions { _ in true }, &output)
            }
            for batch in output.batches { try give(batch) }
            output.batches = []
        }
        sessions.remove(closed)
        sequence = max(sequence, accumulators.latestSequence) + 1
        if sessions.isSparse { compact() }
        return output
    }

    private func make(_ slots: Buffer<Int32>, _ output: inout ShardOutput) throws(PipelineError) {
        guard slots.count > 0 else { return }
        try emitter.emit(
            try program.decoder.decode(keys.keys(sessions.owners(of: slots)).column),
            starts: Column(.timestamp, sessions.starts(of: slots)),
            ends: Column(.timestamp, sessions.ends(of: slots)),
            results: accumulators.results(of: slots), to: &output)
    }

    /// Keeps only open sessions, and only keys that have some.
    private func compact() {
        let open = sessions.sessions { _ in true }
        let owners = sessions.owners(of: open)
        var isUsed = [Bool](repeating: false, count: keys.count)
        var used = BufferBuilder<Int32>()
        for index in 0..<owners.count where !isUsed[Int(owners[index])] {
            isUsed[Int(owners[index])] = true
            used.append(owners[index])
        }
        let kept = used.finish()
        let fresh = program.makeAccumulators()
        fresh.grow(to: open.count)
        if open.count > 0 {
            fresh.merge(
                accumulators.states(of: open), from: 0, groups: Pane.numbers(open.count), sequence: sequence)
        }
        accumulators = fresh
        keys = keys.keeping(kept)
        sessions.renumber(open, keys: kept)
    }

    private func hash(ofKey key: Int) -> Int64 { Self.hash(ofKey: key, in: keys) }

    private static func hash(ofKey key: Int, in keys: borrowing KeyTable) -> Int64 {
        let hashes = keys.hashes
        return hashes[key]
    }

    func takeChanges() -> [StateRows] {
        defer { changes = [] }
        return changes
    }

    func snapshot(
        groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let slots = sessions.sessions { groups.contains(KeyGroups.group(ofHash: hash(ofKey: $0))) }
        var start = 0
        while start < slots.count {
            let part = slots.slice(start..<min(start + GroupEmitter.batchRows, slots.count))
            let encoded = keys.keys(sessions.owners(of: part))
            let columns =
                [
                    encoded.hashColumn, encoded.column, Column(.bigint, sessions.starts(of: part)),
                    Column(.bigint, sessions.ends(of: part)),
                ] + accumulators.states(of: part)
            try give(
                StateRows(
                    table: Self.table, rows: ColumnBatch(schema: stateSchema, columns: columns, rowCount: part.count)))
            start += part.count
        }
    }

    var size: StateSize {
        StateSize(
            rows: sessions.count,
            memoryBytes: keys.byteCount + sessions.byteCount + accumulators.byteCount
                + changes.reduce(0) { $0 + $1.rows.byteCount },
            openWindows: sessions.count)
    }
}
