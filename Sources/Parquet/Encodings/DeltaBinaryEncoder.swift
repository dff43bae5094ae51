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
            let block = values.extracting(position - 1..<position + count)
            var minimum = Word.max
            for index in 0..<count {
                // Wrapping is the format's definition of the difference.
                let delta = block[index + 1] &- block[index]
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
            for index in start..<min(start + miniblockSize, deltas.count) {
                // Above the minimum, so the wrapped difference read as unsigned is exact.
                all |= Word.Magnitude(truncatingIfNeeded: deltas[index] &- minimum)
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
            pack(deltas.extracting(start..<end), minimum: minimum, width: width, into: &output)
            start = end
        }
    }

    /// Appends one miniblock, filled up with zeros to 32 values: `4 × width` bytes.
    @inline(__always)
    private static func pack<Word: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
        _ deltas: Span<Word>, minimum: Word, width: Int, into output: inout BufferBuilder<UInt8>
    ) where Word.Magnitude: FixedWidthInteger & UnsignedInteger {
        guard width > 0 else { return }
        let end = output.count + miniblockSize / 8 * width
        output.reserve(miniblockSize / 8 * width + 8)
        var word: UInt64 = 0
        var used = 0
        for index in deltas.indices {
            let value = UInt64(Word.Magnitude(truncatingIfNeeded: deltas[index] &- minimum))
            word |= value &<< UInt64(used)
            used += width
            if used >= 64 {
                output.append(littleEndian: word)
                used -= 64
                word = used == 0 ? 0 : value &>> UInt64(width - used)
            }
        }
        while output.count < end {
            output.append(UInt8(truncatingIfNeeded: word))
            word >>= 8
        }
    }
}
