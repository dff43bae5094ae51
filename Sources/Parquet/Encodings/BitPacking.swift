// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Packs unsigned numbers of a fixed width one behind the other, lowest bit first.
enum BitPacking {
    /// How many bits the numbers 0…`maximum` need.
    static func width(ofMaximum maximum: UInt64) -> Int { 64 - maximum.leadingZeroBitCount }

    /// Appends `values` with `width` bits each, filled up with zero values to a multiple of 8 values.
    ///
    /// The values must fit the width, which is at most 64.
    @inline(__always)
    static func pack<Code: FixedWidthInteger & BitwiseCopyable>(
        _ values: Span<Code>, width: Int, into output: inout BufferBuilder<UInt8>
    ) {
        guard width > 0 else { return }
        let byteCount = (values.count + 7) / 8 * width
        let end = output.count + byteCount
        output.reserve(byteCount + 8)
        var word: UInt64 = 0
        var used = 0
        for index in values.indices {
            let value = UInt64(truncatingIfNeeded: values[index])
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
