// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Testing

@testable import Parquet

/// DELTA_BINARY_PACKED has the bytes of the format's examples and comes back from them.
struct DeltaBinaryTests {
    private func encode(_ values: [Int64]) -> [UInt8] {
        var output = BufferBuilder<UInt8>()
        DeltaBinaryEncoder.append(values.span, into: &output)
        return output.finish().array
    }

    private func decode(_ bytes: [UInt8], count: Int) throws(PipelineError) -> [Int64] {
        var output = BufferBuilder<Int64>()
        _ = try DeltaBinaryDecoder.decode(bytes.span, count: count, into: &output)
        return output.finish().array
    }

    @Test func equalStepsNeedNoBits() {
        // Block 128, 4 miniblocks, 5 values, first 1 (zigzag 2); least difference 1 (zigzag 2), four widths of 0.
        #expect(encode([1, 2, 3, 4, 5]) == [0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 0, 0, 0, 0])
    }

    @Test func theSecondExampleOfTheFormat() {
        // Differences −2, −2, −2, 1, 1, 1, 1, 1: least −2, the rest 0 or 3 in two bits.
        let bytes = encode([7, 5, 3, 1, 2, 3, 4, 5, 6])
        #expect(bytes == [0x80, 0x01, 0x04, 0x09, 0x0E, 0x03, 2, 0, 0, 0, 0xC0, 0xFF, 0, 0, 0, 0, 0, 0])
    }

    @Test func nothingAndOneValueAreHeadersOnly() {
        #expect(encode([]) == [0x80, 0x01, 0x04, 0x00, 0x00])
        #expect(encode([-3]) == [0x80, 0x01, 0x04, 0x01, 0x05])
    }

    @Test("what is encoded is decoded, over the whole range of 64 bits", arguments: UInt64(0)..<60)
    func valuesComeBack(seed: UInt64) throws {
        var random = RandomData(seed: seed)
        let shift = Int64(random.below(64))
        let values = (0..<random.below(700)).map { _ in
            random.below(40) == 0 ? [Int64.min, .max][random.below(2)] : Int64(bitPattern: random.bits()) >> shift
        }
        #expect(try decode(encode(values), count: values.count) == values)
    }

    @Test("32-bit values wrap in 32 bits", arguments: UInt64(0)..<20)
    func narrowValuesComeBack(seed: UInt64) throws {
        var random = RandomData(seed: seed)
        let values = (0..<500).map { _ in Int32(truncatingIfNeeded: random.bits()) }
        var bytes = BufferBuilder<UInt8>()
        DeltaBinaryEncoder.append(values.span, into: &bytes)
        var output = BufferBuilder<Int32>()
        _ = try DeltaBinaryDecoder.decode(bytes.span, count: values.count, into: &output)
        #expect(output.finish().array == values)
    }

    @Test func damagedHeadersAreRefused() {
        #expect(throws: PipelineError.self) { try decode([0x80, 0x01, 0x04, 0x05, 0x02], count: 5) }
        #expect(throws: PipelineError.self) { try decode([0x00, 0x04, 0x05, 0x02], count: 5) }
        #expect(throws: PipelineError.self) { try decode([0x80, 0x01, 0x00, 0x05, 0x02], count: 5) }
        #expect(throws: PipelineError.self) {
            try decode([0x80, 0x01, 0x04, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x02], count: 5)
        }
        #expect(throws: PipelineError.self) {
            try decode([0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 200, 0, 0, 0], count: 5)
        }
    }
}
