// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// One side of a join: its rows that may still find partners, in memory and, where those do not fit, on disk.
///
/// Partners are looked for in memory alone: before that, the rows of the keys in question are taken back from disk. They are no
/// changes of the epoch then. What an epoch changed is noted before rows leave memory, so that it is complete wherever they are.
struct JoinSide: ~Copyable {
    let isLeft: Bool
    /// The rows in memory.
    var rows: StoredRows
    private let shape: JoinShape
    private let memory: ShardMemory
    /// The rows on disk; `nil` where none ever are.
    private var slices: SpilledSlices?
    /// What was changed in this epoch by rows that were in memory before others were spilled.
    private var noted: [StateRows] = []
    private var notedCount = 0
    /// The latest time at which a row on disk was to be dropped, and was.
    private var latestDropped = Watermark.none

    private static let matchedTables = ["left.matched", "right.matched"]

    init(_ shape: JoinShape, isLeft: Bool, _ memory: ShardMemory) {
        self.shape = shape
        self.isLeft = isLeft
        self.memory = memory
        let kept = Schema([Field("$time", .bigint)] + (isLeft ? shape.left : shape.right).fields)
        let hasIDs = isLeft ? shape.keepsUnmatchedLeft || shape.givesLeftAlone : shape.keepsUnmatchedRight
        rows = StoredRows(schema: kept, hasIDs: hasIDs)
        slices = Self.slices(kept, hasIDs: hasIDs, memory)
    }

    private static func slices(_ kept: Schema, hasIDs: Bool, _ memory: ShardMemory) -> SpilledSlices? {
        guard let area = memory.area, memory.bytes < .max else { return nil }
        return SpilledSlices(
            area, schema: StoredRows.stateSchema(kept, hasIDs: hasIDs), shardBytes: memory.bytes / 2)
    }

    /// Whether rows that never had a partner come out.
    private var keepsUnmatched: Bool { isLeft ? shape.keepsUnmatchedLeft : shape.keepsUnmatchedRight }
    /// Whether a row leaves with its first partner.
    private var leavesMatched: Bool { isLeft && shape.givesLeftAlone }
    /// In rows as state keeps them, the place of `$time`, before the columns.
    private var timePlace: Int { rows.hasIDs ? 4 : 2 }

    /// How many rows there are; on disk, those that are dropped count until their file goes.
    var count: Int { rows.liveCount + (slices?.count ?? 0) }
    var hasSpilled: Bool { slices.map { !$0.isEmpty } ?? false }
    var spilledBytes: Int { slices?.spilledBytes ?? 0 }
    /// What the rows on disk take in memory.
    var sliceBytes: Int { slices?.memoryBytes ?? 0 }
    var notedBytes: Int { noted.reduce(0) { $0 + $1.rows.byteCount } }
    var closedThrough: Watermark { max(rows.closedThrough, latestDropped) }
    /// The rows that are new in this epoch, and the older ones changed.
    var updatedCount: Int { notedCount + rows.changedCount }

    // MARK: Adding

    /// Adds new rows: `$time`, then the side's columns.
    mutating func add(_ columns: [Column], _ keys: EncodedKeys, matched: Bitmap?) {
        rows.add(
            ColumnBatch(schema: rows.schema, columns: columns, rowCount: keys.count), keys: keys,
            expiries: expiries(columns[0]), matched: matched)
    }

    /// Adds rows as state keeps them, which are not new.
    mutating func add(state: ColumnBatch) {
        let columns = state.columns
        rows.add(
            ColumnBatch(
                schema: rows.schema, columns: Array(columns.dropFirst(timePlace)), rowCount: state.rowCount),
            keys: EncodedKeys(column: columns[1], hashes: columns[0].elements()),
            expiries: expiries(columns[timePlace]),
            matched: rows.hasIDs ? columns[3].bits : nil, ids: rows.hasIDs ? columns[2].elements() : nil, isNew: false)
    }

    private func expiries(_ times: Column) -> Buffer<Int64> {
        guard let patience = shape.patience(isLeft: isLeft) else { return Buffer(repeating: .max, count: times.count) }
        let expiries = Elementwise.map(times.elements(Int64.self)) { EventTimes.shifted($0, by: patience) }
        guard let validity = times.validity else { return expiries }
        var result = BufferBuilder<Int64>(capacity: times.count)
        for row in 0..<times.count { result.append(validity[row] ? expiries[row] : .max) }
        return result.finish()
    }

