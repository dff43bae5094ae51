// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Collects the finished pages of one column chunk, compressed, with what the footer says of them.
final class ChunkPages {
    let leaf: LeafColumn
    /// Values and nulls of the chunk so far, of finished pages.
    private(set) var valueCount = 0
    private(set) var nullCount = 0
    private let compressor: PageCompressor
    private var levels: LevelBuffer
    private var scratch = BufferBuilder<UInt8>()
    /// The finished pages with their headers.
    private var dataPages: [Buffer<UInt8>] = []
    private var dataByteCount = 0
    private var dictionaryPage: Buffer<UInt8>?
    private var uncompressedByteCount = 0
    private var pageEncodings: [ColumnChunkMetadata.PageEncodingCount] = []

    init(_ leaf: LeafColumn, _ compressor: PageCompressor) {
        self.leaf = leaf
        self.compressor = compressor
        levels = LevelBuffer(leaf)
    }

    /// How many bytes are held.
    var bufferedBytes: Int { dataByteCount + (dictionaryPage?.count ?? 0) + pendingLevelCount / 4 }
    /// How many values and nulls the next data page has so far.
    var pendingLevelCount: Int { levels.count }

    func appendLevels(validity: Bitmap?, count: Int) { levels.append(validity: validity, count: count) }

    func appendLevels(definitions: Span<UInt8>, repetitions: Span<UInt8>) {
        levels.append(definitions: definitions, repetitions: repetitions)
    }

    /// Ends a data page: its levels are those appended since the last one, its values those that `encode` writes.
    @inline(__always)
    func finishDataPage(
        _ encoding: ParquetEncoding, _ encode: (inout BufferBuilder<UInt8>) -> Void
    ) throws(PipelineError) {
        let count = levels.count
        guard count > 0 else { return }
        valueCount += count
        nullCount += levels.nullCount
        scratch.removeAll()
        levels.flush(into: &scratch)
        encode(&scratch)
        let page = try finish(.data(encoding: encoding), pageType: 0, encoding, count: count)
        dataPages.append(page)
        dataByteCount += page.count
    }

    /// Sets the dictionary page, once for a chunk, after its last data page.
    @inline(__always)
    func setDictionaryPage(count: Int, _ encode: (inout BufferBuilder<UInt8>) -> Void) throws(PipelineError) {
        scratch.removeAll()
        encode(&scratch)
        dictionaryPage = try finish(.dictionary(encoding: .plain), pageType: 2, .plain, count: count)
    }

    /// A page of what is in `scratch`, compressed, with its header.
    private func finish(
        _ kind: PageHeader.Kind, pageType: Int32, _ encoding: ParquetEncoding, count: Int
    ) throws(PipelineError) -> Buffer<UInt8> {
        var page = BufferBuilder<UInt8>()
        swap(&page, &scratch)
        defer { swap(&page, &scratch) }
        guard let size = Int32(exactly: page.count) else {
            throw PipelineError(
                .unsupported, "column '\(leaf.path.joined(separator: "."))' has a page of more than 2 GiB",
                hint: "Write fewer or smaller values at a time")
        }
        var finished = BufferBuilder<UInt8>()
        try compressor.compress(page.span, of: .init(column: leaf.path, isDictionary: pageType == 2)) { body in
            var thrift = ThriftWriter()
            PageHeader(
                kind: kind, valueCount: count, uncompressedByteCount: Int(size), compressedByteCount: body.count
            ).write(to: &thrift)
            let header = thrift.finish()
            finished.reserve(header.count + body.count)
            finished.append(contentsOf: header)
            finished.append(contentsOf: body)
            uncompressedByteCount += header.count + Int(size)
        }
        if let index = pageEncodings.firstIndex(where: { $0.pageType == pageType && $0.encoding == encoding }) {
            pageEncodings[index].count += 1
        } else {
            pageEncodings.append(.init(pageType: pageType, encoding: encoding, count: 1))
        }
        return finished.finish()
    }

    /// Ends the chunk, which is for a place in the file, gives its bytes away, and begins the next one.
    func finishChunk(
        at offset: Int, _ statistics: ChunkStatistics, _ give: (Buffer<UInt8>) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ColumnChunkMetadata {
        var metadata = ColumnChunkMetadata(
            physicalType: leaf.physicalType, path: leaf.path, codec: compressor.codec)
        let pages = (dictionaryPage.map { [$0] } ?? []) + dataPages
        if dictionaryPage != nil { metadata.dictionaryPageOffset = offset }
        metadata.dataPageOffset = offset + (dictionaryPage?.count ?? 0)
        metadata.compressedByteCount = pages.reduce(0) { $0 + $1.count }
        metadata.uncompressedByteCount = uncompressedByteCount
        metadata.valueCount = valueCount
        metadata.statistics = statistics
        metadata.statistics?.nullCount = nullCount
        metadata.pageEncodings = pageEncodings.sorted {
            ($0.pageType, $0.encoding.rawValue) < ($1.pageType, $1.encoding.rawValue)
        }
        var encodings = Set(pageEncodings.map(\.encoding))
        encodings.insert(.rle)
        metadata.encodings = encodings.sorted { $0.rawValue < $1.rawValue }
        (valueCount, nullCount, uncompressedByteCount, pageEncodings) = (0, 0, 0, [])
        (dataPages, dataByteCount, dictionaryPage) = ([], 0, nil)
        for page in pages { try give(page) }
        return metadata
    }
}
