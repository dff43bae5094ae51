// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// Finds pairs between new rows and the other side's stored rows.
struct JoinSides: ~Copyable {
    private let shape: JoinShape
    private let memory: ShardMemory
    private var left: JoinSide
    private var right: JoinSide
    private let output: JoinOutput
    /// Matches that a changelog names, by side. They are noted at the end of its epoch, with all the rows that they may mean.
    private var matches: [[ColumnBatch]] = [[], []]
    /// How many bytes of rows a new one took back from disk of late; `nil` before any did.
    private var takenBytesPerRow: Int?

    /// So many candidates are looked at side by side.
    private static let pairsAtOnce = 32_768
    /// `$hash`, `$key`, `$time` stand before the columns of a side in what intakes send.
    private static let sentColumns = 3
    private static let leastPartBytes = 1 << 10

    init(_ shape: JoinShape, output schema: Schema, _ memory: ShardMemory) {
        self.shape = shape
        self.memory = memory
        left = JoinSide(shape, isLeft: true, memory)
        right = JoinSide(shape, isLeft: false, memory)
        output = JoinOutput(shape, schema: schema)
    }

    var count: Int { left.count + right.count }
    var byteCount: Int {
        rowBytes + left.sliceBytes + right.sliceBytes + left.notedBytes + right.notedBytes
            + matches.joined().reduce(0) { $0 + $1.byteCount }
    }
    var spilledBytes: Int { left.spilledBytes + right.spilledBytes }
    var closedThrough: Watermark { max(left.closedThrough, right.closedThrough) }
    var updatedCount: Int { left.updatedCount + right.updatedCount }

    // MARK: Memory

    private var rowBytes: Int { left.rows.byteCount + right.rows.byteCount }

    /// How many bytes the rows in memory may take, beside what those on disk take there.
    private var roomForRows: Int {
        guard memory.area != nil else { return .max }
        return max(memory.bytes / 4, memory.bytes - left.sliceBytes - right.sliceBytes)
    }

    /// Moves rows to disk when those in memory are too large: half of the room stays free for what comes, or they would go a few at a
    /// time.
    private mutating func spill() throws(PipelineError) {
        let (held, room) = (rowBytes, roomForRows)
        guard held > room else { return }
        let share = Double(room / 2) / Double(held)
        try left.spill(downTo: Int(Double(left.rows.byteCount) * share))
        try right.spill(downTo: Int(Double(right.rows.byteCount) * share))
    }

    /// Cuts what an epoch brings for each side into ranges of keys, each of which fits into memory beside the rows that it asks for.
    /// One key is never cut: its rows have to fit.
    private func parts(_ batches: [[ColumnBatch]]) -> [[[ColumnBatch]]] {
        let (rows, bytes) = batches.joined().reduce((0, 0)) { ($0.0 + $1.rowCount, $0.1 + $1.byteCount) }
        guard rows > 0 else { return [] }
        guard memory.area != nil else { return [batches] }
        // On disk and in batches rows take about half of what they take where they are stored.
        let most = spilledBytes * 2
        let needed = bytes * 2 + (takenBytesPerRow.map { min(most, $0 * rows * 2) } ?? most)
        guard needed > roomForRows - min(rowBytes, roomForRows) else { return [batches] }
        return ShardSplit.parts(batches, count: needed / max(Self.leastPartBytes, memory.bytes / 4) + 1)
    }

    /// Takes the rows back from disk that have the keys of some batches; returns how many bytes they are.
    private mutating func takeBack(
        left batches: [ColumnBatch], right others: [ColumnBatch]
    ) throws(PipelineError) -> Int {
        var taken = 0
        if left.hasSpilled { taken += try left.takeBack(Self.keys(batches)) }
        if right.hasSpilled { taken += try right.takeBack(Self.keys(others)) }
        return taken
    }

    private static func keys(_ batches: [ColumnBatch]) -> KeySet {
        let keys = KeySet()
        for batch in batches {
            let all = EncodedKeys(column: batch.columns[1], hashes: batch.columns[0].elements())
            keys.add(batch.columns[1].validity.map { all.taking($0.setIndices) } ?? all)
        }
        return keys
    }

    // MARK: New rows