    // MARK: Memory

    /// Takes the rows of some keys back from disk; returns how many bytes they are.
    mutating func takeBack(_ keys: KeySet) throws(PipelineError) -> Int {
        guard hasSpilled, keys.count > 0 else { return 0 }
        var found: [ColumnBatch] = []
        try slices?.take(keys) { rows throws(PipelineError) in found.append(rows) }
        var bytes = 0
        for batch in ShardSplit.joined(found) {
            bytes += batch.byteCount
            add(state: batch)
        }
        return bytes
    }

    /// Moves rows to disk until those in memory take about so many bytes: first those whose time is furthest away, and of those that
    /// wait equally long the ones that nobody asked for longest.
    mutating func spill(downTo bytes: Int) throws(PipelineError) {
        guard slices != nil, rows.liveCount > 0 else { return }
        note()
        rows.compact()
        let rowBytes = max(1, rows.byteCount / rows.liveCount)
        let leaving = furthest(max(0, rows.liveCount - bytes / rowBytes))
        let step = max(1, memory.bytes / 8 / rowBytes)
        for start in stride(from: 0, to: leaving.count, by: step) {
            // In the order in which they are stored, they are copied segment by segment.
            let part = Buffer(leaving.slice(start..<min(leaving.count, start + step)).array.sorted())
            let state = rows.stateRows(part)
            let dues = expiries(state.columns[timePlace])
            try slices?.spill(state, dues: dues)
            rows.remove(part)
        }
        rows.compact()
    }

    private func furthest(_ count: Int) -> Buffer<Int32> {
        let all = rows.liveRows()
        guard count > 0 else { return Buffer() }
        if shape.patience(isLeft: isLeft) == nil { return all.slice(0..<count) }
        let times = expiries(rows.gather(all, columns: [0])[0])
        let (numbers, moments) = (all.span, times.span)
        var entries: [(time: Int64, row: Int32)] = []
        entries.reserveCapacity(numbers.count)
        for index in numbers.indices { entries.append((time: moments[index], row: numbers[index])) }
        entries.sort { $0.time != $1.time ? $0.time > $1.time : $0.row < $1.row }
        var result = BufferBuilder<Int32>(capacity: count)
        for entry in entries.prefix(count) { result.append(entry.row) }
        return result.finish()
    }

    // MARK: Time

