// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Writes the RLE / bit-packing hybrid, which Parquet uses for levels and dictionary codes.
///
/// Runs of at least 8 equal values that start at a group of 8 become RLE runs, all else is bit-packed.
/// Parquet format, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
enum HybridEncoder {
    /// Appends `values`, which are not negative and fit `width` bits.
    @inline(__always)
    static func append<Code: FixedWidthInteger & BitwiseCopyable>(
        _ values: Span<Code>, width: Int, into output: inout BufferBuilder<UInt8>
    ) {
        var literalStart = 0
        var position = 0
        while position < values.count {
            let run = runLength(values, at: position)
            guard run >= 8 || (run == values.count - position && literalStart == position) else {
                position = min(position + 8, values.count)
                continue
            }
            appendLiterals(values.extracting(literalStart..<position), width: width, into: &output)
            appendRun(of: UInt64(truncatingIfNeeded: values[position]), count: run, width: width, into: &output)
            position += run
            literalStart = position
        }
        appendLiterals(values.extracting(literalStart..<values.count), width: width, into: &output)
    }

    /// Appends one value `count` times.
    static func appendRun(of value: UInt64, count: Int, width: Int, into output: inout BufferBuilder<UInt8>) {
        guard count > 0 else { return }
        output.append(varint: UInt64(count) << 1)
        var rest = value
        for _ in 0..<((width + 7) / 8) {
            output.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Appends the bits in `range` as levels of width 1.
    static func append(_ bits: Bitmap, into output: inout BufferBuilder<UInt8>) {
        let set = bits.setCount
        if set == 0 || set == bits.count {
            appendRun(of: set == 0 ? 0 : 1, count: bits.count, width: 1, into: &output)
            return
        }
        let groups = (bits.count + 7) / 8
        output.append(varint: UInt64(groups) << 1 | 1)
        let words = bits.words.span
        for index in 0..<(groups / 8) { output.append(littleEndian: words[index]) }
        for group in (groups / 8 * 8)..<groups {
            output.append(UInt8(truncatingIfNeeded: words[group >> 3] >> UInt64((group & 7) * 8)))
        }
    }

    @inline(__always)
    private static func runLength<Code: FixedWidthInteger & BitwiseCopyable>(
        _ values: Span<Code>, at start: Int
    ) -> Int {
        let value = values[start]
        var end = start + 1
        while end < values.count && values[end] == value { end += 1 }
        return end - start
    }

    @inline(__always)
    private static func appendLiterals<Code: FixedWidthInteger & BitwiseCopyable>(
        _ values: Span<Code>, width: Int, into output: inout BufferBuilder<UInt8>
    ) {
        guard values.count > 0 else { return }
        output.append(varint: UInt64((values.count + 7) / 8) << 1 | 1)
        BitPacking.pack(values, width: width, into: &output) { UInt64(truncatingIfNeeded: $0) }
    }
}
