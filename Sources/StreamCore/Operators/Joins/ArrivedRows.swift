// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// The rows of an epoch until it ends, when those of a key must be together. Their first column is `$hash`.
///
/// More than a bound are on disk, in the order of the prefixes of their hashes, and come back one range of prefixes after another.
struct ArrivedRows {
    private var batches: [ColumnBatch] = []
    private var runs: [SpillRun] = []
    private let area: (any SpillArea)?
    /// Rows of so many bytes may be in memory.
    private let bound: Int
    private(set) var memoryBytes = 0

    /// How much of the bound is sorted at once on its way to disk, and worked on at once.
    private static let parts = 4
    private static let leastPartBytes = 4 << 10

    /// No rows; so many bytes may be in memory.
    init(bound: Int, _ area: (any SpillArea)?) {
        self.area = area
        self.bound = area == nil ? .max : bound
    }

    var spilledBytes: Int { runs.reduce(0) { $0 + $1.byteCount } }
    private var partBytes: Int { max(Self.leastPartBytes, bound / Self.parts) }

    /// Adds rows.
    mutating func add(_ rows: ColumnBatch) throws(PipelineError) {
        guard rows.rowCount > 0 else { return }
        batches.append(rows)
        memoryBytes += rows.byteCount
        if memoryBytes > bound, let area { try spill(area) }
    }

    private mutating func spill(_ area: any SpillArea) throws(PipelineError) {
        var rest = batches[...]
        (batches, memoryBytes) = ([], 0)
        while let first = rest.popFirst() {
            var group = [first]
            var bytes = first.byteCount
            while let next = rest.first, bytes + next.byteCount <= partBytes {
                group.append(next)
                bytes += next.byteCount
                rest.removeFirst()
            }
            let rows = ColumnBatch.concatenated(group)
            let order = Self.order(rows)
            let step = SpillRun.Writer.blockRows(rowBytes: bytes / rows.rowCount)
            var writer = try SpillRun.Writer(area, rows.schema)
            for start in stride(from: 0, to: rows.rowCount, by: step) {
                try writer.append(rows.taking(order.slice(start..<min(rows.rowCount, start + step))))
            }
            runs.append(try writer.finish())
        }
    }

    private static func order(_ rows: ColumnBatch) -> Buffer<Int32> {
        let hashes: Buffer<Int64> = rows.columns[0].elements()
        return HashPrefix.order(of: hashes.span)
    }

    /// Gives all rows away: those of a key are in the same part.
    ///
    /// - Parameter isCut: whether parts should be small even of rows that are all in memory.
    consuming func forEachPart(
        isCut: Bool, _ body: ([ColumnBatch]) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let parts = (memoryBytes + spilledBytes) / partBytes + 1
        guard isCut && parts > 1 || !runs.isEmpty else { return try body(ShardSplit.joined(batches)) }
        let sorted = batches.map { $0.taking(Self.order($0)) }
        batches = []
        for range in HashPrefix.ranges(prefixes(sorted), parts: parts) {
            var part: [ColumnBatch] = []
            for run in runs { try run.read(range) { rows, _ in part.append(rows) } }
            for rows in sorted { part.append(rows.slice(SpillRun.rows(of: rows, in: range))) }
            part = ShardSplit.joined(part)
            if !part.isEmpty { try body(part) }
        }
    }

    /// From the least to the greatest prefix.
    private func prefixes(_ sorted: [ColumnBatch]) -> Range<UInt32> {
        var (low, high) = (HashPrefix.count, UInt32.min)
        for run in runs {
            (low, high) = (min(low, run.prefixes.lowerBound), max(high, run.prefixes.upperBound))
        }
        for rows in sorted {
            let hashes: Buffer<Int64> = rows.columns[0].elements()
            low = min(low, HashPrefix.of(hashes[0]))
            high = max(high, HashPrefix.of(hashes[hashes.count - 1]) + 1)
        }
        return low < high ? low..<high : 0..<0
    }
}
