// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Writes the column chunks of a STRING or BINARY leaf.
///
/// Values become dictionary codes as they arrive; columns that already are dictionaries cost one look-up per distinct value
/// and batch. When the dictionary does not pay or grows too large, the chunk goes on with DELTA_LENGTH_BYTE_ARRAY.
struct BytesChunk: ~Copyable {
    private let pages: ChunkPages
    private let maxDictionaryBytes: Int
    private var dictionary = BytesDictionary()
    private var usesDictionary = true
    private var hasDictionaryPages = false
    /// Codes of the page, while the dictionary is used.
    private var codes = BufferBuilder<Int32>()
    /// The chunk's code for each code of `translated`, −1 for those not met yet, and how many these are.
    private var translation = BufferBuilder<Int32>()
    private var untranslatedCount = 0
    private var translated: (offsets: Buffer<Int32>, texts: Buffer<UInt8>)?
    /// Lengths and bytes of the page, after that.
    private var lengths = BufferBuilder<Int32>()
    private var bytes = BufferBuilder<UInt8>()
    private var chunkBounds = BytesBounds()
    private(set) var fileBounds = BytesBounds()

    init(_ pages: ChunkPages, dictionaryBytes: Int) {
        self.pages = pages
        maxDictionaryBytes = min(dictionaryBytes, 1 << 30)
    }

    /// How many bytes are held that no page has yet, as they would be without compression.
    var pendingBytes: Int { usesDictionary ? codes.count * 2 : lengths.count + bytes.count }

    /// Appends the values at `selection` (all when `nil`), none of which is null.
    mutating func append(_ storage: Column.Storage, _ selection: Buffer<Int32>?) throws(PipelineError) {
        switch storage {
        case .dictionary(let newCodes, let values):
            guard case .bytes(let offsets, let texts) = values.storage else {
                return try append(
                    values.expandingDictionary().taking(selection.map { newCodes.taking($0) } ?? newCodes).storage, nil)
            }
            let selected = selection.map { newCodes.taking($0) } ?? newCodes
            translate(offsets, texts)
            appendCoded(selected.span, offsets.span, texts.span)
        case .bytes(let offsets, let texts):
            if let selection {
                let positions = selection.span
                append(count: positions.count, offsets.span, texts.span) { Int(positions[$0]) }
            } else {
                append(count: offsets.count - 1, offsets.span, texts.span) { $0 }
            }
        default: preconditionFailure("the layout was checked against the schema")
        }
    }

    /// Makes ready for codes of a dictionary. A source that keeps its dictionary over batches keeps the translation too.
    private mutating func translate(_ offsets: Buffer<Int32>, _ texts: Buffer<UInt8>) {
        guard usesDictionary else { return }
        if let known = translated, known.offsets.isIdentical(to: offsets), known.texts.isIdentical(to: texts) { return }
        translated = (offsets, texts)
        translation.removeAll()
        untranslatedCount = offsets.count - 1
        translation.append(repeating: -1, count: untranslatedCount)
    }

    /// Appends the values at the codes of a batch, each translated to the chunk's code on first use.
    private mutating func appendCoded(_ newCodes: Span<Int32>, _ offsets: Span<Int32>, _ texts: Span<UInt8>) {
        guard usesDictionary else {
            return append(count: newCodes.count, offsets, texts) { Int(newCodes[$0]) }
        }
        var index = 0
        while untranslatedCount > 0 && index < newCodes.count {
            let position = Int(newCodes[index])
            index += 1
            if translation[position] >= 0 { continue }
            let value = texts.extracting(Int(offsets[position])..<Int(offsets[position + 1]))
            translation[position] = dictionary.code(of: value)
            untranslatedCount -= 1
        }
        Self.append(newCodes, translatedBy: translation, to: &codes)
        // Whether its values come again is not asked of the first of them: a dictionary is made where they do.
        if dictionary.plainByteCount > maxDictionaryBytes { leaveDictionary() }
    }

    private static func append(
        _ newCodes: Span<Int32>, translatedBy translation: borrowing BufferBuilder<Int32>,
        to codes: inout BufferBuilder<Int32>
    ) {
        codes.append(translation.span, at: newCodes) { $0 }
    }

