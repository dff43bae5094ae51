// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Writes DELTA_BINARY_PACKED: blocks of 128 differences in four miniblocks of 32, each with a width of its own.
///
/// Parquet format, "Delta Encoding (DELTA_BINARY_PACKED = 5)". Differences wrap around in the width of the type, as the
/// format asks.
enum DeltaBinaryEncoder {
    private static let blockSize = 128
    private static let miniblockSize = 32

    /// Appends all values, with header.
    @inline(__always)
    static func append<Word: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
        _ values: Span<Word>, into output: inout BufferBuilder<UInt8>
    ) where Word.Magnitude: FixedWidthInteger & UnsignedInteger {
        output.append(varint: UInt64(blockSize))
        output.append(varint: UInt64(blockSize / miniblockSize))
        output.append(varint: UInt64(values.count))
        output.append(zigzag: values.count > 0 ? Int64(values[0]) : 0)
        var deltas = InlineArray<128, Word>(repeating: 0)
        var position = 1
        while position < values.count {
            let count = min(blockSize, values.count - position)
            let block = values.extracting(position..<position + count)
            var last = values[position - 1]
            var minimum = Word.max
            for index in block.indices {
                // Wrapping is the format's definition of the difference.
                let delta = block[index] &- last
                last = block[index]
                minimum = min(minimum, delta)
                deltas[index] = delta
            }
            appendBlock(deltas.span.extracting(0..<count), minimum: minimum, into: &output)
            position += count
        }
    }

    @inline(__always)
    private static func appendBlock<Word: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
        _ deltas: Span<Word>, minimum: Word, into output: inout BufferBuilder<UInt8>
    ) where Word.Magnitude: FixedWidthInteger & UnsignedInteger {
        output.append(zigzag: Int64(minimum))
        var widths: UInt32 = 0
        var start = 0
        var miniblock: UInt32 = 0
        while start < deltas.count {
            var all: Word.Magnitude = 0
            let block = deltas.extracting(start..<min(start + miniblockSize, deltas.count))
            for index in block.indices {
                // Above the minimum, so the wrapped difference read as unsigned is exact.
                all |= Word.Magnitude(truncatingIfNeeded: block[index] &- minimum)
            }
            let width = UInt32(Word.bitWidth - all.leadingZeroBitCount)
            widths |= width << (miniblock * 8)
            start += miniblockSize
            miniblock += 1
        }
        output.append(littleEndian: widths)
        start = 0
        while start < deltas.count {
            let end = min(start + miniblockSize, deltas.count)
            let width = Int(widths & 0xFF)
            widths >>= 8
            BitPacking.pack(
                deltas.extracting(start..<end), width: width, toMultipleOf: miniblockSize, into: &output
            ) { UInt64(Word.Magnitude(truncatingIfNeeded: $0 &- minimum)) }
            start = end
        }
    }
}
