// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// The keys that are known, and until when each is.
final class DeduplicateShard: OperatorShard, @unchecked Sendable {
    private var keys: KnownKeys
    private var absorbed: [ColumnBatch] = []
    private var output: OutputRows
    private let distance: Int64?

    init(output schema: Schema, distance: Int64?) {
        keys = KnownKeys(distance: distance)
        output = OutputRows(schema: schema)
        self.distance = distance
    }

    /// What intakes send: the columns before the input's.
    static func intakeSchema(_ input: Schema) -> Schema {
        Schema(
            [
                Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false),
                Field("$time", .bigint), Field("$order", .bigint, nullable: false),
            ] + input.fields)
    }

    private static let stateSchema = Schema([
        Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false), Field("$expires", .bigint),
    ])

    func absorb(_ rows: StateRows) throws(PipelineError) { absorbed.append(rows.rows) }

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var result = ShardOutput()
        let batches = ShardSplit.joined(absorbed)
        absorbed = []
        for (batch, rows) in zip(batches, keys.first(of: batches)) where rows.count > 0 {
            let given = rows.count == batch.rowCount ? batch : batch.taking(rows)
            output.add(Array(given.columns.dropFirst(4)), count: given.rowCount)
        }
        result.updatedRows = keys.changedCount
        result.removedRows = keys.forget(at: context.watermark)
        result.closedThrough = keys.closedThrough
        let given = output.take()
        if context.isRestoring {
            keys.forgetChanges()
        } else {
            for batch in given { try give(batch) }
        }
        return result
    }

    func takeChanges() -> [StateRows] {
        let ids = keys.changes()
        let rows = stateRows(ids)
        keys.forgetChanges()
        return rows
    }

    func snapshot(groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void) throws(PipelineError) {
        for rows in stateRows(keys.known(in: groups)) { try give(rows) }
    }

    func restore(_ rows: StateRows) throws(PipelineError) {
        let hashes: Buffer<Int64> = rows.rows.columns[0].elements()
        keys.restore(EncodedKeys(column: rows.rows.columns[1], hashes: hashes), expiries: rows.rows.columns[2])
    }

    var size: StateSize {
        StateSize(
            rows: keys.count, memoryBytes: keys.byteCount + absorbed.reduce(0) { $0 + $1.byteCount })
    }

    /// Rows of the changelog or of a snapshot; keys that are never forgotten have no `$expires`.
    private func stateRows(_ ids: Buffer<Int32>) -> [StateRows] {
        stride(from: 0, to: ids.count, by: OutputRows.batchRows).map { start in
            let part = ids.slice(start..<min(ids.count, start + OutputRows.batchRows))
            let (encoded, expiries) = keys.rows(part)
            let expiry =
                distance == nil ? Column(nulls: .bigint, count: part.count) : Column(.bigint, expiries)
            return StateRows(
                table: Deduplicate.table,
                rows: ColumnBatch(
                    schema: Self.stateSchema, columns: [encoded.hashColumn, encoded.column, expiry],
                    rowCount: part.count))
        }
    }
}

/// Keys with the time at which each is forgotten.
private struct KnownKeys: ~Copyable {
    private var table = KeyTable()
    /// By key: when it is forgotten; `forgotten` when it is, `never` for always.
    private var expiries = BufferBuilder<Int64>()
    private var queue = ExpiryQueue()
    /// Keys of this epoch, some perhaps twice.
    private var changed = BufferBuilder<Int32>()
    private let distance: Int64?
    /// How many keys are known.
    private(set) var count = 0

    private static let forgotten = Int64.min
    private static let never = Int64.max
    /// Fewer forgotten keys than this are not worth a new table.
    private static let fewForgotten = 4096

    init(distance: Int64?) { self.distance = distance }

    var changedCount: Int { changed.count }
    var closedThrough: Watermark { Watermark(micros: queue.latestTaken) }
    var byteCount: Int { table.byteCount + expiries.count * 8 + queue.count * 12 }

