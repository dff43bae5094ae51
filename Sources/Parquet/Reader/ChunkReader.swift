// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Takes the pages of a column chunk apart.
struct ChunkReader: ~Copyable {
    private let leaf: ReaderLeaf
    private let codec: ParquetCodec
    private let decompressor: PageDecompressor
    private var definitions = BufferBuilder<UInt8>()
    private var repetitions = BufferBuilder<UInt8>()
    private var content = ChunkContent()

    /// More values in one page are refused: a few bytes can claim any number of equal ones.
    private static let maxPageValues = 1 << 24

    init(_ leaf: ReaderLeaf, _ codec: ParquetCodec, _ decompressor: PageDecompressor) {
        self.leaf = leaf
        self.codec = codec
        self.decompressor = decompressor
    }

    /// Reads pages from `bytes` until they hold `valueCount` values and nulls.
    consuming func read(_ bytes: Buffer<UInt8>, valueCount: Int) throws(PipelineError) -> ChunkContent {
        var position = 0
        while content.entryCount < valueCount {
            guard position < bytes.count else { throw .corruptParquet("a column chunk ends before its last value") }
            var thrift = ThriftReader(bytes, at: position)
            let header = try PageHeader(reading: &thrift)
            position = thrift.position
            guard header.compressedByteCount <= bytes.count - position else {
                throw .corruptParquet("a page is longer than its column chunk")
            }
            let body = bytes.slice(position..<(position + header.compressedByteCount))
            position += header.compressedByteCount
            guard !header.isData || header.valueCount <= valueCount - content.entryCount else {
                throw .corruptParquet("a column chunk has more values than the footer says")
            }
            try read(header, body)
        }
        if leaf.maxDefinition > 0 {
            var taken = BufferBuilder<UInt8>()
            swap(&taken, &definitions)
            content.definitions = taken.finish()
        }
        if leaf.maxRepetition > 0 {
            var taken = BufferBuilder<UInt8>()
            swap(&taken, &repetitions)
            content.repetitions = taken.finish()
        }
        return content
    }

    private mutating func read(_ header: PageHeader, _ body: Buffer<UInt8>) throws(PipelineError) {
        guard header.valueCount <= Self.maxPageValues else {
            throw PipelineError(.unsupported, "a page claims to hold \(header.valueCount) values")
        }
        switch header.kind {
        case .index: return
        case .dictionary(let encoding):
            guard content.dictionary == nil, encoding == .plain || encoding == .plainDictionary else {
                throw .corruptParquet("a column chunk has a second or strange dictionary")
            }
            let bytes = try decompressor.decompress(body, codec, size: header.uncompressedByteCount)
            content.dictionary = ChunkContent.ValueRun(encoding: .plain, bytes: bytes, count: header.valueCount)
        case .data(let encoding):
            let bytes = try decompressor.decompress(body, codec, size: header.uncompressedByteCount)
            try readV1(header, encoding, bytes)
        case .dataV2(let encoding, let definitionByteCount, let repetitionByteCount, let isCompressed):
            let (levelBytes, overflow) = definitionByteCount.addingReportingOverflow(repetitionByteCount)
            guard !overflow, levelBytes <= body.count, levelBytes <= header.uncompressedByteCount else {
                throw .corruptParquet("the levels of a page are longer than the page")
            }
            let rest = body.slice(levelBytes..<body.count)
            let size = header.uncompressedByteCount - levelBytes
            // A page of nulls alone may have no compressed bytes at all.
            let values = isCompressed && rest.count > 0 ? try decompressor.decompress(rest, codec, size: size) : rest
            try readRepetitions(body.slice(0..<repetitionByteCount), header.valueCount)
            let present = try readDefinitions(body.slice(repetitionByteCount..<levelBytes), header.valueCount)
            add(encoding, values, present, header.valueCount)
        }
    }

