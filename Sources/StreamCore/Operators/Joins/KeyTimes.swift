// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Keys with the time until which each is known.
struct KeyTimes: ~Copyable {
    private var table = KeyTable()
    /// By the key's number: when it is forgotten; `forgotten` when it is, `never` for always.
    var ends = BufferBuilder<Int64>()
    private let isTimed: Bool

    static let forgotten = Int64.min
    static let never = Int64.max

    /// No keys yet; whether the event times of rows matter.
    init(isTimed: Bool) { self.isTimed = isTimed }

    /// How many keys have a number.
    var count: Int { table.count }
    var byteCount: Int { table.byteCount + ends.count * 8 }
    var hashes: Span<Int64> {
        @_lifetime(borrow self)
        get { table.hashes }
    }

    /// The numbers of keys; new keys get one, as forgotten.
    mutating func ids(for keys: EncodedKeys) -> Buffer<Int32> {
        let ids = table.ids(for: keys)
        ends.append(repeating: Self.forgotten, count: table.count - ends.count)
        return ids
    }

    /// The numbers of keys; -1 for those that have none.
    func find(_ keys: EncodedKeys) -> Buffer<Int32> { table.find(keys) }

    /// The rows of a batch whose keys are not known at the rows' event times; `nil` for all.
    func unknown(_ rows: ColumnBatch) -> Buffer<Int32>? {
        if count == 0 { return nil }
        let found = table.find(DeduplicateShard.keys(rows))
        let times: Buffer<Int64> = rows.columns[2].elements()
        let (ids, time, ends) = (found.span, times.span, ends.span)
        var rest = BufferBuilder<Int32>(capacity: ids.count)
        for row in ids.indices {
            if ids[row] >= 0, ends[Int(ids[row])] > (isTimed ? time[row] : 0) { continue }
            rest.append(Int32(truncatingIfNeeded: row))
        }
        return rest.count == ids.count ? nil : rest.finish()
    }

    /// Keeps only these keys, renumbered in this order.
    mutating func keep(_ ids: Buffer<Int32>) {
        let numbers = ids.span
        var kept = BufferBuilder<Int64>(capacity: ids.count)
        for index in numbers.indices { kept.append(ends[Int(numbers[index])]) }
        table = table.keeping(ids)
        ends = kept
    }

    /// Keys with their times.
    func rows(_ ids: Buffer<Int32>) -> (EncodedKeys, Buffer<Int64>) {
        let (numbers, all) = (ids.span, ends.span)
        var times = BufferBuilder<Int64>(capacity: ids.count)
        for index in numbers.indices { times.append(all[Int(numbers[index])]) }
        return (table.keys(ids), times.finish())
    }
}
