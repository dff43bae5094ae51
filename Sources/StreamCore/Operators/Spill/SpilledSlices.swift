// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Rows of state on disk that each wait for a moment: when they are due, or when their key is touched, they come back into memory.
///
/// A slice holds rows whose moments lie near each other, in the order of the prefixes of their keys' hashes. So what is due is
/// in few slices, and the rows of some keys are in few blocks of each; a filter in memory says which keys a slice surely lacks.
///
/// - Rows: `$hash` BIGINT and `$key` BINARY, neither with NULL, then whatever else; the moment is given beside them.
/// - Cost: of keys, a look into each slice's filter, and the blocks that may hold them; of a moment, the slices that reach across it.
///   In memory about 1.5 bytes per row.
/// - Errors: `diskFull` and the like when rows are written: they are then still in memory. `corruptFile` when they are read.
struct SpilledSlices {
    private struct Slice {
        let rows: SpillRun
        /// `nil` where there is no memory for one: any key may be here.
        let filter: KeyFilter?
        /// Not above the first moment, and not below the last, of the rows that are left.
        var firstDue: Int64
        let lastDue: Int64
        /// The rows that were taken out.
        var taken: BitWords
        var left: Int

        var memoryBytes: Int { (filter?.byteCount ?? 0) + taken.byteCount + rows.memoryBytes }
        /// About how many bytes the rows that are left take.
        var leftBytes: Int { rows.byteCount / max(1, rows.rowCount) * left }
    }

    private let area: any SpillArea
    private let schema: Schema
    private let givesDue: Bool
    private let stored: Schema
    /// Rows of about so many bytes make a slice; several of them must fit into memory beside what is there.
    private let sliceBytes: Int
    /// All filters together take no more than this.
    private let filterBytes: Int
    private var slices: [Slice] = []
    /// Rows whose moment was at or before this are forgotten, but for those that wait for ever.
    private var forgotten = Int64.min

    private static let leastSliceBytes = 16 << 10

    /// Nothing yet, for rows of a schema in a shard that may hold so many bytes in memory.
    ///
    /// - Parameter givesDue: whether the rows that are given have their moment as a last column, `$due`.
    init(_ area: any SpillArea, schema: Schema, shardBytes: Int, givesDue: Bool = false) {
        self.area = area
        self.schema = schema
        self.givesDue = givesDue
        stored = Schema(schema.fields + [Field("$due", .bigint, nullable: false)])
        sliceBytes = max(Self.leastSliceBytes, shardBytes / 16)
        filterBytes = shardBytes / 4
    }

    /// How many rows there are; forgotten ones count until their slice has none left.
    var count: Int { slices.reduce(0) { $0 + $1.left } }
    var isEmpty: Bool { slices.isEmpty }
    /// Bytes on disk.
    var spilledBytes: Int { slices.reduce(0) { $0 + $1.rows.byteCount } }
    /// Bytes in memory.
    var memoryBytes: Int { slices.reduce(0) { $0 + $1.memoryBytes } }

    // MARK: Out of memory

    /// Writes rows; `dues` says when each is due, `Int64.max` for never.
    mutating func spill(_ rows: ColumnBatch, dues: Buffer<Int64>) throws(PipelineError) {
        guard rows.rowCount > 0 else { return }
        try write(
            ColumnBatch(schema: stored, columns: rows.columns + [Column(.bigint, dues)], rowCount: rows.rowCount))
        try joinSmall()
    }

    private mutating func write(_ rows: ColumnBatch) throws(PipelineError) {
        let order = Self.order(Self.dues(rows))
        let rowBytes = max(1, rows.byteCount / rows.rowCount)
        // Rows that wait for ever have slices of their own, lest they keep on disk what is forgotten.
        let finite = Self.finiteCount(Self.dues(rows), order)
        for range in [0..<finite, finite..<order.count] where !range.isEmpty {
            // Parts of one size, lest a sliver stays at the end.
            let parts = (range.count * rowBytes + sliceBytes - 1) / sliceBytes
            var start = range.lowerBound
            for part in 1...parts {
                let end = range.lowerBound + range.count * part / parts
                try writeSlice(rows, order.slice(start..<end), blockRows: SpillRun.Writer.blockRows(rowBytes: rowBytes))
                start = end
            }
        }
    }

    /// How many rows, taken in the order of their moments, wait for one that comes.
    private static func finiteCount(_ dues: Buffer<Int64>, _ order: Buffer<Int32>) -> Int {
        var count = order.count
        while count > 0, dues[Int(order[count - 1])] == .max { count -= 1 }
        return count
    }

