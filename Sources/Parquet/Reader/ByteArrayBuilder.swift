// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Gathers byte strings with 32-bit offsets from any encoding.
struct ByteArrayBuilder: ~Copyable {
    /// Value `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
    private var offsets = BufferBuilder<Int32>()
    private var bytes = BufferBuilder<UInt8>()

    init() { offsets.append(0) }

    /// How many strings there are.
    var count: Int { offsets.count - 1 }

    /// Hands the strings over.
    consuming func finish() -> (offsets: Buffer<Int32>, bytes: Buffer<UInt8>) { (offsets.finish(), bytes.finish()) }

    /// Whether every string is `length` long.
    func haveLength(_ length: Int) -> Bool {
        let starts = offsets.span
        for index in 1..<max(1, starts.count) where Int(starts[index]) - Int(starts[index - 1]) != length {
            return false
        }
        return true
    }

    /// Appends strings that each stand behind their length.
    mutating func appendPlain(_ run: ChunkContent.ValueRun) throws(PipelineError) {
        let source = run.bytes.span
        var position = 0
        // A claimed count is not trusted with memory: every string takes four bytes.
        guard run.count <= source.count / 4 else { throw .shortPage }
        offsets.reserve(run.count)
        bytes.reserve(source.count - run.count * 4)
        for _ in 0..<run.count {
            guard source.count - position >= 4 else { throw .shortPage }
            let length = Int(source.littleEndian(at: position, as: UInt32.self))
            position += 4
            guard source.count - position >= length else { throw .shortPage }
            try append(source.extracting(position..<(position + length)))
            position += length
        }
    }

    /// Appends strings whose lengths stand before all of their bytes.
    mutating func appendDeltaLength(_ run: ChunkContent.ValueRun) throws(PipelineError) {
        let source = run.bytes.span
        var lengths = BufferBuilder<Int32>()
        var position = try DeltaBinaryDecoder.decode(source, count: run.count, into: &lengths)
        let sizes = lengths.span
        for index in sizes.indices {
            let length = Int(sizes[index])
            guard length >= 0, source.count - position >= length else { throw .shortPage }
            try append(source.extracting(position..<(position + length)))
            position += length
        }
    }

    /// Appends strings of which each repeats the beginning of the one before.
    mutating func appendDeltaByteArray(_ run: ChunkContent.ValueRun) throws(PipelineError) {
        let source = run.bytes.span
        var prefixes = BufferBuilder<Int32>()
        var suffixes = BufferBuilder<Int32>()
        var position = try DeltaBinaryDecoder.decode(source, count: run.count, into: &prefixes)
        position += try DeltaBinaryDecoder.decode(
            source.extracting(position..<source.count), count: run.count, into: &suffixes)
        var (previousStart, previousEnd) = (bytes.count, bytes.count)
        for index in 0..<run.count {
            let (prefix, suffix) = (Int(prefixes[index]), Int(suffixes[index]))
            guard prefix >= 0, prefix <= previousEnd - previousStart, suffix >= 0, source.count - position >= suffix
            else { throw .shortPage }
            let start = bytes.count
            try checkRoom(prefix + suffix)
            bytes.reserve(prefix + suffix)
            for offset in 0..<prefix { bytes.append(bytes[previousStart + offset]) }
            bytes.append(contentsOf: source.extracting(position..<(position + suffix)))
            offsets.append(Int32(truncatingIfNeeded: bytes.count))
            position += suffix
            (previousStart, previousEnd) = (start, bytes.count)
        }
    }

    /// Appends the strings that codes of a page stand for.
    mutating func appendCoded(
        _ codes: Span<Int32>, _ entryOffsets: Span<Int32>, _ entryBytes: Span<UInt8>
    ) throws(PipelineError) {
        offsets.reserve(codes.count)
        for index in codes.indices {
            let code = Int(codes[index])
            try append(entryBytes.extracting(Int(entryOffsets[code])..<Int(entryOffsets[code + 1])))
        }
    }

    private mutating func append(_ value: Span<UInt8>) throws(PipelineError) {
        try checkRoom(value.count)
        bytes.append(contentsOf: value)
        offsets.append(Int32(truncatingIfNeeded: bytes.count))
    }

    private func checkRoom(_ additional: Int) throws(PipelineError) {
        guard bytes.count + additional <= Int(Int32.max) else {
            throw PipelineError(.unsupported, "a column of a row group holds more than 2 GiB of text")
        }
    }
}