    /// Takes an epoch's rows out of `batches`, by side as intakes send them: finds the partners of each among the other side's rows,
    /// and stores it.
    mutating func take(
        _ batches: inout [[ColumnBatch]], _ context: EvaluationContext, _ result: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let asks = left.hasSpilled || right.hasSpilled
        var (taken, rows) = (0, 0)
        // Each part goes as soon as it is done.
        var waiting = Array(parts(batches).reversed())
        batches = [[], []]
        while let part = waiting.popLast() {
            rows += part.joined().reduce(0) { $0 + $1.rowCount }
            taken += try takeBack(left: part[1], right: part[0])
            for side in 0...1 {
                for batch in ShardSplit.joined(part[side]) {
                    try take(batch, isLeft: side == 0, context, &result, give)
                }
            }
            try spill()
        }
        if asks, rows > 0 { takenBytesPerRow = max((taken + rows - 1) / rows, (takenBytesPerRow ?? 0) / 2) }
    }

    private mutating func take(
        _ batch: ColumnBatch, isLeft: Bool, _ context: EvaluationContext, _ result: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        var batch = batch
        if let validity = batch.columns[1].validity {
            // Intakes leave such rows out where they do not come out.
            let alone = batch.taking(validity.inverted.setIndices)
            output.add(
                alone: Array(alone.columns.dropFirst(Self.sentColumns)), count: alone.rowCount, isLeft: isLeft)
            batch = batch.taking(validity.setIndices)
        }
        guard batch.rowCount > 0 else { return try output.giveWhole(give) }
        let keys = EncodedKeys(column: batch.columns[1], hashes: batch.columns[0].elements())
        let partnered = try probe(batch, keys, isLeft: isLeft, context, &result, give)
        if isLeft && shape.givesLeftAlone {
            let rest = partnered.inverted.setIndices
            if shape.kind == .leftSemi {
                let given = batch.taking(partnered.setIndices)
                output.add(
                    alone: Array(given.columns.dropFirst(Self.sentColumns)), count: given.rowCount, isLeft: true)
            }
            left.add(Array(batch.taking(rest).columns.dropFirst(2)), keys.taking(rest), matched: nil)
        } else if isLeft {
            left.add(Array(batch.columns.dropFirst(2)), keys, matched: partnered)
        } else {
            right.add(Array(batch.columns.dropFirst(2)), keys, matched: partnered)
        }
        try output.giveWhole(give)
    }