    /// The rows of each batch that are the first of their key. Columns: `$hash`, `$key`, `$time`, `$order`.
    mutating func first(of batches: [ColumnBatch]) -> [Buffer<Int32>] {
        // What is known from earlier epochs is a duplicate in any order, since a key's time only grows.
        var candidates: [(order: Int64, batch: Int32, row: Int32)] = []
        for (index, batch) in batches.enumerated() {
            let found = table.find(encodedKeys(batch))
            let orders: Buffer<Int64> = batch.columns[3].elements()
            let times: Buffer<Int64> = batch.columns[2].elements()
            let (ids, order, time) = (found.span, orders.span, times.span)
            for row in ids.indices {
                if ids[row] >= 0, expiries[Int(ids[row])] > (distance == nil ? 0 : time[row]) { continue }
                candidates.append((order: order[row], batch: Int32(index), row: Int32(row)))
            }
        }
        candidates.sort { $0.order < $1.order }
        let ids = numbers(of: candidates, batches)
        let times = Self.times(of: candidates, batches)
        var chosen = [[Int32]](repeating: [], count: batches.count)
        var newIDs = BufferBuilder<Int32>()
        var newExpiries = BufferBuilder<Int64>()
        let (idSpan, timeSpan) = (ids.span, times.span)
        for (index, candidate) in candidates.enumerated() {
            let id = Int(idSpan[index])
            let old = expiries[id]
            let time = distance == nil ? 0 : timeSpan[index]
            guard old <= time else { continue }
            let expiry = distance.map { EventTimes.shifted(time, by: $0) } ?? Self.never
            if old == Self.forgotten { count += 1 }
            expiries[id] = expiry
            newIDs.append(Int32(id))
            newExpiries.append(expiry)
            chosen[Int(candidate.batch)].append(candidate.row)
        }
        let added = newIDs.finish()
        changed.append(contentsOf: added)
        queue.add(added, times: newExpiries.finish())
        return chosen.map { Buffer($0.sorted()) }
    }

    /// The numbers of the candidates' keys; new keys get one, as forgotten.
    private mutating func numbers(
        of candidates: [(order: Int64, batch: Int32, row: Int32)], _ batches: [ColumnBatch]
    ) -> Buffer<Int32> {
        let places = Self.places(of: candidates, batches)
        let parts = batches.indices.filter { places.rows[$0].count > 0 }.map { index in
            batches[index].columns[0...1].map { $0.taking(places.rows[index]) }
        }
        guard !parts.isEmpty else { return Buffer() }
        let columns = (0...1).map { column in Column.concatenated(parts.map { $0[column] }).taking(places.order) }
        let hashes: Buffer<Int64> = columns[0].elements()
        let ids = table.ids(for: EncodedKeys(column: columns[1], hashes: hashes))
        expiries.append(repeating: Self.forgotten, count: table.count - expiries.count)
        return ids
    }

    private static func times(
        of candidates: [(order: Int64, batch: Int32, row: Int32)], _ batches: [ColumnBatch]
    ) -> Buffer<Int64> {
        let places = places(of: candidates, batches)
        let parts = batches.indices.filter { places.rows[$0].count > 0 }.map { index in
            batches[index].columns[2].taking(places.rows[index])
        }
        guard !parts.isEmpty else { return Buffer() }
        return Column.concatenated(parts).taking(places.order).elements()
    }

    /// The rows of each batch, and for each candidate where its row stands when those are put below each other.
    private static func places(
        of candidates: [(order: Int64, batch: Int32, row: Int32)], _ batches: [ColumnBatch]
    ) -> (rows: [Buffer<Int32>], order: Buffer<Int32>) {
        var rows = [[Int32]](repeating: [], count: batches.count)
        for candidate in candidates { rows[Int(candidate.batch)].append(candidate.row) }
        var starts: [Int32] = []
        var total: Int32 = 0
        for part in rows {
            starts.append(total)
            total += Int32(part.count)
        }
        var order = BufferBuilder<Int32>(capacity: candidates.count)
        for candidate in candidates {
            order.append(starts[Int(candidate.batch)])
            starts[Int(candidate.batch)] += 1
        }
        return (rows.map { Buffer($0) }, order.finish())
    }

