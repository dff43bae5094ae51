// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

struct BitmapTests {
    /// Lengths around word boundaries.
    private static let lengths = [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000]

    private func random(_ count: Int, seed: Int) -> [Bool] {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state & 4 != 0
        }
    }

    @Test("bits come out as they went in", arguments: lengths)
    func roundTrip(count: Int) {
        let bits = random(count, seed: count + 1)
        let bitmap = Bitmap(bits)
        #expect(bitmap.array == bits)
        #expect(bitmap.setCount == bits.count { $0 })
        #expect(bitmap.inverted.array == bits.map { !$0 })
        #expect(bitmap.inverted.setCount == bits.count { !$0 })
        #expect(bitmap.setIndices.array == bits.indices.filter { bits[$0] }.map { Int32($0) })
    }

    @Test("combining equals combining each bit", arguments: lengths)
    func combine(count: Int) {
        let (left, right) = (random(count, seed: 3), random(count, seed: 5))
        let (a, b) = (Bitmap(left), Bitmap(right))
        #expect(a.and(b).array == zip(left, right).map { $0 && $1 })
        #expect(a.or(b).array == zip(left, right).map { $0 || $1 })
        #expect(a.andNot(b).array == zip(left, right).map { $0 && !$1 })
    }

    @Test("a slice has the bits of its range wherever it starts", arguments: [0, 1, 31, 63, 64, 65, 100])
    func slice(start: Int) {
        let bits = random(300, seed: 9)
        for end in [start, start + 1, start + 63, start + 64, start + 65, start + 130] {
            let slice = Bitmap(bits).slice(start..<end)
            #expect(slice.array == Array(bits[start..<end]))
            #expect(slice.setCount == bits[start..<end].count { $0 })
        }
    }

    @Test("runs and words append at any position", arguments: [0, 1, 63, 64, 70])
    func appendRuns(before: Int) {
        var builder = BitmapBuilder()
        builder.append(repeating: true, count: before)
        builder.append(repeating: false, count: 3)
        builder.append(repeating: true, count: 200)
        builder.append(word: 0b101, length: 3)
        let expected =
            Array(repeating: true, count: before) + [false, false, false]
            + Array(repeating: true, count: 200) + [true, false, true]
        #expect(builder.count == expected.count)
        #expect(builder.setCount == expected.count { $0 })
        #expect(builder.finish().array == expected)
    }

    @Test func aValidityOfOnlySetBitsIsNone() {
        var builder = BitmapBuilder()
        builder.append(repeating: true, count: 65)
        #expect(builder.finishValidity() == nil)
    }
}
