// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Writes the column chunks of a leaf whose values are numbers: integers, dates, timestamps, floats (by bit pattern) and
/// decimals.
///
/// Values of a page are gathered first and encoded together: as dictionary codes while that is smaller, then as
/// DELTA_BINARY_PACKED (integers) or PLAIN (floats, wide decimals) for the rest of the chunk.
struct NumberChunk<Word: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: ~Copyable
where Word.Magnitude: FixedWidthInteger & UnsignedInteger {
    private let pages: ChunkPages
    private let maxEntries: Int
    private let decimalBound: Int128?
    private var pending = BufferBuilder<Word>()
    private var codes = BufferBuilder<Int32>()
    private var dictionary = NumberDictionary<Word>()
    private var usesDictionary = true
    private var hasDictionaryPages = false
    private var chunkBounds: NumberBounds<Word>
    private(set) var fileBounds: NumberBounds<Word>

    init(_ pages: ChunkPages, dictionaryBytes: Int) {
        self.pages = pages
        maxEntries = min(dictionaryBytes / MemoryLayout<Word>.size, 1 << 30)
        chunkBounds = NumberBounds(pages.leaf.physicalType)
        fileBounds = chunkBounds
        if case .decimal(let precision, _) = pages.leaf.type {
            decimalBound = (0..<precision).reduce(Int128(1)) { power, _ in power * 10 }
        } else {
            decimalBound = nil
        }
    }

    /// How many bytes are held that no page has yet.
    var pendingBytes: Int { pending.count * MemoryLayout<Word>.size }

    /// Appends the values at `selection` (all when `nil`), none of which is null.
    mutating func append(_ storage: Column.Storage, _ selection: Buffer<Int32>?) throws(PipelineError) {
        switch storage {
        case .int8(let values): gather(values.span, selection) { Word(truncatingIfNeeded: $0) }
        case .int16(let values): gather(values.span, selection) { Word(truncatingIfNeeded: $0) }
        case .int32(let values): gather(values.span, selection) { Word(truncatingIfNeeded: $0) }
        case .int64(let values): gather(values.span, selection) { Word(truncatingIfNeeded: $0) }
        case .float(let values): gather(values.span, selection) { Word(truncatingIfNeeded: $0.bitPattern) }
        case .double(let values): gather(values.span, selection) { Word(truncatingIfNeeded: $0.bitPattern) }
        case .int128(let values):
            try checkDecimals(values.span, selection)
            gather(values.span, selection) { Word(truncatingIfNeeded: $0) }
        default: preconditionFailure("the layout was checked against the schema")
        }
    }

    @inline(__always)
    private mutating func gather<Source: BitwiseCopyable>(
        _ values: Span<Source>, _ selection: Buffer<Int32>?, _ convert: (Source) -> Word
    ) {
        if let selection {
            pending.append(values, at: selection.span, convert)
        } else {
            pending.append(values, convert)
        }
    }

    private func checkDecimals(_ values: Span<Int128>, _ selection: Buffer<Int32>?) throws(PipelineError) {
        guard let bound = decimalBound else { return }
        var fits = true
        if let selection {
            let positions = selection.span
            for index in positions.indices where values[Int(positions[index])].magnitude >= bound.magnitude {
                fits = false
            }
        } else {
            for index in values.indices where values[index].magnitude >= bound.magnitude { fits = false }
        }
        guard fits else {
            throw PipelineError(
                .numericOverflow,
                "a value of column '\(pages.leaf.path.joined(separator: "."))' does not fit \(pages.leaf.type)")
        }
    }

    /// Ends the data page that is being filled.
    mutating func flushPage() throws(PipelineError) {
        guard pages.pendingLevelCount > 0 else { return }
        guard pending.count > 0 else { return try pages.finishDataPage(.plain) { _ in } }
        defer { pending.removeAll() }
        if usesDictionary {
            let before = dictionary.count
            codes.removeAll()
            if isConstant, dictionary.encode(pending, 0..<1, limit: maxEntries, into: &codes) {
                hasDictionaryPages = true
                return try pages.finishDataPage(.rleDictionary) { output in
                    let width = codeWidth
                    output.append(UInt8(width))
                    HybridEncoder.appendRun(of: UInt64(codes[0]), count: pending.count, width: width, into: &output)
                }
            }
            codes.removeAll()
            if encodeCodes(), isDictionaryWorthwhile(newEntries: dictionary.count - before) {
                hasDictionaryPages = true
                return try pages.finishDataPage(.rleDictionary) { output in
                    let width = codeWidth
                    output.append(UInt8(width))
                    HybridEncoder.append(codes.span, width: width, into: &output)
                }
            }
            usesDictionary = false
            if !hasDictionaryPages { dictionary.removeAll() }
        }
        chunkBounds.add(pending)
        switch pages.leaf.physicalType {
        case .int32, .int64:
            try pages.finishDataPage(.deltaBinaryPacked) { output in
                DeltaBinaryEncoder.append(pending.span, into: &output)
            }
        default:
            try pages.finishDataPage(.plain) { output in appendPlain(pending.span, into: &output) }
        }
    }

    /// How many bits a code needs.
    private var codeWidth: Int { max(1, BitPacking.width(ofMaximum: UInt64(dictionary.count - 1))) }

    /// Whether all pending values are the same.
    private var isConstant: Bool {
        let values = pending.span
        let first = values[0]
        guard values[values.count - 1] == first, values[values.count / 2] == first else { return false }
        var difference: Word = 0
        for index in values.indices { difference |= values[index] ^ first }
        return difference == 0
    }

    /// Gives all pending values codes, unless the dictionary grows too large or nearly every value is a new one.
    private mutating func encodeCodes() -> Bool {
        let sample = min(pending.count, 4096)
        let before = dictionary.count
        guard dictionary.encode(pending, 0..<sample, limit: maxEntries, into: &codes) else { return false }
        if sample == 4096 && (dictionary.count - before) * 10 > sample * 9 { return false }
        return dictionary.encode(pending, sample..<pending.count, limit: maxEntries, into: &codes)
    }

    /// Compares the page in codes, with the entries that it added, against the page without dictionary.
    private func isDictionaryWorthwhile(newEntries: Int) -> Bool {
        let size = max(1, pages.leaf.typeLength > 0 ? pages.leaf.typeLength : MemoryLayout<Word>.size)
        let withDictionary = newEntries * size + pending.count * codeWidth / 8
        // Later pages, whose entries are mostly known, are not weighed again unless many values are new.
        if hasDictionaryPages && newEntries * 8 < pending.count { return true }
        switch pages.leaf.physicalType {
        case .int32, .int64:
            var trial = BufferBuilder<UInt8>(capacity: pending.count)
            DeltaBinaryEncoder.append(pending.span, into: &trial)
            return withDictionary < trial.count
        default:
            return withDictionary < pending.count * size
        }
    }

    @inline(__always)
    private func appendPlain(_ values: Span<Word>, into output: inout BufferBuilder<UInt8>) {
        guard pages.leaf.physicalType == .fixedLenByteArray else { return output.append(bytesOf: values) }
        let length = pages.leaf.typeLength
        if length == MemoryLayout<Word>.size {
            var swapped = BufferBuilder<Word>(capacity: values.count)
            swapped.append(values) { $0.bigEndian }
            return output.append(bytesOf: swapped.span)
        }
        let start = output.count
        output.append(repeating: 0, count: values.count * length)
        var bytes = output.mutableSpan
        for index in values.indices {
            let value = values[index]
            let (high, low) = (UInt64(truncatingIfNeeded: value &>> 64), UInt64(truncatingIfNeeded: value))
            let end = start + (index + 1) * length - 1
            for place in 0..<length {
                let word = place < 8 ? low : high
                bytes[end - place] = UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: place * 8))
            }
        }
    }

    /// Ends the chunk, gives its bytes away, and begins the next one.
    mutating func finishChunk(
        at offset: Int, _ give: (Buffer<UInt8>) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ColumnChunkMetadata {
        try flushPage()
        if hasDictionaryPages {
            dictionary.extend(&chunkBounds)
            try pages.setDictionaryPage(count: dictionary.count) { output in
                appendPlain(dictionary.entries.span, into: &output)
            }
        }
        var statistics = ChunkStatistics()
        if let (minimum, maximum) = chunkBounds.written {
            statistics.minimum = plainBytes(minimum)
            statistics.maximum = plainBytes(maximum)
            statistics.isMinimumExact = true
            statistics.isMaximumExact = true
        }
        fileBounds.add(chunkBounds)
        chunkBounds = NumberBounds(pages.leaf.physicalType)
        dictionary.removeAll()
        usesDictionary = true
        hasDictionaryPages = false
        return try pages.finishChunk(at: offset, statistics, give)
    }

    private func plainBytes(_ value: Word) -> [UInt8] {
        var bytes = BufferBuilder<UInt8>()
        appendPlain([value].span, into: &bytes)
        return bytes.finish().array
    }
}