    private func encodedKeys(_ batch: ColumnBatch) -> EncodedKeys {
        EncodedKeys(column: batch.columns[1], hashes: batch.columns[0].elements())
    }

    /// Forgets what the watermark has passed; returns how many keys.
    mutating func forget(at watermark: Watermark) -> Int {
        let due = queue.due(at: watermark.micros)
        let ids = due.span
        var removed = 0
        for index in ids.indices {
            let id = Int(ids[index])
            // A key whose time was moved on since stands in the queue a second time.
            guard expiries[id] != Self.forgotten, expiries[id] <= watermark.micros else { continue }
            expiries[id] = Self.forgotten
            removed += 1
        }
        count -= removed
        return removed
    }

    /// The keys that this epoch added or moved on, each once.
    func changes() -> Buffer<Int32> {
        var result = BufferBuilder<Int32>(capacity: changed.count)
        var last: Int32 = -1
        for id in changed.span.array.sorted() where id != last && expiries[Int(id)] != Self.forgotten {
            result.append(id)
            last = id
        }
        return result.finish()
    }

    /// Starts the changes of the next epoch, and gives back the memory of forgotten keys when they are many.
    mutating func forgetChanges() {
        changed.removeAll()
        guard table.count - count > max(count, Self.fewForgotten) else { return }
        let kept = known(in: 0..<KeyGroups.count)
        var newNumbers = BufferBuilder<Int32>(capacity: table.count)
        newNumbers.append(repeating: -1, count: table.count)
        var newExpiries = BufferBuilder<Int64>(capacity: kept.count)
        let ids = kept.span
        for index in ids.indices {
            newNumbers[Int(ids[index])] = Int32(index)
            newExpiries.append(expiries[Int(ids[index])])
        }
        queue.renumber(newNumbers.span)
        table = table.keeping(kept)
        expiries = newExpiries
    }

    /// The keys of some key groups that are known.
    func known(in groups: Range<Int>) -> Buffer<Int32> {
        let (hashes, times) = (table.hashes, expiries.span)
        var result = BufferBuilder<Int32>()
        for id in times.indices
        where times[id] != Self.forgotten && groups.contains(KeyGroups.group(ofHash: hashes[id])) {
            result.append(Int32(id))
        }
        return result.finish()
    }

    /// Keys with their times.
    func rows(_ ids: Buffer<Int32>) -> (EncodedKeys, Buffer<Int64>) {
        let (numbers, times) = (ids.span, expiries.span)
        var moments = BufferBuilder<Int64>(capacity: ids.count)
        for index in numbers.indices { moments.append(times[Int(numbers[index])]) }
        return (table.keys(ids), moments.finish())
    }

    /// Takes keys of a changelog or snapshot; later ones count.
    mutating func restore(_ keys: EncodedKeys, expiries column: Column) {
        let ids = table.ids(for: keys)
        expiries.append(repeating: Self.forgotten, count: table.count - expiries.count)
        let moments: Buffer<Int64> = column.elements()
        let (numbers, times) = (ids.span, moments.span)
        var queued = BufferBuilder<Int64>(capacity: numbers.count)
        for row in numbers.indices {
            let id = Int(numbers[row])
            let expiry = column.isNull(row) ? Self.never : times[row]
            if expiries[id] == Self.forgotten { count += 1 }
            expiries[id] = expiry
            queued.append(expiry)
        }
        queue.add(ids, times: queued.finish())
    }
}

extension Span where Element == Int32 {
    /// The values as an array.
    fileprivate var array: [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(count)
        for index in indices { result.append(self[index]) }
        return result
    }
}
