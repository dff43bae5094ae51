// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Rows of state on disk, in the order of the prefixes of their hashes, which are column 0. Its file goes when it goes.
final class SpillRun: Sendable {
    /// Neighbouring rows.
    struct Block: Sendable {
        /// How many rows stand before it.
        let firstRow: Int
        /// The least and the greatest prefix of its rows.
        let first: UInt32
        let last: UInt32
        let place: SpillBlock
    }

    private let file: any SpillFile
    private let schema: Schema
    private let blocks: [Block]
    let rowCount: Int
    let byteCount: Int

    fileprivate init(_ file: any SpillFile, _ schema: Schema, _ blocks: [Block]) {
        self.file = file
        self.schema = schema
        self.blocks = blocks
        rowCount = blocks.reduce(0) { $0 + $1.place.rowCount }
        byteCount = blocks.reduce(0) { $0 + $1.place.byteCount }
    }

    /// What its index takes in memory.
    var memoryBytes: Int { blocks.count * MemoryLayout<Block>.stride }

    /// The prefixes that its rows have.
    var prefixes: Range<UInt32> {
        guard let first = blocks.first?.first, let last = blocks.last?.last else { return 0..<0 }
        return first..<(last + 1)
    }

    /// Gives the rows with prefixes in `range`, block by block and each with the place of its first row, without blocks none of whose
    /// prefixes is wanted.
    func read(
        _ range: Range<UInt32>, wanted: PrefixSet? = nil, _ give: (ColumnBatch, Int) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].last < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        while low < blocks.count, blocks[low].first < range.upperBound {
            let block = blocks[low]
            low += 1
            if let wanted, !wanted.hasAny(in: block.first...block.last) { continue }
            let rows = try file.read(block.place, schema)
            guard block.first < range.lowerBound || block.last >= range.upperBound else {
                try give(rows, block.firstRow)
                continue
            }
            let part = Self.rows(of: rows, in: range)
            if !part.isEmpty { try give(rows.slice(part), block.firstRow + part.lowerBound) }
        }
    }

    /// Where the rows of a range of prefixes stand in a block, which is in their order.
    static func rows(of block: ColumnBatch, in range: Range<UInt32>) -> Range<Int> {
        let hashes: Buffer<Int64> = block.columns[0].elements()
        let span = hashes.span
        func position(of prefix: UInt32) -> Int {
            var (low, high) = (0, span.count)
            while low < high {
                let middle = (low + high) / 2
                if HashPrefix.of(span[middle]) < prefix { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return position(of: range.lowerBound)..<position(of: range.upperBound)
    }

    /// Writes a run.
    struct Writer {
        private let file: any SpillFile
        private let schema: Schema
        private var blocks: [Block] = []
        private var rowCount = 0

        init(_ area: any SpillArea, _ schema: Schema) throws(PipelineError) {
            file = try area.makeFile()
            self.schema = schema
        }

        /// Bytes of a block, about: small enough to be read for a few keys, large enough to be worth a call.
        private static let blockBytes = 128 << 10

        /// How many rows of about so many bytes make a block.
        static func blockRows(rowBytes: Int) -> Int { min(4_096, max(16, blockBytes / max(1, rowBytes))) }

        /// Appends a block of rows; blocks come in the order of prefixes.
        mutating func append(_ rows: ColumnBatch) throws(PipelineError) {
            guard rows.rowCount > 0 else { return }
            let hashes: Buffer<Int64> = rows.columns[0].elements()
            let place = try file.append(rows)
            blocks.append(
                Block(
                    firstRow: rowCount, first: HashPrefix.of(hashes[0]),
                    last: HashPrefix.of(hashes[rows.rowCount - 1]), place: place))
            rowCount += rows.rowCount
        }

        /// The run.
        consuming func finish() throws(PipelineError) -> SpillRun {
            try file.seal()
            return SpillRun(file, schema, blocks)
        }
    }
}
