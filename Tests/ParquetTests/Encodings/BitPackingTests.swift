// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

@testable import Parquet

struct BitPackingTests {
    /// Bit by bit, lowest first.
    private func packed(_ values: [UInt64], width: Int, multiple: Int) -> [UInt8] {
        let count = (values.count + multiple - 1) / multiple * multiple
        var bytes = [UInt8](repeating: 0, count: count * width / 8)
        for (index, value) in values.enumerated() {
            for bit in 0..<width where value >> UInt64(bit) & 1 != 0 {
                bytes[(index * width + bit) / 8] |= 1 << UInt8((index * width + bit) % 8)
            }
        }
        return bytes
    }

    @Test("values of every width lie behind each other", arguments: 0...64)
    func widths(_ width: Int) {
        var random = RandomData(seed: UInt64(width))
        for count in [0, 1, 3, 4, 5, 7, 8, 9, 31, 32, 33, 64, 127] {
            for multiple in [8, 32] {
                let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
                let values = (0..<count).map { _ in random.bits() & mask }
                var output = BufferBuilder<UInt8>()
                output.append(9)
                BitPacking.pack(values.span, width: width, toMultipleOf: multiple, into: &output) { $0 }
                #expect(output.finish().array == [9] + packed(values, width: width, multiple: multiple))
            }
        }
    }
}
