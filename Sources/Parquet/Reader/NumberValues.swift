// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Decodes the values of INT32, INT64, FLOAT and DOUBLE chunks, floats as their bit patterns.
enum NumberValues {
    @inline(__always)
    static func decode<Word: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
        _ content: ChunkContent, as type: Word.Type
    ) throws(PipelineError) -> Buffer<Word> {
        var values = BufferBuilder<Word>()
        var dictionary = BufferBuilder<Word>()
        if let page = content.dictionary { try plain(page, into: &dictionary) }
        var codes = BufferBuilder<Int32>()
        for run in content.runs {
            switch run.encoding {
            case .plain: try plain(run, into: &values)
            case .plainDictionary, .rleDictionary:
                codes.removeAll()
                try DictionaryCodes.decode(run, entryCount: dictionary.count, into: &codes)
                gather(dictionary, codes, into: &values)
            case .deltaBinaryPacked:
                _ = try DeltaBinaryDecoder.decode(run.bytes.span, count: run.count, into: &values)
            case .byteStreamSplit: try split(run, into: &values)
            default: throw .unexpectedEncoding(run.encoding)
            }
        }
        return values.finish()
    }

    @inline(__always)
    private static func plain<Word: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ run: ChunkContent.ValueRun, into values: inout BufferBuilder<Word>
    ) throws(PipelineError) {
        let size = run.count * MemoryLayout<Word>.size
        guard run.bytes.count >= size else { throw .shortPage }
        values.append(littleEndianBytes: run.bytes.span.extracting(0..<size))
    }

    @inline(__always)
    private static func gather<Word: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ dictionary: borrowing BufferBuilder<Word>, _ codes: borrowing BufferBuilder<Int32>,
        into values: inout BufferBuilder<Word>
    ) {
        let (entries, positions) = (dictionary.span, codes.span)
        values.reserve(positions.count)
        for index in positions.indices { values.append(entries[Int(positions[index])]) }
    }

    @inline(__always)
    private static func split<Word: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ run: ChunkContent.ValueRun, into values: inout BufferBuilder<Word>
    ) throws(PipelineError) {
        let width = MemoryLayout<Word>.size
        guard run.bytes.count >= run.count * width else { throw .shortPage }
        let bytes = run.bytes.span
        values.reserve(run.count)
        for index in 0..<run.count {
            var word: UInt64 = 0
            for byte in 0..<width { word |= UInt64(bytes[byte * run.count + index]) << UInt64(byte * 8) }
            values.append(Word(truncatingIfNeeded: word))
        }
    }
}

extension PipelineError {
    /// A page that ends before its last value.
    static var shortPage: PipelineError { .corruptParquet("a page ends before its last value") }

    /// An encoding that the type of the column does not have.
    static func unexpectedEncoding(_ encoding: ParquetEncoding) -> PipelineError {
        .corruptParquet("a page has encoding \(encoding), which its type does not allow")
    }
}
