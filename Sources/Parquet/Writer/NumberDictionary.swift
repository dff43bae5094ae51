// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Gives each distinct number of a column chunk a code, in the order of first appearance.
///
/// Open addressing with linear probing; at most half full.
struct NumberDictionary<Word: FixedWidthInteger & BitwiseCopyable & Sendable>: ~Copyable {
    /// The distinct numbers; a number's position is its code.
    private(set) var entries = BufferBuilder<Word>()
    private var slots = BufferBuilder<Slot>()
    private var shift: UInt64 = 0

    /// A number beside its code, so that both come with one line of the cache.
    private struct Slot: BitwiseCopyable, Sendable {
        var number: Word
        /// The code plus one; 0 in a free slot.
        var code: Int32
    }

    init() {}

    /// How many distinct numbers there are.
    var count: Int { entries.count }

    /// Appends the code of each value in `range`; stops before a value that would be entry `limit`.
    ///
    /// - Returns: whether all values have codes.
    @inline(__always)
    mutating func encode(
        _ numbers: borrowing BufferBuilder<Word>, _ range: Range<Int>, limit: Int,
        into output: inout BufferBuilder<Int32>
    ) -> Bool {
        let values = numbers.span.extracting(range)
        var position = 0
        output.reserve(values.count)
        while position < values.count {
            if entries.count * 2 >= slots.count { grow() }
            let room = min(limit, slots.count / 2)
            position += Self.encode(
                values.extracting(position..<values.count), room: room, shift, &entries, &slots, into: &output)
            if entries.count >= limit && position < values.count { return false }
        }
        return true
    }

    /// Appends the code of each value until one would be entry `room`; returns how many there were.
    @inline(__always)
    private static func encode(
        _ values: Span<Word>, room: Int, _ shift: UInt64, _ entries: inout BufferBuilder<Word>,
        _ table: inout BufferBuilder<Slot>, into output: inout BufferBuilder<Int32>
    ) -> Int {
        let (first, mask) = (output.count, table.count - 1)
        output.append(repeating: 0, count: values.count)
        var slots = table.mutableSpan
        var target = output.mutableSpan
        for index in values.indices {
            let value = values[index]
            var place = hash(value, shift)
            while slots[place].code != 0 && slots[place].number != value { place = (place + 1) & mask }
            var code = slots[place].code
            if code == 0 {
                guard entries.count < room else {
                    output.truncate(to: first + index)
                    return index
                }
                entries.append(value)
                code = Int32(truncatingIfNeeded: entries.count)
                slots[place] = Slot(number: value, code: code)
            }
            target[first + index] = code - 1
        }
        return values.count
    }

    /// Takes all numbers into bounds.
    func extend(_ bounds: inout NumberBounds<Word>) where Word: SignedInteger { bounds.add(entries) }

    private mutating func grow() {
        let size = max(slots.count * 2, 512)
        shift = UInt64(64 - size.trailingZeroBitCount)
        slots.removeAll()
        slots.append(repeating: Slot(number: 0, code: 0), count: size)
        for index in 0..<entries.count {
            var place = Self.hash(entries[index], shift)
            while slots[place].code != 0 { place = (place + 1) & (size - 1) }
            slots[place] = Slot(number: entries[index], code: Int32(truncatingIfNeeded: index + 1))
        }
    }

    /// Multiplicative hashing: the high bits of the product depend on all bits of the number.
    @inline(__always)
    private static func hash(_ value: Word, _ shift: UInt64) -> Int {
        var word = UInt64(truncatingIfNeeded: value)
        if Word.bitWidth > 64 { word ^= UInt64(truncatingIfNeeded: value >> 64) &* 0xC2B2_AE3D_27D4_EB4F }
        return Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    /// Forgets everything.
    mutating func removeAll() {
        entries.removeAll()
        slots.removeAll()
    }
}
