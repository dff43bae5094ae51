// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

struct BufferTests {
    @Test func aBuilderGrowsAndHandsItsValuesOver() {
        var builder = BufferBuilder<Int32>(capacity: 1)
        for number in 0..<1000 { builder.append(Int32(number)) }
        builder.append(repeating: -1, count: 3)
        builder.append(contentsOf: Buffer<Int32>([7, 8]))
        #expect(builder.count == 1005)
        #expect(builder.finish().array == (0..<1000).map { Int32($0) } + [-1, -1, -1, 7, 8])
    }

    @Test func aSliceOutlivesItsOrigin() {
        func slice() -> Buffer<Int64> { Buffer((0..<100).map { Int64($0) }).slice(10..<13) }
        #expect(slice().array == [10, 11, 12])
        #expect(slice().slice(1..<3).array == [11, 12])
    }

    @Test func valuesCanBeChangedUntilTheyAreHandedOver() {
        var builder = BufferBuilder<Double>()
        builder.append(repeating: 0, count: 4)
        var span = builder.mutableSpan
        span[2] = 1.5
        #expect(builder.finish().array == [0, 0, 1.5, 0])
    }

    @Test func anEmptyBufferHasNoValues() {
        #expect(Buffer<Int128>().array == [])
        #expect(Buffer<UInt8>().slice(0..<0).count == 0)
    }

    @Test func buffersAreEqualByTheirValues() {
        let buffer = Buffer<Int64>([1, 2, 3, 1, 2, 3])
        #expect(buffer.isEqual(to: buffer))
        #expect(buffer.slice(0..<3).isEqual(to: buffer.slice(3..<6)))
        #expect(!buffer.slice(0..<3).isEqual(to: buffer.slice(3..<5)))
        #expect(!buffer.isEqual(to: Buffer([1, 2, 3, 1, 2, 4])))
        #expect(Buffer<Int64>().isEqual(to: buffer.slice(2..<2)))
        #expect(!Buffer<Int64>().isEqual(to: buffer))
    }

    @Test func blocksAreUsedAgainOnceTheirLastBufferIsGone() {
        let pool = BlockPool(blockBytes: 100, keepingAtMost: 1)
        func filled(_ byte: UInt8, _ count: Int = 100) -> Buffer<UInt8> {
            var builder = pool.builder()
            builder.append(repeating: byte, count: count)
            return builder.finish()
        }
        func address(_ buffer: Buffer<UInt8>) -> UInt {
            unsafe buffer.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        }
        var first: Buffer? = filled(1)
        let place = address(first!)
        var slice: Buffer? = first?.slice(0..<1)
        first = nil
        let second = filled(2)
        #expect(address(second) != place, "a slice still holds the first block")
        #expect(slice?.array == [1])
        slice = nil
        #expect(address(filled(3)) == place)
        #expect(filled(4, 1000).array == Array(repeating: 4, count: 1000), "what outgrows a block moves")
        #expect(second.array == Array(repeating: 2, count: 100))
    }

    @Test("values at numbers that follow each other are those at the numbers one by one")
    func takingRuns() {
        let values = Buffer((0..<50).map { Int64($0) * 3 })
        #expect(Buffer(counting: 4..<7).array == [4, 5, 6])
        #expect(Buffer(counting: 4..<4).array == [])
        for indices: [Int32] in [
            [], [49], [0, 1, 2], Array(10..<50), [3, 5, 5], [2, 1, 0], [1, 2, 4, 4], [0, 2, 1, 3],
        ] {
            #expect(values.taking(Buffer(indices)).array == indices.map { Int64($0) * 3 })
        }
        #expect(values.taking(Buffer(counting: 0..<50)).array == values.array)
    }
}