    @inline(__always)
    private mutating func append(
        count: Int, _ offsets: Span<Int32>, _ texts: Span<UInt8>, _ position: (Int) -> Int
    ) {
        var index = 0
        while index < count && usesDictionary {
            // Whether the dictionary still pays is asked between runs; it outgrows its bound by one value at most.
            index = appendWithDictionary(index..<min(index + 1024, count), offsets, texts, position)
            leaveDictionaryIfUseless()
        }
        lengths.reserve(count - index)
        while index < count {
            let row = position(index)
            let value = texts.extracting(Int(offsets[row])..<Int(offsets[row + 1]))
            chunkBounds.add(value)
            lengths.append(Int32(truncatingIfNeeded: value.count))
            bytes.append(contentsOf: value)
            index += 1
        }
    }

    /// Gives codes to the values of `range` until the dictionary is too large, and returns where it stopped.
    @inline(__always)
    private mutating func appendWithDictionary(
        _ range: Range<Int>, _ offsets: Span<Int32>, _ texts: Span<UInt8>, _ position: (Int) -> Int
    ) -> Int {
        codes.reserve(range.count)
        var index = range.lowerBound
        while index < range.upperBound && dictionary.plainByteCount <= maxDictionaryBytes {
            let row = position(index)
            let value = texts.extracting(Int(offsets[row])..<Int(offsets[row + 1]))
            codes.append(dictionary.code(of: value))
            index += 1
        }
        return index
    }

    private mutating func leaveDictionaryIfUseless() {
        guard usesDictionary else { return }
        let isTooLarge = dictionary.plainByteCount > maxDictionaryBytes
        let isUnique = !hasDictionaryPages && codes.count >= 4096 && dictionary.count * 10 > codes.count * 9
        if isTooLarge || isUnique { leaveDictionary() }
    }

    /// Turns the codes of the page back into bytes and goes on without dictionary.
    private mutating func leaveDictionary() {
        usesDictionary = false
        dictionary.expand(codes, lengths: &lengths, bytes: &bytes)
        dictionary.extend(&chunkBounds)
        codes.removeAll()
    }

    /// Ends the data page that is being filled.
    mutating func flushPage() throws(PipelineError) {
        guard pages.pendingLevelCount > 0 else { return }
        if usesDictionary && !hasDictionaryPages && codes.count > 0 {
            let width = max(1, BitPacking.width(ofMaximum: UInt64(dictionary.count - 1)))
            let plain = dictionary.byteCount(of: codes) + codes.count
            if dictionary.plainByteCount + codes.count * width / 8 >= plain { leaveDictionary() }
        }
        if usesDictionary && codes.count > 0 {
            let width = max(1, BitPacking.width(ofMaximum: UInt64(dictionary.count - 1)))
            hasDictionaryPages = true
            try pages.finishDataPage(.rleDictionary) { output in
                output.append(UInt8(width))
                HybridEncoder.append(codes.span, width: width, into: &output)
            }
        } else if lengths.count == 0 {
            try pages.finishDataPage(.plain) { _ in }
        } else {
            try pages.finishDataPage(.deltaLengthByteArray) { output in
                DeltaBinaryEncoder.append(lengths.span, into: &output)
                output.append(contentsOf: bytes.span)
            }
        }
        codes.removeAll()
        lengths.removeAll()
        bytes.removeAll()
    }

    /// Ends the chunk, gives its bytes away, and begins the next one.
    mutating func finishChunk(
        at offset: Int, _ give: (Buffer<UInt8>) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ColumnChunkMetadata {
        try flushPage()
        if hasDictionaryPages {
            dictionary.extend(&chunkBounds)
            try pages.setDictionaryPage(count: dictionary.count) { output in
                dictionary.appendPlain(to: &output)
            }
        }
        var statistics = ChunkStatistics()
        let isText = pages.leaf.type == .string
        if let minimum = chunkBounds.writtenMinimum(isText: isText) {
            (statistics.minimum, statistics.isMinimumExact) = (minimum.bytes, minimum.isExact)
        }
        if let maximum = chunkBounds.writtenMaximum(isText: isText) {
            (statistics.maximum, statistics.isMaximumExact) = (maximum.bytes, maximum.isExact)
        }
        fileBounds.add(chunkBounds)
        chunkBounds = BytesBounds()
        dictionary.removeAll()
        translated = nil
        usesDictionary = true
        hasDictionaryPages = false
        return try pages.finishChunk(at: offset, statistics, give)
    }
}