    private mutating func writeSlice(
        _ rows: ColumnBatch, _ part: Buffer<Int32>, blockRows: Int
    ) throws(PipelineError) {
        guard part.count > 0 else { return }
        let hashes: Buffer<Int64> = rows.columns[0].taking(part).elements()
        let sorted = part.taking(HashPrefix.order(of: hashes.span))
        var writer = try SpillRun.Writer(area, stored)
        var start = 0
        while start < sorted.count {
            let end = min(sorted.count, start + blockRows)
            try writer.append(rows.taking(sorted.slice(start..<end)))
            start = end
        }
        let free = filterBytes - slices.reduce(0) { $0 + ($1.filter?.byteCount ?? 0) }
        let dues = Self.dues(rows)
        slices.append(
            Slice(
                rows: try writer.finish(),
                filter: KeyFilter.byteCount(hashes: part.count) <= free ? KeyFilter(hashes.span) : nil,
                firstDue: dues[Int(part[0])], lastDue: dues[Int(part[part.count - 1])],
                taken: BitWords(count: part.count), left: part.count))
    }

    /// Rows in the order of their moments.
    private static func order(_ dues: Buffer<Int64>) -> Buffer<Int32> {
        let moments = dues.span
        var entries: [(due: Int64, row: Int32)] = []
        entries.reserveCapacity(moments.count)
        for row in moments.indices { entries.append((due: moments[row], row: Int32(truncatingIfNeeded: row))) }
        entries.sort { ($0.due, $0.row) < ($1.due, $1.row) }
        var order = BufferBuilder<Int32>(capacity: entries.count)
        for entry in entries { order.append(entry.row) }
        return order.finish()
    }

    private static func dues(_ rows: ColumnBatch) -> Buffer<Int64> {
        rows.columns[rows.columns.count - 1].elements()
    }

    /// Writes the smallest slices anew as few, when there are many more than the rows need.
    private mutating func joinSmall() throws(PipelineError) {
        let needed = slices.reduce(0) { $0 + $1.leftBytes } / sliceBytes
        guard slices.count > needed * 2 + 16 else { return }
        let joined = slicesToJoin(Array(slices.indices))
        var parts: [ColumnBatch] = []
        for index in joined.sorted() {
            try read(index) { rows, _ throws(PipelineError) in parts.append(rows) }
        }
        slices = slices.indices.filter { !joined.contains($0) }.map { slices[$0] }
        if !parts.isEmpty { try write(ColumnBatch.concatenated(parts)) }
    }

    /// The smallest of some slices, as many as may be in memory together.
    private func slicesToJoin(_ indices: [Int]) -> Set<Int> {
        var joined: Set<Int> = []
        var bytes = 0
        for index in indices.sorted(by: { (slices[$0].leftBytes, $0) < (slices[$1].leftBytes, $1) }) {
            bytes += slices[index].leftBytes
            if bytes > sliceBytes * 4 { break }
            joined.insert(index)
        }
        return joined
    }

    // MARK: Into memory

    /// Takes the rows of some keys out and gives them.
    mutating func take(_ keys: KeySet, _ give: (ColumnBatch) throws(PipelineError) -> Void) throws(PipelineError) {
        let hashes = keys.hashes
        for index in slices.indices {
            var found: [Int] = []
            try read(index, keys, hashes) { rows, places throws(PipelineError) in
                found += places
                try give(rows)
            }
            take(found, from: index)
        }
        slices.removeAll { $0.left == 0 }
    }

    /// Gives the rows of some keys; they stay. Costs what `take` does.
    func find(_ keys: KeySet, _ give: (ColumnBatch) throws(PipelineError) -> Void) throws(PipelineError) {
        let hashes = keys.hashes
        for index in slices.indices {
            try read(index, keys, hashes) { rows, _ throws(PipelineError) in try give(rows) }
        }
    }

    /// Gives the rows of some keys, which have these hashes, that are left of a slice.
    private func read(
        _ index: Int, _ keys: KeySet, _ hashes: Buffer<Int64>,
        _ give: (ColumnBatch, [Int]) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let passing = slices[index].filter?.passing(hashes.span) ?? hashes
        guard passing.count > 0 else { return }
        let prefixes = PrefixSet(passing.span)
        try read(index, prefixes.range, wanted: prefixes) { rows, places throws(PipelineError) in
            let all = EncodedKeys(column: rows.columns[1], hashes: rows.columns[0].elements())
            guard let members = keys.rows(of: all) else { return try give(result(rows), places) }
            guard members.count > 0 else { return }
            try give(result(rows.taking(members)), members.array.map { places[Int($0)] })
        }
    }