    /// Drops the rows that can find no partner any more, and gives those that never had one; returns how many were dropped.
    ///
    /// - Parameter room: so many bytes of rows that stand on disk beside those that are dropped may come into memory.
    mutating func expire(
        at watermark: Watermark, room: Int, into output: JoinOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> Int {
        // What is given is read before it is dropped: the columns of a row live as long as it does.
        let due = rows.due(at: watermark)
        if keepsUnmatched { try giveUnmatched(rows.unmatched(due), into: output, give) }
        rows.remove(due)
        var dropped = due.count
        if keepsUnmatched {
            dropped += try expireSpilled(at: watermark, room: room, into: output, give)
            if watermark == .end { try giveRest(into: output, give) }
        } else if let (count, last) = slices?.forget(through: watermark.micros) {
            dropped += count
            latestDropped = max(latestDropped, Watermark(micros: last))
        }
        return dropped
    }

    private mutating func expireSpilled(
        at watermark: Watermark, room: Int, into output: JoinOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> Int {
        guard var waiting = slices, hasSpilled else { return 0 }
        // At the end all come. Those that nothing drops go to disk again.
        let isEnd = watermark == .end
        slices = isEnd ? Self.slices(rows.schema, hasIDs: rows.hasIDs, memory) : nil
        var dropped = 0
        try waiting.takeDue(at: watermark.micros, room: isEnd ? 0 : room) { state throws(PipelineError) in
            let (due, others) = split(state, at: watermark)
            dropped += due.rowCount
            try giveUnmatched(state: due, into: output, give)
            if others.rowCount > 0 { add(state: others) }
            if isEnd, rows.byteCount > memory.bytes / 4 {
                try giveRest(into: output, give)
                try spill(downTo: 0)
            }
        }
        if !isEnd { slices = waiting }
        return dropped
    }

    /// Rows from disk by whether their time has come.
    private mutating func split(
        _ state: ColumnBatch, at watermark: Watermark
    ) -> (due: ColumnBatch, others: ColumnBatch) {
        let times = expiries(state.columns[timePlace])
        let moments = times.span
        var due = BufferBuilder<Int32>()
        var others = BufferBuilder<Int32>()
        for row in moments.indices {
            if moments[row] <= watermark.micros, moments[row] < .max {
                latestDropped = max(latestDropped, Watermark(micros: moments[row]))
                due.append(Int32(truncatingIfNeeded: row))
            } else {
                others.append(Int32(truncatingIfNeeded: row))
            }
        }
        return (state.taking(due.finish()), state.taking(others.finish()))
    }

    /// Gives the unmatched rows in memory that no watermark drops. They count as matched from then on, so that they come out once.
    private mutating func giveRest(
        into output: JoinOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let rest = rows.match(rows.unmatchedRows())
        try giveUnmatched(rest, into: output, give)
        if leavesMatched { rows.remove(rest) }
    }

    private func giveUnmatched(
        _ unmatched: Buffer<Int32>, into output: JoinOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let columns = Array(1..<rows.schema.count)
        for start in stride(from: 0, to: unmatched.count, by: OutputRows.batchRows) {
            let part = unmatched.slice(start..<min(unmatched.count, start + OutputRows.batchRows))
            output.add(alone: rows.gather(part, columns: columns), count: part.count, isLeft: isLeft)
            try output.giveWhole(give)
        }
    }

    private func giveUnmatched(
        state: ColumnBatch, into output: JoinOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        guard state.rowCount > 0 else { return }
        let matched = state.columns[3].bits
        let part = matched.setCount == 0 ? state : state.taking(matched.inverted.setIndices)
        output.add(
            alone: Array(part.columns.dropFirst(timePlace + 1)), count: part.rowCount, isLeft: isLeft)
        try output.giveWhole(give)
    }

    // MARK: State

    /// What this epoch changed.
    func changes() -> [StateRows] {
        var result = noted + batches(rows.newRows())
        let changed = rows.changedRows()
        if changed.count > 0 {
            result.append(StateRows(table: Self.matchedTables[isLeft ? 0 : 1], rows: rows.changeRows(changed)))
        }
        return result
    }

    /// Notes what was changed until now, since row numbers will mean others.
    private mutating func note() {
        noted = changes()
        notedCount += rows.changedCount
        rows.settle()
    }

    /// Starts the changes of the next epoch.
    mutating func endEpoch() {
        (noted, notedCount) = ([], 0)
        rows.settle()
    }

    /// Gives the rows of some key groups.
    func forEach(
        in groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        for part in batches(rows.rows(in: groups)) { try give(part) }
        var pieces: [ColumnBatch] = []
        var count = 0
        func flush() throws(PipelineError) {
            guard count > 0 else { return }
            try give(StateRows(table: table, rows: ColumnBatch.concatenated(pieces)))
            (pieces, count) = ([], 0)
        }
        try slices?.forEach(in: HashPrefix.range(ofGroups: groups)) { state throws(PipelineError) in
            pieces.append(state)
            count += state.rowCount
            if count >= OutputRows.batchRows { try flush() }
        }
        try flush()
    }

    private var table: String { StreamJoinIntake.tables[isLeft ? 0 : 1] }

    private func batches(_ wanted: Buffer<Int32>) -> [StateRows] {
        stride(from: 0, to: wanted.count, by: OutputRows.batchRows).map { start in
            let part = wanted.slice(start..<min(wanted.count, start + OutputRows.batchRows))
            return StateRows(table: table, rows: rows.stateRows(part))
        }
    }

    /// Whether a table of state says which rows of this side found a partner.
    func isMatches(_ table: String) -> Bool { table == Self.matchedTables[isLeft ? 0 : 1] }

    /// Notes matches as changelogs name them; the rows must be in memory.
    mutating func match(_ changes: ColumnBatch) {
        let columns = changes.columns
        let found = rows.rows(
            EncodedKeys(column: columns[1], hashes: columns[0].elements()), ids: columns[2].elements())
        let matched = Buffer(rows.match(found).array.sorted())
        if leavesMatched { rows.remove(matched) }
    }
}
