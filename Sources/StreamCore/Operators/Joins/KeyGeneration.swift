// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Keys in memory with the time at which each is forgotten.
struct KeyGeneration: ~Copyable {
    private var times: KeyTimes
    private var queue = ExpiryQueue()
    /// Keys of this epoch, some perhaps twice.
    private var changed = BufferBuilder<Int32>()
    private let distance: Int64?
    /// How many keys are known.
    private(set) var count = 0

    /// Fewer forgotten keys than this are not worth a new table.
    private static let fewForgotten = 4096

    /// No keys yet, each of which will be known for so long after its event time; `nil` for ever.
    init(distance: Int64?) {
        self.distance = distance
        times = KeyTimes(isTimed: distance != nil)
    }

    var changedCount: Int { changed.count }
    /// The latest time of a key that was forgotten.
    var latestForgotten: Int64 { queue.latestTaken }
    var byteCount: Int { times.byteCount + queue.count * 12 + changed.count * 4 }

    /// The rows of a batch that are no duplicates of what is known from earlier epochs; `nil` for all.
    func unknown(_ rows: ColumnBatch) -> Buffer<Int32>? { times.unknown(rows) }

    /// Forgets keys that are known elsewhere for longer.
    mutating func release(_ keys: EncodedKeys) {
        let found = times.find(keys)
        let ids = found.span
        for row in ids.indices where ids[row] >= 0 && times.ends[Int(ids[row])] != KeyTimes.forgotten {
            times.ends[Int(ids[row])] = KeyTimes.forgotten
            count -= 1
        }
    }

    /// Of rows that are no duplicates of earlier epochs, those of each batch that are the first of their key.
    mutating func first(of batches: [ColumnBatch]) -> [Buffer<Int32>] {
        let total = batches.reduce(0) { $0 + $1.rowCount }
        guard total > 0 else { return batches.map { _ in Buffer() } }
        var columns = (0...3).map { index in Column.concatenated(batches.map { $0.columns[index] }) }
        let order = Self.order(columns.removeLast().elements())
        if let order { columns = columns.map { $0.taking(order) } }
        let ids = times.ids(for: EncodedKeys(column: columns[1], hashes: columns[0].elements()))
        let moments: Buffer<Int64> = columns[2].elements()
        var isFirst = BufferBuilder<UInt8>(capacity: total)
        isFirst.append(repeating: 0, count: total)
        var newIDs = BufferBuilder<Int32>(capacity: total)
        var newEnds = BufferBuilder<Int64>(capacity: total)
        let (numbers, time) = (ids.span, moments.span)
        for index in numbers.indices {
            let id = Int(numbers[index])
            let old = times.ends[id]
            let time = distance == nil ? 0 : time[index]
            guard old <= time else { continue }
            let end = distance.map { EventTimes.shifted(time, by: $0) } ?? KeyTimes.never
            if old == KeyTimes.forgotten { count += 1 }
            times.ends[id] = end
            newIDs.append(numbers[index])
            newEnds.append(end)
            isFirst[order.map { Int($0[index]) } ?? index] = 1
        }
        let added = newIDs.finish()
        changed.append(contentsOf: added)
        queue.add(added, times: newEnds.finish())
        return Self.rows(isFirst.span, batches)
    }

    /// Rows in the order of the source; `nil` when they are.
    private static func order(_ orders: Buffer<Int64>) -> Buffer<Int32>? {
        let order = orders.span
        var entries: [(order: Int64, row: Int32)] = []
        guard (1..<order.count).contains(where: { orders[$0] < orders[$0 - 1] }) else { return nil }
        entries.reserveCapacity(order.count)
        for row in order.indices { entries.append((order: order[row], row: Int32(truncatingIfNeeded: row))) }
        entries.sort { $0.order < $1.order }
        var rows = BufferBuilder<Int32>(capacity: entries.count)
        for entry in entries { rows.append(entry.row) }
        return rows.finish()
    }

    /// The rows of each batch that are marked, where they stand below each other.
    private static func rows(_ marks: Span<UInt8>, _ batches: [ColumnBatch]) -> [Buffer<Int32>] {
        var start = 0
        return batches.map { batch in
            var rows = BufferBuilder<Int32>(capacity: batch.rowCount)
            for row in 0..<batch.rowCount where marks[start + row] != 0 { rows.append(Int32(truncatingIfNeeded: row)) }
            start += batch.rowCount
            return rows.finish()
        }
    }

    /// Forgets what the watermark has passed; returns how many keys.
    mutating func forget(at watermark: Watermark) -> Int {
        let due = queue.due(at: watermark.micros)
        let ids = due.span
        var removed = 0
        for index in ids.indices {
            let id = Int(ids[index])
            // A key whose time was moved on since stands in the queue a second time.
            guard times.ends[id] != KeyTimes.forgotten, times.ends[id] <= watermark.micros else { continue }
            times.ends[id] = KeyTimes.forgotten
            removed += 1
        }
        count -= removed
        return removed
    }

    /// The keys that this epoch added or moved on and that are known beyond a watermark, each once.
    func changes(after watermark: Watermark) -> Buffer<Int32> {
        var result = BufferBuilder<Int32>(capacity: changed.count)
        var last: Int32 = -1
        for id in changed.span.array.sorted() where id != last {
            last = id
            let end = times.ends[Int(id)]
            if end > watermark.micros || end == KeyTimes.never { result.append(id) }
        }
        return result.finish()
    }

    /// Starts the changes of the next epoch, and gives back the memory of forgotten keys when they are many.
    mutating func forgetChanges() {
        changed.removeAll()
        guard times.count - count > max(count, Self.fewForgotten) else { return }
        let kept = known(in: 0..<KeyGroups.count)
        var newNumbers = BufferBuilder<Int32>(capacity: times.count)
        newNumbers.append(repeating: -1, count: times.count)
        let ids = kept.span
        for index in ids.indices { newNumbers[Int(ids[index])] = Int32(index) }
        queue.renumber(newNumbers.span)
        times.keep(kept)
    }

    /// The keys of some key groups that are known.
    func known(in groups: Range<Int>) -> Buffer<Int32> {
        let (hashes, ends) = (times.hashes, times.ends.span)
        var result = BufferBuilder<Int32>()
        for id in ends.indices
        where ends[id] != KeyTimes.forgotten && groups.contains(KeyGroups.group(ofHash: hashes[id])) {
            result.append(Int32(id))
        }
        return result.finish()
    }

    /// Keys with their times.
    func rows(_ ids: Buffer<Int32>) -> (EncodedKeys, Buffer<Int64>) { times.rows(ids) }

    /// Takes keys of a changelog or snapshot; of several times of a key the latest counts.
    mutating func restore(_ keys: EncodedKeys, until ends: Buffer<Int64>) {
        let ids = times.ids(for: keys)
        let (numbers, moments) = (ids.span, ends.span)
        for row in numbers.indices {
            let id = Int(numbers[row])
            if times.ends[id] == KeyTimes.forgotten { count += 1 }
            times.ends[id] = max(times.ends[id], moments[row])
        }
        queue.add(ids, times: ends)
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
