// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Writes one leaf column, by the kind of its values. Calls are made per batch; the loops behind them know their type.
enum LeafWriter {
    case boolean(Owned<BooleanChunk>, ChunkPages)
    case int32(Owned<NumberChunk<Int32>>, ChunkPages)
    case int64(Owned<NumberChunk<Int64>>, ChunkPages)
    case int128(Owned<NumberChunk<Int128>>, ChunkPages)
    case bytes(Owned<BytesChunk>, ChunkPages)

    init(_ leaf: LeafColumn, _ compressor: PageCompressor, dictionaryBytes: Int) {
        let pages = ChunkPages(leaf, compressor)
        switch leaf.physicalType {
        case .boolean: self = .boolean(Owned(BooleanChunk(pages)), pages)
        case .int32, .float: self = .int32(Owned(NumberChunk(pages, dictionaryBytes: dictionaryBytes)), pages)
        case .int64, .double, .int96: self = .int64(Owned(NumberChunk(pages, dictionaryBytes: dictionaryBytes)), pages)
        case .fixedLenByteArray: self = .int128(Owned(NumberChunk(pages, dictionaryBytes: dictionaryBytes)), pages)
        case .byteArray: self = .bytes(Owned(BytesChunk(pages, dictionaryBytes: dictionaryBytes)), pages)
        }
    }

    var pages: ChunkPages {
        switch self {
        case .boolean(_, let pages), .int32(_, let pages), .int64(_, let pages), .int128(_, let pages),
            .bytes(_, let pages):
            pages
        }
    }

    /// Bytes of values that no page has yet.
    var pendingBytes: Int {
        switch self {
        case .boolean(let chunk, _): chunk.value.pendingBytes
        case .int32(let chunk, _): chunk.value.pendingBytes
        case .int64(let chunk, _): chunk.value.pendingBytes
        case .int128(let chunk, _): chunk.value.pendingBytes
        case .bytes(let chunk, _): chunk.value.pendingBytes
        }
    }

    /// Appends the values at `selection` (all when `nil`), none of which is null.
    func append(_ storage: Column.Storage, _ selection: Buffer<Int32>?) throws(PipelineError) {
        switch self {
        case .boolean(let chunk, _): chunk.value.append(storage, selection)
        case .int32(let chunk, _): try chunk.value.append(storage, selection)
        case .int64(let chunk, _): try chunk.value.append(storage, selection)
        case .int128(let chunk, _): try chunk.value.append(storage, selection)
        case .bytes(let chunk, _): try chunk.value.append(storage, selection)
        }
    }

    /// Ends the data page that is being filled.
    func flushPage() throws(PipelineError) {
        switch self {
        case .boolean(let chunk, _): try chunk.value.flushPage()
        case .int32(let chunk, _): try chunk.value.flushPage()
        case .int64(let chunk, _): try chunk.value.flushPage()
        case .int128(let chunk, _): try chunk.value.flushPage()
        case .bytes(let chunk, _): try chunk.value.flushPage()
        }
    }

    /// Ends the chunk, gives its bytes away, and begins the next one.
    func finishChunk(
        at offset: Int, _ give: (Buffer<UInt8>) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ColumnChunkMetadata {
        switch self {
        case .boolean(let chunk, _): try chunk.value.finishChunk(at: offset, give)
        case .int32(let chunk, _): try chunk.value.finishChunk(at: offset, give)
        case .int64(let chunk, _): try chunk.value.finishChunk(at: offset, give)
        case .int128(let chunk, _): try chunk.value.finishChunk(at: offset, give)
        case .bytes(let chunk, _): try chunk.value.finishChunk(at: offset, give)
        }
    }
}
