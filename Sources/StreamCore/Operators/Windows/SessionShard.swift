// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The open sessions of some key groups, with the states of their aggregates.
///
/// When they outgrow the shard's share of memory, those that end last go to disk. What an epoch brings is held until its end, where it is
/// worked in a range of hashes at a time: first all sessions of the keys that it touches come back, so that sessions on disk
/// never touch those in memory, and one that is due on disk is final as it stands.
final class SessionShard: OperatorShard, @unchecked Sendable {
    static let table = "sessions"

    private let program: AggregateProgram
    private let stateSchema: Schema
    private let emitter: GroupEmitter
    /// How many bytes may be in memory.
    private let bytes: Int
    private let held: HeldSessions
    /// Sessions on disk; `nil` where all stay in memory.
    private var slices: SpilledSlices?
    /// Partial sessions that are not worked in yet; where nothing is spilled there are none.
    private var waiting: [ColumnBatch] = []
    private var changes: [StateRows] = []
    private var watermark = Watermark.none
    private var sequence: Int64 = 1

    init(_ program: AggregateProgram, stateSchema: Schema, _ memory: ShardMemory = .unbounded) {
        self.program = program
        self.stateSchema = stateSchema
        bytes = memory.bytes
        emitter = GroupEmitter(program: program)
        held = HeldSessions(program, schema: stateSchema)
        if let area = memory.area, memory.bytes < .max {
            slices = SpilledSlices(area, schema: stateSchema, shardBytes: memory.bytes)
        }
    }

    /// How many sessions in memory were looked at so far.
    var visits: Int { held.visits }

    func absorb(_ rows: StateRows) throws(PipelineError) {
        try take(rows)
        changes.append(rows)
    }

    func restore(_ rows: StateRows) throws(PipelineError) {
        try take(rows)
        let waitingBytes = waiting.reduce(0) { $0 + $1.byteCount }
        if waitingBytes > partBytes * 2 { try workIn { _ throws(PipelineError) in } }
    }

    private func take(_ rows: StateRows) throws(PipelineError) {
        let columns = rows.rows.columns
        guard rows.table == Self.table, columns.count == stateSchema.count, case .int64 = columns[0].storage,
            case .int64 = columns[2].storage, case .int64 = columns[3].storage
        else {
            throw PipelineError(
                .corruptCheckpoint, "the state does not fit the sessions", at: [.init("operator", program.name)])
        }
        if slices == nil {
            held.merge(rows.rows, sequence: sequence)
        } else if rows.rows.rowCount > 0 {
            waiting.append(rows.rows)
        }
    }

    // MARK: Memory

    /// How many bytes sessions in memory may have, beside what is known of those on disk and what is copied on its way there.
    private var heldBytes: Int { max(bytes / 4, (bytes - (slices?.memoryBytes ?? 0)) / 4 * 3) }

    /// How many bytes are worked in at once when an epoch brings more than fits.
    private var partBytes: Int { max(Self.leastPartBytes, bytes / 8) }
    private static let leastPartBytes = 4 << 10

    /// Moves the sessions that end last to disk when all together have more than so many bytes.
    private func spill(above limit: Int) throws(PipelineError) {
        guard slices != nil, held.byteCount > limit else { return }
        held.compactIfSparse()
        while held.count > 0, held.byteCount > limit {
            let rowBytes = max(1, held.byteCount / held.count)
            // Half of the share stays free for what comes, or sessions would go to disk a few at a time.
            let kept = min(held.count - 1, heldBytes / 2 / rowBytes)
            let leaving = lastToEnd(held.count - kept)
            // Rows are copied on their way, so they go a part at a time.
            let step = max(1, partBytes / rowBytes)
            for start in stride(from: 0, to: leaving.count, by: step) {
                let part = leaving.slice(start..<min(start + step, leaving.count))
                try slices?.spill(held.rows(of: part), dues: held.turns(of: part))
            }
            held.remove(leaving)
            held.compact()
        }
    }

    /// So many sessions, those that end last first.
    private func lastToEnd(_ count: Int) -> Buffer<Int32> {
        let sessions = held.all
        let turns = held.turns(of: sessions)
        var entries: [(turn: Int64, session: Int32)] = []
        entries.reserveCapacity(sessions.count)
        for index in 0..<sessions.count { entries.append((turn: turns[index], session: sessions[index])) }
        entries.sort { ($0.turn, $0.session) > ($1.turn, $1.session) }
        var result = BufferBuilder<Int32>(capacity: count)
        for entry in entries.prefix(count) { result.append(entry.session) }
        return result.finish()
    }

    // MARK: What an epoch brings

    /// Works in what waits, in as many parts as memory asks for.
    ///
    /// - Parameter changed: is given the sessions of each part that changed, while they are in memory.
    private func workIn(_ changed: (Buffer<Int32>) throws(PipelineError) -> Void) throws(PipelineError) {
        let rows = waiting
        waiting = []
        let parts = partCount(rows)
        if parts == 1 {
            try workIn(rows, changed)
        } else {
            let sorted = rows.map { PrefixOrder($0) }
            let low = sorted.reduce(UInt32.max) { min($0, $1.prefixes.lowerBound) }
            let high = sorted.reduce(UInt32.min) { max($0, $1.prefixes.upperBound) }
            for range in HashPrefix.ranges(low..<high, parts: parts) {
                // Room for the part.
                try spill(above: heldBytes / 4 * 3)
                try workIn(sorted.compactMap { $0.rows(in: range) }, changed)
            }
        }
        try spill(above: heldBytes)
    }

