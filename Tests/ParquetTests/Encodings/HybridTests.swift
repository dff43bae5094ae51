// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Testing

@testable import Parquet

/// The RLE / bit-packing hybrid has the bytes of the format's text and comes back from them.
struct HybridTests {
    private func encode(_ values: [Int32], width: Int) -> [UInt8] {
        var output = BufferBuilder<UInt8>()
        HybridEncoder.append(values.span, width: width, into: &output)
        return output.finish().array
    }

    private func decode(_ bytes: [UInt8], width: Int, count: Int) throws(PipelineError) -> [Int32] {
        var output = BufferBuilder<Int32>()
        try HybridDecoder.decode(bytes.span, width: width, count: count, into: &output)
        return output.finish().array
    }

    @Test func theExampleOfTheFormatIsPackedLowestBitFirst() {
        // One group of 8: header 1 << 1 | 1, then 0…7 in three bits each.
        #expect(encode([0, 1, 2, 3, 4, 5, 6, 7], width: 3) == [0x03, 0x88, 0xC6, 0xFA])
    }

    @Test func equalValuesBecomeARun() {
        #expect(encode(Array(repeating: 5, count: 100), width: 3) == [0xC8, 0x01, 0x05])
        #expect(encode(Array(repeating: 300, count: 8), width: 9) == [0x10, 0x2C, 0x01])
    }

    @Test func aShortTailIsFilledUpWithZeros() { #expect(encode([1, 0, 1], width: 1) == [0x03, 0x05]) }

    @Test func aRunThatEndsTheValuesMayBeShort() { #expect(encode([1, 1, 1], width: 1) == [0x06, 0x01]) }

    @Test func bitmapsArePackedAsTheyAre() {
        var output = BufferBuilder<UInt8>()
        HybridEncoder.append(Bitmap([true, false, true, true, false, false, false, false, true]), into: &output)
        #expect(output.finish().array == [0x05, 0x0D, 0x01])
        var full = BufferBuilder<UInt8>()
        HybridEncoder.append(Bitmap(repeating: true, count: 70), into: &full)
        #expect(full.finish().array == [0x8C, 0x01, 0x01])
    }

    @Test("what is encoded is decoded", arguments: UInt64(0)..<60)
    func valuesComeBack(seed: UInt64) throws {
        var random = RandomData(seed: seed)
        let width = 1 + random.below(31)
        let values = (0..<random.below(4_000)).reduce(into: [Int32]()) { values, _ in
            let value = Int32(truncatingIfNeeded: random.bits() & ((1 << UInt64(width)) - 1))
            values += Array(repeating: value, count: random.below(4) == 0 ? 1 + random.below(30) : 1)
        }
        #expect(try decode(encode(values, width: width), width: width, count: values.count) == values)
    }

    @Test func codesThatEndTooEarlyAreRefused() {
        #expect(throws: PipelineError.self) { try decode([0x03, 0x88], width: 3, count: 8) }
        #expect(throws: PipelineError.self) { try decode([0x06], width: 3, count: 3) }
        #expect(throws: PipelineError.self) { try decode([0x00, 0x01], width: 3, count: 3) }
        #expect(throws: PipelineError.self) { try decode([], width: 3, count: 1) }
        #expect(throws: PipelineError.self) {
            try decode([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], width: 32, count: 9)
        }
    }
}