    /// Takes rows that are due at a moment out and gives them, and those that stand beside them as long as `room`, in bytes, suffices.
    ///
    /// Of slices that reach across the moment and find no room, what stays is written anew in the order of its moments, so that
    /// the next moment is in few of them.
    mutating func takeDue(
        at moment: Int64, room: Int, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        var room = room
        var crossing: [Int] = []
        for index in slices.indices where slices[index].firstDue <= moment {
            // In memory rows take about twice their bytes.
            let bytes = slices[index].lastDue <= moment ? 0 : slices[index].leftBytes * 2
            if bytes > room {
                crossing.append(index)
            } else {
                room -= bytes
                try read(index) { rows, _ throws(PipelineError) in try give(result(rows)) }
                slices[index].left = 0
            }
        }
        var anew = slicesToJoin(crossing)
        if anew.count == 1 { anew = [] }
        var others: [ColumnBatch] = []
        for index in crossing {
            let isWrittenAnew = anew.contains(index)
            var found: [Int] = []
            var next = Int64.max
            try read(index) { rows, places throws(PipelineError) in
                let dues = Self.dues(rows)
                var due = BufferBuilder<Int32>(capacity: rows.rowCount)
                var later = BufferBuilder<Int32>()
                for row in 0..<rows.rowCount {
                    if dues[row] <= moment {
                        due.append(Int32(row))
                        found.append(places[row])
                    } else if isWrittenAnew {
                        later.append(Int32(row))
                    } else {
                        next = min(next, dues[row])
                    }
                }
                if due.count > 0 { try give(result(rows.taking(due.finish()))) }
                if later.count > 0 { others.append(rows.taking(later.finish())) }
            }
            take(found, from: index)
            if isWrittenAnew { slices[index].left = 0 }
            slices[index].firstDue = next
        }
        slices.removeAll { $0.left == 0 }
        if !others.isEmpty { try write(ColumnBatch.concatenated(others)) }
    }

    /// Forgets the rows that are due at a moment; those that are never due stay.
    ///
    /// - Returns: of the rows whose place on disk is free now, how many there were, and the latest moment.
    mutating func forget(through moment: Int64) -> (count: Int, lastDue: Int64) {
        forgotten = max(forgotten, moment)
        var (count, lastDue) = (0, Int64.min)
        slices.removeAll { slice in
            guard slice.lastDue <= moment, slice.lastDue < .max else { return false }
            count += slice.left
            lastDue = max(lastDue, slice.lastDue)
            return true
        }
        return (count, lastDue)
    }

    /// Gives all rows with prefixes in a range; they stay.
    func forEach(
        in range: Range<UInt32> = 0..<HashPrefix.count, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        for index in slices.indices {
            try read(index, range) { rows, _ throws(PipelineError) in try give(result(rows)) }
        }
    }

    /// Gives the rows that are left of a slice, with their moments and places.
    private func read(
        _ index: Int, _ range: Range<UInt32> = 0..<HashPrefix.count, wanted: PrefixSet? = nil,
        _ give: (ColumnBatch, [Int]) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let (slice, forgotten) = (slices[index], forgotten)
        try slice.rows.read(range, wanted: wanted) { rows, first throws(PipelineError) in
            let dues = Self.dues(rows)
            var left = BufferBuilder<Int32>(capacity: rows.rowCount)
            var places: [Int] = []
            places.reserveCapacity(rows.rowCount)
            for row in 0..<rows.rowCount where !slice.taken.contains(first + row) {
                if dues[row] <= forgotten, dues[row] < .max { continue }
                left.append(Int32(row))
                places.append(first + row)
            }
            if places.isEmpty { return }
            try give(places.count == rows.rowCount ? rows : rows.taking(left.finish()), places)
        }
    }

    private mutating func take(_ places: [Int], from index: Int) {
        for place in places { slices[index].taken.insert(place) }
        slices[index].left -= places.count
    }

    /// Rows as they are given.
    private func result(_ rows: ColumnBatch) -> ColumnBatch {
        if givesDue { return rows }
        return ColumnBatch(schema: schema, columns: Array(rows.columns.dropLast()), rowCount: rows.rowCount)
    }
}

/// A set of places below a bound, a bit each; without memory until there is one.
private struct BitWords {
    private let bound: Int
    private var words: [UInt64] = []

    init(count: Int) { bound = count }

    var byteCount: Int { words.count * 8 }

    func contains(_ place: Int) -> Bool { !words.isEmpty && words[place >> 6] & (1 << UInt64(place & 63)) != 0 }

    mutating func insert(_ place: Int) {
        if words.isEmpty { words = [UInt64](repeating: 0, count: (bound + 63) / 64) }
        words[place >> 6] |= 1 << UInt64(place & 63)
    }
}