    private func workIn(
        _ rows: [ColumnBatch], _ changed: (Buffer<Int32>) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        if let isEmpty = slices?.isEmpty, !isEmpty, !rows.isEmpty {
            let touched = KeySet()
            for part in rows {
                touched.add(EncodedKeys(column: part.columns[1], hashes: part.columns[0].elements()))
            }
            try slices?.take(touched) { held.merge($0, sequence: sequence, isChange: false) }
        }
        for part in rows { held.merge(part, sequence: sequence) }
        try changed(held.takeChanged())
    }

    /// In how many parts rows are worked in; in memory they take about twice their bytes, and so does what comes back with them.
    private func partCount(_ rows: [ColumnBatch]) -> Int {
        guard let slices, !rows.isEmpty else { return 1 }
        let (count, bytes) = rows.reduce((0, 0)) { ($0.0 + $1.rowCount, $0.1 + $1.byteCount) }
        let spilled = slices.spilledBytes
        let returning = min(spilled, spilled / max(1, slices.count) * count)
        let needed = (bytes + returning) * 2
        return needed <= heldBytes - held.byteCount ? 1 : needed / partBytes + 1
    }

    // MARK: The end of an epoch

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var output = ShardOutput()
        watermark = max(watermark, context.watermark)
        let mode = context.isRestoring ? nil : program.outputMode
        try workIn { changed throws(PipelineError) in
            output.updatedRows += changed.count
            if mode == .update { try self.give(changed, &output, give) }
        }
        try close(isGiven: mode == .append, &output, give)
        if mode == .complete {
            try self.give(held.all, &output, give)
            try slices?.forEach { rows throws(PipelineError) in
                try self.give(HeldSessions.parts(of: rows, program), &output, give)
            }
        }
        sequence = max(sequence, held.latestSequence) + 1
        held.compactIfSparse()
        return output
    }

    /// Drops the sessions that the watermark has passed.
    private func close(
        isGiven: Bool, _ output: inout ShardOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        guard watermark != .none else { return }
        let closed = held.due(at: watermark)
        for index in 0..<closed.count { output.noteClosed(through: held.lapse(of: closed[index])) }
        output.removedRows += closed.count
        if isGiven { try self.give(closed, &output, give) }
        held.remove(closed)
        // In complete mode nothing ends.
        guard program.outputMode != .complete, let isEmpty = slices?.isEmpty, !isEmpty else { return }
        let (limit, patience) = (watermark.micros, program.sessionPatienceMicros)
        let room = max(0, heldBytes - held.byteCount)
        try slices?.takeDue(at: limit, room: room) { rows throws(PipelineError) in
            let ends: Buffer<Int64> = rows.columns[3].elements()
            var due = BufferBuilder<Int32>()
            var others = BufferBuilder<Int32>()
            for row in 0..<ends.count {
                let lapse = ends[row].saturatingAdding(patience)
                if min(lapse, .max - 1) <= limit {
                    due.append(Int32(row))
                    output.noteClosed(through: lapse)
                } else {
                    others.append(Int32(row))
                }
            }
            output.removedRows += due.count
            if isGiven, due.count > 0 {
                let closed = others.count == 0 ? rows : rows.taking(due.finish())
                try self.give(HeldSessions.parts(of: closed, program), &output, give)
            }
            if others.count > 0 { held.merge(rows.taking(others.finish()), sequence: sequence, isChange: false) }
        }
        try spill(above: heldBytes)
    }

    private func give(
        _ sessions: Buffer<Int32>, _ output: inout ShardOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try HeldSessions.forEachPart(of: sessions) { part, _ throws(PipelineError) in
            try self.give(held.parts(of: part), &output, give)
        }
    }

    private func give(
        _ sessions: SessionParts, _ output: inout ShardOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try emitter.emit(
            try program.decoder.decode(sessions.keys), starts: sessions.starts, ends: sessions.ends,
            results: sessions.results, to: &output, give)
    }

    // MARK: What is kept

    func takeChanges() -> [StateRows] {
        defer { changes = [] }
        return changes
    }

    func snapshot(
        groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try HeldSessions.forEachPart(of: held.sessions(ofGroups: groups)) { part, _ throws(PipelineError) in
            try give(StateRows(table: Self.table, rows: held.rows(of: part)))
        }
        try slices?.forEach(in: HashPrefix.range(ofGroups: groups)) { rows throws(PipelineError) in
            try give(StateRows(table: Self.table, rows: rows))
        }
    }

    var size: StateSize {
        let count = held.count + (slices?.count ?? 0)
        return StateSize(
            rows: count,
            memoryBytes: held.byteCount + (slices?.memoryBytes ?? 0) + changes.reduce(0) { $0 + $1.rows.byteCount },
            spilledBytes: slices?.spilledBytes ?? 0, openWindows: count)
    }
}

/// The rows of a batch in the order of the prefixes of their hashes, which are column 0.
private struct PrefixOrder {
    private let batch: ColumnBatch
    private let hashes: Buffer<Int64>
    private let order: Buffer<Int32>

    /// The order of a batch that has rows.
    init(_ batch: ColumnBatch) {
        self.batch = batch
        let hashes: Buffer<Int64> = batch.columns[0].elements()
        self.hashes = hashes
        order = HashPrefix.order(of: hashes.span)
    }

    /// From the least to the greatest prefix.
    var prefixes: Range<UInt32> { prefix(0)..<(prefix(order.count - 1) + 1) }

    private func prefix(_ place: Int) -> UInt32 { HashPrefix.of(hashes[Int(order[place])]) }

    /// The rows whose prefixes lie in a range; `nil` without any.
    func rows(in range: Range<UInt32>) -> ColumnBatch? {
        let part = order.slice(place(of: range.lowerBound)..<place(of: range.upperBound))
        return part.count == 0 ? nil : batch.taking(part)
    }

    private func place(of wanted: UInt32) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if prefix(middle) < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