    /// Finds the partners of a batch; returns which of its rows have one.
    private mutating func probe(
        _ batch: ColumnBatch, _ keys: EncodedKeys, isLeft: Bool, _ context: EvaluationContext,
        _ result: inout ShardOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> Bitmap {
        let starts = isLeft ? right.rows.starts(keys) : left.rows.starts(keys)
        var partnered = [Bool](repeating: false, count: batch.rowCount)
        var cursor = ProbeCursor()
        var hasMore = true
        while hasMore {
            var pairs = RowPairs(limit: Self.pairsAtOnce)
            hasMore =
                isLeft
                ? right.rows.candidates(starts, &cursor, into: &pairs)
                : left.rows.candidates(starts, &cursor, into: &pairs)
            guard pairs.count > 0 else { continue }
            let candidates = isLeft ? right.rows.grouped(pairs.finish()) : left.rows.grouped(pairs.finish())
            let found = fulfilled(candidates, batch, isLeft: isLeft, context, &result)
            guard found.probing.count > 0 else { continue }
            let rows = found.probing.span
            for pair in rows.indices { partnered[Int(rows[pair])] = true }
            addPairs(found, batch, isLeft: isLeft, &result)
            try output.giveWhole(give)
        }
        return Bitmap(partnered)
    }

    /// Those pairs for which the condition is true.
    private func fulfilled(
        _ pairs: (probing: Buffer<Int32>, stored: Buffer<Int32>), _ batch: ColumnBatch, isLeft: Bool,
        _ context: EvaluationContext, _ result: inout ShardOutput
    ) -> (probing: Buffer<Int32>, stored: Buffer<Int32>) {
        guard let condition = shape.condition else { return pairs }
        let columns = pairColumns(pairs, batch, isLeft: isLeft, wanted: condition.inputs)
        var errors = RowErrors()
        let frame = EvaluationFrame(columns: columns, count: pairs.probing.count, context: context)
        var truth = condition.condition(frame, errors: &errors).truth
        if !errors.isEmpty { truth = truth.andNot(note(errors, pairs.probing, batch, &result)) }
        if truth.allSet { return pairs }
        let kept = truth.setIndices
        return (pairs.probing.taking(kept), pairs.stored.taking(kept))
    }

    /// The columns of pairs, left before right; those that are not wanted are absent.
    private func pairColumns(
        _ pairs: (probing: Buffer<Int32>, stored: Buffer<Int32>), _ batch: ColumnBatch, isLeft: Bool, wanted: [Int]
    ) -> [Column] {
        let leftCount = shape.left.count
        var columns = [Column](repeating: TracedRows.absent, count: leftCount + shape.right.count)
        let ofBatch = wanted.filter { ($0 < leftCount) == isLeft }
        for index in ofBatch {
            let column = isLeft ? index : index - leftCount
            columns[index] = batch.columns[Self.sentColumns + column].taking(pairs.probing)
        }
        let ofStore = wanted.filter { ($0 < leftCount) != isLeft }
        // `$time` stands before the columns of a side in the store.
        let places = ofStore.map { (isLeft ? $0 - leftCount : $0) + 1 }
        let gathered =
            isLeft ? right.rows.gather(pairs.stored, columns: places) : left.rows.gather(pairs.stored, columns: places)
        for (index, column) in zip(ofStore, gathered) { columns[index] = column }
        return columns
    }

    /// Adds pairs that were found to the output, and notes the matches.
    private mutating func addPairs(
        _ pairs: (probing: Buffer<Int32>, stored: Buffer<Int32>), _ batch: ColumnBatch, isLeft: Bool,
        _ result: inout ShardOutput
    ) {
        if shape.givesLeftAlone {
            guard !isLeft else { return }
            let matched = Buffer(left.rows.match(pairs.stored).array.sorted())
            if shape.kind == .leftSemi {
                let columns = left.rows.gather(matched, columns: Array(1...shape.left.count))
                output.add(alone: columns, count: matched.count, isLeft: true)
            }
            left.rows.remove(matched)
            result.removedRows += matched.count
            return
        }
        let columns = pairColumns(
            pairs, batch, isLeft: isLeft, wanted: Array(0..<(shape.left.count + shape.right.count)))
        output.add(pairs: columns, count: pairs.probing.count)
        if isLeft && shape.keepsUnmatchedRight { _ = right.rows.match(pairs.stored) }
        if !isLeft && shape.keepsUnmatchedLeft { _ = left.rows.match(pairs.stored) }
    }

    /// Reports pairs whose condition failed, once for each new row; returns them.
    private func note(
        _ errors: RowErrors, _ probing: Buffer<Int32>, _ batch: ColumnBatch, _ result: inout ShardOutput
    ) -> Bitmap {
        var failed = [Bool](repeating: false, count: probing.count)
        var reported: Set<Int32> = []
        for entry in errors.entries {
            failed[Int(entry.row)] = true
            let row = probing[Int(entry.row)]
            guard reported.insert(row).inserted else { continue }
            let message = entry.expression.isEmpty ? entry.message : "\(entry.message) in \(entry.expression)"
            let key = batch.columns[1].taking(Buffer([row]))
            result.failures.append(
                GroupFailure(code: entry.code, message: message, key: KeyText.json(key, shape.keyTypes, shape.keyNames))
            )
        }
        return Bitmap(failed)
    }

    // MARK: The end of an epoch

    /// Drops the rows that can find no partner any more, and gives all that the epoch is to give; returns how many were dropped.
    mutating func expire(
        at watermark: Watermark, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> Int {
        var dropped = try left.expire(at: watermark, room: roomForRows - min(rowBytes, roomForRows), into: output, give)
        dropped += try right.expire(at: watermark, room: roomForRows - min(rowBytes, roomForRows), into: output, give)
        try output.giveAll(give)
        try spill()
        return dropped
    }

    /// What this epoch changed.
    func changes() -> [StateRows] { left.changes() + right.changes() }

    mutating func endEpoch() {
        left.endEpoch()
        right.endEpoch()
    }

    // MARK: State

    /// Gives the rows of some key groups.
    func forEach(
        in groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try left.forEach(in: groups, give)
        try right.forEach(in: groups, give)
    }

    /// Takes rows of a changelog or snapshot.
    mutating func restore(_ rows: StateRows) throws(PipelineError) {
        if left.isMatches(rows.table) {
            matches[0].append(rows.rows)
        } else if right.isMatches(rows.table) {
            matches[1].append(rows.rows)
        } else {
            if rows.table == StreamJoinIntake.tables[0] {
                left.add(state: rows.rows)
            } else {
                right.add(state: rows.rows)
            }
            try spill()
        }
    }

    /// Notes the matches that the changelog of an epoch named.
    mutating func noteMatches() throws(PipelineError) {
        var waiting = Array(parts(matches).reversed())
        matches = [[], []]
        while let part = waiting.popLast() {
            _ = try takeBack(left: part[0], right: part[1])
            for batch in part[0] { left.match(batch) }
            for batch in part[1] { right.match(batch) }
            try spill()
        }
    }
}
