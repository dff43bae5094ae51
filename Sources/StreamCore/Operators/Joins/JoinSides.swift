// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// Finds pairs between new rows and the other side's stored rows.
struct JoinSides: ~Copyable {
    private let shape: JoinShape
    private var left: StoredRows
    private var right: StoredRows
    private var output: OutputRows

    /// So many candidates are looked at side by side.
    private static let pairsAtOnce = 32_768
    /// `$hash`, `$key`, `$time` stand before the columns of a side in what intakes send.
    private static let sentColumns = 3
    private static let matchedTables = ["left.matched", "right.matched"]

    init(_ shape: JoinShape, output schema: Schema) {
        self.shape = shape
        let time = [Field("$time", .bigint)]
        left = StoredRows(
            schema: Schema(time + shape.left.fields), hasIDs: shape.keepsUnmatchedLeft || shape.givesLeftAlone)
        right = StoredRows(schema: Schema(time + shape.right.fields), hasIDs: shape.keepsUnmatchedRight)
        output = OutputRows(schema: schema)
    }

    var count: Int { left.liveCount + right.liveCount }
    var byteCount: Int { left.byteCount + right.byteCount }
    var closedThrough: Watermark { max(left.closedThrough, right.closedThrough) }
    var updatedCount: Int { left.updatedCount + right.updatedCount }

    mutating func takeOutput() -> [ColumnBatch] { output.take() }

    // MARK: New rows

    /// Takes rows of a side as intakes send them: finds their partners among the other side's rows, and stores them.
    mutating func take(
        _ batch: ColumnBatch, isLeft: Bool, _ context: EvaluationContext, _ result: inout ShardOutput
    ) {
        var batch = batch
        if let validity = batch.columns[1].validity {
            let alone = batch.taking(validity.inverted.setIndices)
            giveAlone(Array(alone.columns.dropFirst(Self.sentColumns)), count: alone.rowCount, isLeft: isLeft)
            batch = batch.taking(validity.setIndices)
        }
        guard batch.rowCount > 0 else { return }
        let keys = EncodedKeys(column: batch.columns[1], hashes: batch.columns[0].elements())
        let partnered = probe(batch, keys, isLeft: isLeft, context, &result)
        if isLeft && shape.givesLeftAlone {
            let rest = partnered.inverted.setIndices
            if shape.kind == .leftSemi {
                let given = batch.taking(partnered.setIndices)
                output.add(Array(given.columns.dropFirst(Self.sentColumns)), count: given.rowCount)
            }
            store(batch.taking(rest), keys.taking(rest), matched: nil, isLeft: true)
        } else {
            store(batch, keys, matched: partnered, isLeft: isLeft)
        }
    }

    private mutating func store(_ batch: ColumnBatch, _ keys: EncodedKeys, matched: Bitmap?, isLeft: Bool) {
        let rows = ColumnBatch(
            schema: isLeft ? left.schema : right.schema, columns: Array(batch.columns.dropFirst(2)),
            rowCount: batch.rowCount)
        add(rows, keys, matched: matched, ids: nil, isLeft: isLeft)
    }

    private mutating func add(
        _ rows: ColumnBatch, _ keys: EncodedKeys, matched: Bitmap?, ids: Buffer<Int64>?, isLeft: Bool
    ) {
        let expiries = expiries(rows.columns[0], isLeft: isLeft)
        if isLeft {
            left.add(rows, keys: keys, expiries: expiries, matched: matched, ids: ids)
        } else {
            right.add(rows, keys: keys, expiries: expiries, matched: matched, ids: ids)
        }
    }

    private func expiries(_ times: Column, isLeft: Bool) -> Buffer<Int64> {
        guard let patience = shape.patience(isLeft: isLeft) else { return Buffer(repeating: .max, count: times.count) }
        let expiries = Elementwise.map(times.elements(Int64.self)) { EventTimes.shifted($0, by: patience) }
        guard let validity = times.validity else { return expiries }
        var result = BufferBuilder<Int64>(capacity: times.count)
        for row in 0..<times.count { result.append(validity[row] ? expiries[row] : .max) }
        return result.finish()
    }

