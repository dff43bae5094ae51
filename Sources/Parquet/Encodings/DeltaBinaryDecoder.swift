// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Reads DELTA_BINARY_PACKED with any block size that the format allows.
enum DeltaBinaryDecoder {
    /// Appends all values; there must be exactly `count` of them.
    ///
    /// - Returns: how many bytes of `source` they took.
    @inline(__always)
    static func decode<Word: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
        _ source: Span<UInt8>, count: Int, into output: inout BufferBuilder<Word>
    ) throws(PipelineError) -> Int {
        var position = 0
        guard let blockSize = source.varint(at: &position), let miniblockCount = source.varint(at: &position),
            let total = source.varint(at: &position), let first = source.zigzag(at: &position),
            blockSize > 0, blockSize <= 1 << 20, blockSize % 128 == 0,
            miniblockCount > 0, miniblockCount <= blockSize, blockSize % miniblockCount == 0,
            (blockSize / miniblockCount) % 32 == 0, total == UInt64(count)
        else { throw Self.damaged }
        guard count > 0 else { return position }
        let miniblockSize = Int(blockSize / miniblockCount)
        output.reserve(count)
        var value = Word(truncatingIfNeeded: first)
        output.append(value)
        var left = count - 1
        var deltas = BufferBuilder<Word>(capacity: miniblockSize)
        while left > 0 {
            guard let minimum = source.zigzag(at: &position), source.count - position >= Int(miniblockCount) else {
                throw Self.damaged
            }
            let least = Word(truncatingIfNeeded: minimum)
            let widths = source.extracting(position..<(position + Int(miniblockCount)))
            position += Int(miniblockCount)
            for miniblock in widths.indices where left > 0 {
                let width = Int(widths[miniblock])
                let taken = min(left, miniblockSize)
                let size = miniblockSize / 8 * width
                // The last miniblock may be cut off behind its last value.
                guard width <= 64, (source.count - position) * 8 >= taken * width else { throw Self.damaged }
                let end = min(position + size, source.count)
                deltas.removeAll()
                BitPacking.unpack(source.extracting(position..<end), width: width, count: taken, into: &deltas)
                let unpacked = deltas.span
                for index in unpacked.indices {
                    // Wrapping is the format's definition of the difference.
                    value = value &+ least &+ unpacked[index]
                    output.append(value)
                }
                position = end
                left -= taken
            }
        }
        return position
    }

    private static var damaged: PipelineError { .corruptParquet("a page of differences is damaged") }
}

extension Span where Element == UInt8 {
    /// The zigzag ULEB128 number at `position`, which is moved behind it; `nil` when it does not end.
    func zigzag(at position: inout Int) -> Int64? {
        varint(at: &position).map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }
}
