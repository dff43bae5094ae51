// SPDX-License-Identifier: Apache-2.0
import Columnar

extension BitPacking {
    /// Appends `count` numbers of `width` bits (0…64) each from the start of `source`, which must hold them all.
    @inline(__always)
    static func unpack<Code: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ source: Span<UInt8>, width: Int, count: Int, into output: inout BufferBuilder<Code>
    ) {
        precondition(source.count * 8 >= count * width)
        if width == 0 { return output.append(repeating: 0, count: count) }
        output.reserve(count)
        let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
        // One load holds a whole number when it starts inside the first byte and ends inside the eighth.
        let loadable = width <= 57 ? max(0, min(count, (source.count - 8) * 8 / width)) : 0
        var bit = 0
        for _ in 0..<loadable {
            let word = source.littleEndian(at: bit >> 3, as: UInt64.self) >> UInt64(bit & 7)
            output.append(Code(truncatingIfNeeded: word & mask))
            bit += width
        }
        for _ in loadable..<count {
            output.append(Code(truncatingIfNeeded: slowly(source, bit, width)))
            bit += width
        }
    }

    private static func slowly(_ source: Span<UInt8>, _ start: Int, _ width: Int) -> UInt64 {
        var (result, filled) = (UInt64(0), 0)
        while filled < width {
            let bit = start + filled
            let taken = min(8 - (bit & 7), width - filled)
            let part = (UInt64(source[bit >> 3]) >> UInt64(bit & 7)) & ((1 << UInt64(taken)) - 1)
            result |= part << UInt64(filled)
            filled += taken
        }
        return result
    }

    /// Appends `count` numbers packed from the highest bit down, as the long deprecated BIT_PACKED levels are.
    static func unpackHighFirst(
        _ source: Span<UInt8>, width: Int, count: Int, into output: inout BufferBuilder<UInt8>
    ) {
        var bit = 0
        for _ in 0..<count {
            var number: UInt8 = 0
            for _ in 0..<width {
                number = number << 1 | (source[bit >> 3] >> UInt8(7 - bit & 7)) & 1
                bit += 1
            }
            output.append(number)
        }
    }
}
