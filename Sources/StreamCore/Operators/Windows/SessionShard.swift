// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The open sessions of some key groups. Sessions of a key that overlap or touch are one; closed ones leave gaps that are closed up once they are
/// more than what is open.
final class SessionShard: OperatorShard, @unchecked Sendable {
    static let table = "sessions"
    private static let firstState = 4

    private let program: AggregateProgram
    private let stateSchema: Schema
    private let emitter: GroupEmitter
    private var keys = KeyTable()
    /// The latest session of each key; others follow by `next`.
    private var heads = BufferBuilder<Int32>()
    private var next = BufferBuilder<Int32>()
    private var owners = BufferBuilder<Int32>()
    private var starts = BufferBuilder<Int64>()
    private var ends = BufferBuilder<Int64>()
    private var alive = BufferBuilder<UInt8>()
    private var changed = BufferBuilder<UInt8>()
    private var aliveCount = 0
    private var accumulators: AccumulatorSet
    private var changes: [StateRows] = []
    private var watermark = Watermark.none
    private var sequence: Int64 = 1

    init(_ program: AggregateProgram, stateSchema: Schema) {
        self.program = program
        self.stateSchema = stateSchema
        emitter = GroupEmitter(program: program)
        accumulators = program.makeAccumulators()
    }

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
        heads.grow(to: keys.count, with: -1)
        let known = owners.count
        var merged: [Int32: Int32] = [:]
        var slots = BufferBuilder<Int32>(capacity: ids.count)
        for row in 0..<ids.count {
            slots.append(place(ids[row], newStarts[row], newEnds[row], &merged))
        }
        func root(_ slot: Int32) -> Int32 {
            var slot = slot
            while let into = merged[slot] { slot = into }
            return slot
        }
        let groups = Buffer(slots.finish().array.map { root($0) })
        accumulators.grow(to: owners.count)
        accumulators.merge(columns, from: Self.firstState, groups: groups, sequence: sequence)
        let old = merged.keys.filter { $0 < known }.sorted()
        if !old.isEmpty {
            accumulators.merge(
                accumulators.states(of: Buffer(old)), from: 0, groups: Buffer(old.map { root($0) }), sequence: sequence)
        }
    }

    /// The session that a partial one belongs to; sessions that it joins become one, and `merged` says into which they went.
    private func place(_ key: Int32, _ start: Int64, _ end: Int64, _ merged: inout [Int32: Int32]) -> Int32 {
        var found: Int32 = -1
        var (first, last) = (start, end)
        var previous: Int32 = -1
        var slot = heads[Int(key)]
        while slot >= 0 {
            let index = Int(slot)
            let following = next[index]
            if starts[index] <= end && start <= ends[index] {
                first = min(first, starts[index])
                last = max(last, ends[index])
                if found < 0 {
                    found = slot
                    previous = slot
                } else {
                    // Two sessions that the partial one joins: this one goes into the one found first.
                    merged[slot] = found
                    alive[index] = 0
                    aliveCount -= 1
                    next[Int(previous)] = following
                }
            } else {
                previous = slot
            }
            slot = following
        }
        if found < 0 {
            found = Int32(owners.count)
            owners.append(key)
            next.append(heads[Int(key)])
            heads[Int(key)] = found
            starts.append(first)
            ends.append(last)
            alive.append(1)
            changed.append(1)
            aliveCount += 1
        } else {
            starts[Int(found)] = first
            ends[Int(found)] = last
            changed[Int(found)] = 1
        }
        return found
    }

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var output = ShardOutput()
        watermark = max(watermark, context.watermark)
        let closes = program.outputMode != .complete && watermark != .none
        var given = BufferBuilder<Int32>()
        var closed = BufferBuilder<Int32>()
        for slot in 0..<owners.count where alive[slot] != 0 {
            let lapse = program.sessionLapse(end: ends[slot])
            let isClosed = closes && lapse <= watermark.micros
            if isClosed {
                closed.append(Int32(slot))
                output.noteClosed(through: lapse)
            }
            if changed[slot] != 0 { output.updatedRows += 1 }
            switch program.outputMode {
            case .append: if isClosed { given.append(Int32(slot)) }
            case .update: if changed[slot] != 0 { given.append(Int32(slot)) }
            case .complete: given.append(Int32(slot))
            }
            changed[slot] = 0
        }
        let (wanted, dropped) = (given.finish(), closed.finish())
        if !context.isRestoring {
            try make(wanted, &output)
            for batch in output.batches { try give(batch) }
            output.batches = []
        }
        for row in 0..<dropped.count { alive[Int(dropped[row])] = 0 }
        aliveCount -= dropped.count
        output.removedRows = dropped.count
        sequence = max(sequence, accumulators.latestSequence) + 1
        if owners.count > aliveCount * 2 + 1_024 || (aliveCount == 0 && owners.count > 0) {
            compact()
        } else if dropped.count > 0 {
            relink()
        }
        return output
    }

    private func make(_ slots: Buffer<Int32>, _ output: inout ShardOutput) throws(PipelineError) {
        guard slots.count > 0 else { return }
        try emitter.emit(
            try program.decoder.decode(keys.keys(owners.taking(slots)).column),
            starts: Column(.timestamp, starts.taking(slots)), ends: Column(.timestamp, ends.taking(slots)),
            results: accumulators.results(of: slots), to: &output)
    }

    /// Takes closed sessions out of their keys' lists.
    private func relink() {
        for key in 0..<heads.count { heads[key] = -1 }
        for slot in 0..<owners.count where alive[slot] != 0 {
            let key = Int(owners[slot])
            next[slot] = heads[key]
            heads[key] = Int32(slot)
        }
    }

    /// Keeps only open sessions, and only keys that have some.
    private func compact() {
        let kept = aliveSlots { _ in true }
        var seen = BufferBuilder<UInt8>()
        seen.grow(to: keys.count, with: 0)
        var usedKeys = BufferBuilder<Int32>()
        var renumbered = [Int32](repeating: -1, count: keys.count)
        for row in 0..<kept.count {
            let key = Int(owners[Int(kept[row])])
            if seen[key] == 0 {
                seen[key] = 1
                renumbered[key] = Int32(usedKeys.count)
                usedKeys.append(Int32(key))
            }
        }
        let newKeys = keys.keeping(usedKeys.finish())
        let newOwners = Elementwise.map(owners.taking(kept)) { renumbered[Int($0)] }
        let (newStarts, newEnds) = (starts.taking(kept), ends.taking(kept))
        let fresh = program.makeAccumulators()
        fresh.grow(to: kept.count)
        if kept.count > 0 {
            fresh.merge(
                accumulators.states(of: kept), from: 0, groups: Pane.numbers(kept.count), sequence: sequence)
        }
        accumulators = fresh
        keys = newKeys
        heads = BufferBuilder()
        heads.grow(to: keys.count, with: -1)
        next = BufferBuilder()
        next.grow(to: kept.count, with: -1)
        owners = BufferBuilder()
        owners.append(contentsOf: newOwners)
        starts = BufferBuilder()
        starts.append(contentsOf: newStarts)
        ends = BufferBuilder()
        ends.append(contentsOf: newEnds)
        alive = BufferBuilder()
        alive.grow(to: kept.count, with: 1)
        changed = BufferBuilder()
        changed.grow(to: kept.count, with: 0)
        relink()
    }

    private func aliveSlots(where isWanted: (Int64) -> Bool) -> Buffer<Int32> {
        var slots = BufferBuilder<Int32>()
        for slot in 0..<owners.count where alive[slot] != 0 {
            if isWanted(hash(ofKey: Int(owners[slot]))) { slots.append(Int32(slot)) }
        }
        return slots.finish()
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
        let slots = aliveSlots { groups.contains(KeyGroups.group(ofHash: $0)) }
        var start = 0
        while start < slots.count {
            let part = slots.slice(start..<min(start + GroupEmitter.batchRows, slots.count))
            let encoded = keys.keys(owners.taking(part))
            let columns =
                [
                    encoded.hashColumn, encoded.column, Column(.bigint, starts.taking(part)),
                    Column(.bigint, ends.taking(part)),
                ] + accumulators.states(of: part)
            try give(
                StateRows(
                    table: Self.table, rows: ColumnBatch(schema: stateSchema, columns: columns, rowCount: part.count)))
            start += part.count
        }
    }

    var size: StateSize {
        StateSize(
            rows: aliveCount,
            memoryBytes: keys.byteCount + owners.count * 26 + accumulators.byteCount
                + changes.reduce(0) { $0 + $1.rows.byteCount },
            openWindows: aliveCount)
    }
}
