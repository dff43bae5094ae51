// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Writes the column chunks of a BOOLEAN leaf: PLAIN, one bit a value.
struct BooleanChunk: ~Copyable {
    private let pages: ChunkPages
    private var pending = BitmapBuilder()
    private var chunkSeen = (no: false, yes: false)
    private(set) var fileSeen = (no: false, yes: false)

    init(_ pages: ChunkPages) { self.pages = pages }

    /// How many bytes are held that no page has yet.
    var pendingBytes: Int { pending.count / 8 }

    /// Appends the values at `selection` (all when `nil`), none of which is null.
    mutating func append(_ storage: Column.Storage, _ selection: Buffer<Int32>?) {
        guard case .bits(let bits) = storage else { preconditionFailure("the layout was checked against the schema") }
        guard let selection else { return pending.append(contentsOf: bits) }
        let (words, positions) = (bits.words.span, selection.span)
        for index in positions.indices {
            let position = Int(positions[index])
            pending.append(words[position >> 6] >> UInt64(position & 63) & 1 != 0)
        }
    }

    /// Ends the data page that is being filled.
    mutating func flushPage() throws(PipelineError) {
        guard pages.pendingLevelCount > 0 else { return }
        var builder = BitmapBuilder(capacity: pending.count)
        swap(&builder, &pending)
        let bits = builder.finish()
        let set = bits.setCount
        if set > 0 { chunkSeen.yes = true }
        if set < bits.count { chunkSeen.no = true }
        try pages.finishDataPage(.plain) { output in
            let words = bits.words.span
            for byte in 0..<((bits.count + 7) / 8) {
                output.append(UInt8(truncatingIfNeeded: words[byte >> 3] >> UInt64((byte & 7) * 8)))
            }
        }
    }

    /// Ends the chunk, gives its bytes away, and begins the next one.
    mutating func finishChunk(
        at offset: Int, _ give: (Buffer<UInt8>) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ColumnChunkMetadata {
        try flushPage()
        var statistics = ChunkStatistics()
        if chunkSeen.no || chunkSeen.yes {
            statistics.minimum = [chunkSeen.no ? 0 : 1]
            statistics.maximum = [chunkSeen.yes ? 1 : 0]
            statistics.isMinimumExact = true
            statistics.isMaximumExact = true
        }
        fileSeen = (fileSeen.no || chunkSeen.no, fileSeen.yes || chunkSeen.yes)
        chunkSeen = (false, false)
        return try pages.finishChunk(at: offset, statistics, give)
    }
}