    private mutating func readV1(
        _ header: PageHeader, _ encoding: ParquetEncoding, _ bytes: Buffer<UInt8>
    ) throws(PipelineError) {
        var position = 0
        let count = header.valueCount
        if leaf.maxRepetition > 0 {
            let encoding = header.repetitionEncoding
            let section = try Self.section(bytes, &position, encoding, maximum: leaf.maxRepetition, count)
            try readRepetitions(section, count, isBitPacked: encoding == .bitPacked)
        }
        var present = count
        if leaf.maxDefinition > 0 {
            let encoding = header.definitionEncoding
            let section = try Self.section(bytes, &position, encoding, maximum: leaf.maxDefinition, count)
            present = try readDefinitions(section, count, isBitPacked: encoding == .bitPacked)
        }
        add(encoding, bytes.slice(position..<bytes.count), present, count)
    }

    private mutating func add(_ encoding: ParquetEncoding, _ bytes: Buffer<UInt8>, _ present: Int, _ count: Int) {
        content.entryCount += count
        if present > 0 { content.runs.append(.init(encoding: encoding, bytes: bytes, count: present)) }
    }

    /// The bytes of one kind of levels in a V1 page.
    private static func section(
        _ bytes: Buffer<UInt8>, _ position: inout Int, _ encoding: ParquetEncoding, maximum: Int, _ count: Int
    ) throws(PipelineError) -> Buffer<UInt8> {
        let start: Int
        let size: Int
        switch encoding {
        case .rle:
            guard bytes.count - position >= 4 else { throw .corruptParquet("a page ends in its levels") }
            start = position + 4
            size = Int(bytes.span.littleEndian(at: position, as: UInt32.self))
        case .bitPacked:
            start = position
            size = (count * BitPacking.width(ofMaximum: UInt64(maximum)) + 7) / 8
        default: throw .corruptParquet("levels have encoding \(encoding)")
        }
        guard size <= bytes.count - start else { throw .corruptParquet("a page ends in its levels") }
        position = start + size
        return bytes.slice(start..<position)
    }

    private mutating func readRepetitions(
        _ section: Buffer<UInt8>, _ count: Int, isBitPacked: Bool = false
    ) throws(PipelineError) {
        guard leaf.maxRepetition > 0, count > 0 else { return }
        let before = repetitions.count
        try Self.readLevels(section, leaf.maxRepetition, count, isBitPacked, into: &repetitions)
        let levels = repetitions.span
        // The first value of a chunk begins a row.
        var isValid = before > 0 || levels[0] == 0
        let maximum = UInt8(leaf.maxRepetition)
        for index in before..<levels.count where levels[index] > maximum { isValid = false }
        guard isValid else { throw .corruptParquet("a page has impossible levels") }
    }

    /// Reads definition levels and returns how many stand for a value.
    private mutating func readDefinitions(
        _ section: Buffer<UInt8>, _ count: Int, isBitPacked: Bool = false
    ) throws(PipelineError) -> Int {
        guard leaf.maxDefinition > 0 else { return count }
        let before = definitions.count
        try Self.readLevels(section, leaf.maxDefinition, count, isBitPacked, into: &definitions)
        let levels = definitions.span
        let maximum = UInt8(leaf.maxDefinition)
        var (present, isValid) = (0, true)
        for index in before..<levels.count {
            if levels[index] == maximum { present += 1 }
            if levels[index] > maximum { isValid = false }
        }
        guard isValid else { throw .corruptParquet("a page has impossible levels") }
        return present
    }

    private static func readLevels(
        _ section: Buffer<UInt8>, _ maximum: Int, _ count: Int, _ isBitPacked: Bool,
        into levels: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        let width = BitPacking.width(ofMaximum: UInt64(maximum))
        if isBitPacked {
            BitPacking.unpackHighFirst(section.span, width: width, count: count, into: &levels)
        } else {
            try HybridDecoder.decode(section.span, width: width, count: count, into: &levels)
        }
    }
}

extension PageHeader {
    /// Whether the values of the page count toward those of the chunk.
    var isData: Bool {
        switch kind {
        case .data, .dataV2: true
        case .dictionary, .index: false
        }
    }
}
