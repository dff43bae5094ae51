// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Packs unsigned numbers of a fixed width one behind the other, lowest bit first.
enum BitPacking {
    /// How many bits the numbers 0…`maximum` need.
    static func width(ofMaximum maximum: UInt64) -> Int { 64 - maximum.leadingZeroBitCount }

    /// Appends the bits of `values` with `width` bits each, filled up with zero values to a multiple of `multiple` values, which is one of 8.
    ///
    /// The bits must fit the width, which is at most 64.
    @inline(__always)
    static func pack<Code: BitwiseCopyable>(
        _ values: Span<Code>, width: Int, toMultipleOf multiple: Int = 8, into output: inout BufferBuilder<UInt8>,
        bits: (Code) -> UInt64
    ) {
        guard width > 0 else { return }
        let byteCount = (values.count + multiple - 1) / multiple * multiple / 8 * width
        let end = output.count + byteCount
        output.reserve(byteCount + 8)
        var word = PartialWord()
        var index = 0
        let one = UInt64(width)
        // Neighbours are put together first where they fit a word: those do not wait for each other, as words do.
        if width <= 16 {
            while index + 4 <= values.count {
                let low = bits(values[index]) | bits(values[index + 1]) &<< one
                let high = bits(values[index + 2]) | bits(values[index + 3]) &<< one
                word.append(low | high &<< (2 &* one), width: 4 * width, into: &output)
                index += 4
            }
        } else if width <= 32 {
            while index + 2 <= values.count {
                word.append(
                    bits(values[index]) | bits(values[index + 1]) &<< one, width: 2 * width, into: &output)
                index += 2
            }
        }
        while index < values.count {
            word.append(bits(values[index]), width: width, into: &output)
            index += 1
        }
        while output.count < end {
            output.append(UInt8(truncatingIfNeeded: word.bits))
            word.bits >>= 8
        }
    }

    /// A word that is being filled from its lowest bit.
    private struct PartialWord {
        var bits: UInt64 = 0
        private var used = 0

        /// Appends the lowest `width` of 1 to 64 bits, above which there are none, and gives the word away when it is full.
        @inline(__always)
        mutating func append(_ value: UInt64, width: Int, into output: inout BufferBuilder<UInt8>) {
            bits |= value &<< UInt64(used)
            used += width
            if used < 64 { return }
            output.append(littleEndian: bits)
            used -= 64
            bits = used == 0 ? 0 : value &>> UInt64(width - used)
        }
    }
}