    /// Finds the partners of a batch; returns which of its rows have one.
    private mutating func probe(
        _ batch: ColumnBatch, _ keys: EncodedKeys, isLeft: Bool, _ context: EvaluationContext,
        _ result: inout ShardOutput
    ) -> Bitmap {
        let starts = isLeft ? right.starts(keys) : left.starts(keys)
        var partnered = [Bool](repeating: false, count: batch.rowCount)
        var cursor = ProbeCursor()
        var hasMore = true
        while hasMore {
            var pairs = RowPairs(limit: Self.pairsAtOnce)
            hasMore =
                isLeft
                ? right.candidates(starts, &cursor, into: &pairs) : left.candidates(starts, &cursor, into: &pairs)
            guard pairs.count > 0 else { continue }
            let candidates = isLeft ? right.grouped(pairs.finish()) : left.grouped(pairs.finish())
            let found = fulfilled(candidates, batch, isLeft: isLeft, context, &result)
            guard found.probing.count > 0 else { continue }
            let rows = found.probing.span
            for pair in rows.indices { partnered[Int(rows[pair])] = true }
            give(found, batch, isLeft: isLeft, &result)
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
            isLeft ? right.gather(pairs.stored, columns: places) : left.gather(pairs.stored, columns: places)
        for (index, column) in zip(ofStore, gathered) { columns[index] = column }
        return columns
    }

    /// Gives pairs that were found, and notes the matches.
    private mutating func give(
        _ pairs: (probing: Buffer<Int32>, stored: Buffer<Int32>), _ batch: ColumnBatch, isLeft: Bool,
        _ result: inout ShardOutput
    ) {
        if shape.givesLeftAlone {
            guard !isLeft else { return }
            let matched = Buffer(left.match(pairs.stored).array.sorted())
            if shape.kind == .leftSemi { giveAlone(left: matched) }
            left.remove(matched)
            result.removedRows += matched.count
            return
        }
        let columns = pairColumns(
            pairs, batch, isLeft: isLeft, wanted: Array(0..<(shape.left.count + shape.right.count)))
        output.add(columns, count: pairs.probing.count)
        if isLeft && shape.keepsUnmatchedRight { _ = right.match(pairs.stored) }
        if !isLeft && shape.keepsUnmatchedLeft { _ = left.match(pairs.stored) }
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

    // MARK: Rows without partner

    /// Gives rows without partner, when their side is one whose rows all come out.
    private mutating func giveAlone(_ columns: [Column], count: Int, isLeft: Bool) {
        guard count > 0, isLeft ? shape.keepsUnmatchedLeft : shape.keepsUnmatchedRight else { return }
        if shape.givesLeftAlone { return output.add(columns, count: count) }
        let others = (isLeft ? shape.right : shape.left).fields.map { Column(nulls: $0.type, count: count) }
        output.add(isLeft ? columns + others : others + columns, count: count)
    }

    private mutating func giveAlone(left rows: Buffer<Int32>) {
        output.add(left.gather(rows, columns: Array(1...shape.left.count)), count: rows.count)
    }

    /// Drops the rows that can find no partner any more, and gives those that never had one; returns how many were dropped.
    mutating func expire(at watermark: Watermark) -> Int {
        // What is given is read before it is dropped: the columns of a row live as long as it does.
        let leftDue = left.due(at: watermark)
        let rightDue = right.due(at: watermark)
        if shape.keepsUnmatchedLeft { giveUnmatched(left.unmatched(leftDue), isLeft: true) }
        if shape.keepsUnmatchedRight { giveUnmatched(right.unmatched(rightDue), isLeft: false) }
        left.remove(leftDue)
        right.remove(rightDue)
        if watermark == .end { giveRest() }
        return leftDue.count + rightDue.count
    }

    /// Gives the unmatched rows that no watermark drops. They count as matched from then on, so that they come out once.
    private mutating func giveRest() {
        if shape.keepsUnmatchedLeft {
            let rows = left.match(left.unmatchedRows())
            giveUnmatched(rows, isLeft: true)
            if shape.givesLeftAlone { left.remove(rows) }
        }
        if shape.keepsUnmatchedRight { giveUnmatched(right.match(right.unmatchedRows()), isLeft: false) }
    }

    private mutating func giveUnmatched(_ rows: Buffer<Int32>, isLeft: Bool) {
        for start in stride(from: 0, to: rows.count, by: OutputRows.batchRows) {
            let part = rows.slice(start..<min(rows.count, start + OutputRows.batchRows))
            let columns =
                isLeft
                ? left.gather(part, columns: Array(1..<(shape.left.count + 1)))
                : right.gather(part, columns: Array(1..<(shape.right.count + 1)))
            giveAlone(columns, count: part.count, isLeft: isLeft)
        }
    }

    // MARK: State

    /// What this epoch changed.
    func changes() -> [StateRows] {
        var result = batches(left.newRows(), isLeft: true) + batches(right.newRows(), isLeft: false)
        let changed = [left.changedRows(), right.changedRows()]
        if changed[0].count > 0 {
            result.append(StateRows(table: Self.matchedTables[0], rows: left.changeRows(changed[0])))
        }
        if changed[1].count > 0 {
            result.append(StateRows(table: Self.matchedTables[1], rows: right.changeRows(changed[1])))
        }
        return result
    }

    mutating func endEpoch() {
        left.endEpoch()
        right.endEpoch()
    }

    /// The rows of some key groups.
    func rows(in groups: Range<Int>) -> [StateRows] {
        batches(left.rows(in: groups), isLeft: true) + batches(right.rows(in: groups), isLeft: false)
    }

    private func batches(_ rows: Buffer<Int32>, isLeft: Bool) -> [StateRows] {
        stride(from: 0, to: rows.count, by: OutputRows.batchRows).map { start in
            let part = rows.slice(start..<min(rows.count, start + OutputRows.batchRows))
            return StateRows(
                table: StreamJoinIntake.tables[isLeft ? 0 : 1],
                rows: isLeft ? left.stateRows(part) : right.stateRows(part))
        }
    }

    /// Takes rows of a changelog or snapshot.
    mutating func restore(_ rows: StateRows) {
        let columns = rows.rows.columns
        let keys = EncodedKeys(column: columns[1], hashes: columns[0].elements())
        if rows.table == Self.matchedTables[0] {
            let found = left.rows(keys, ids: columns[2].elements())
            let matched = Buffer(left.match(found).array.sorted())
            if shape.givesLeftAlone { left.remove(matched) }
        } else if rows.table == Self.matchedTables[1] {
            _ = right.match(right.rows(keys, ids: columns[2].elements()))
        } else {
            let isLeft = rows.table == StreamJoinIntake.tables[0]
            let hasIDs = isLeft ? left.hasIDs : right.hasIDs
            let first = hasIDs ? 4 : 2
            let kept = ColumnBatch(
                schema: isLeft ? left.schema : right.schema, columns: Array(columns.dropFirst(first)),
                rowCount: rows.rows.rowCount)
            add(
                kept, keys, matched: hasIDs ? columns[3].bits : nil, ids: hasIDs ? columns[2].elements() : nil,
                isLeft: isLeft)
        }
    }
}
