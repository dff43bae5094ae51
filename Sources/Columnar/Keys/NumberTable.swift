// SPDX-License-Identifier: Apache-2.0

/// Gives the numbers of keys in turn numbers among those that are met here: the groups of one window, say, among all keys.
///
/// While what is met has the numbers 0, 1, 2, … in this order, nothing is held but their count. Then, where it is known about how many
/// are met, each number has its place in an array while the numbers stay within a few times that count. After that: open addressing with
/// linear probing over words of a key and a number, Fibonacci hashing (Knuth, TAOCP 3, §6.4).
///
/// - Cost: one probe per key, amortised; up to 26 bytes per key.
public struct NumberTable: ~Copyable {
    /// The number of each key, −1 for those that were not met; empty before and after that.
    private var places = BufferBuilder<Int32>()
    private var slots = BufferBuilder<UInt64>()
    private var shift: UInt64 = 0
    /// How many keys have been met.
    public private(set) var count = 0

    private let expectedCount: Int

    /// An empty table, where about so many keys are expected.
    public init(expecting expectedCount: Int = 0) { self.expectedCount = expectedCount }

    /// How many bytes the table holds.
    public var byteCount: Int { places.count * 4 + slots.count * 8 }

    /// Appends the number of each key to `numbers`. A key that is new gets the count of `members` as its number, and is appended there.
    ///
    /// - Parameter members: the keys by number; several tables may share it, whose numbers then are all different.
    public mutating func number(
        _ keys: Span<Int32>, members: inout BufferBuilder<Int32>, into numbers: inout BufferBuilder<Int32>
    ) {
        numbers.reserve(keys.count)
        var row = slots.count == 0 && places.count == 0 ? numberInOrder(keys, &members, &numbers) : 0
        while row < keys.count && slots.count == 0 {
            if keys[row] < places.count || makePlaces(through: keys[row]) {
                let before = members.count
                row = Self.number(keys, from: row, by: &places, &members, &numbers)
                count += members.count - before
            } else {
                rebuild(for: max(count + 1, expectedCount))
            }
        }
        while row < keys.count {
            let key = keys[row]
            row += 1
            let slot = slot(of: key)
            let word = slots[slot]
            if word != 0 {
                numbers.append(Self.number(word))
                continue
            }
            let number = Int32(truncatingIfNeeded: members.count)
            members.append(key)
            numbers.append(number)
            slots[slot] = Self.word(key, number)
            count += 1
            if count * 8 > slots.count * 5 { rebuild(for: count * 2) }
        }
    }

    /// Makes places for the keys through one, unless most of them would stay empty; says whether there are.
    private mutating func makePlaces(through key: Int32) -> Bool {
        let most = 4 * max(count, expectedCount)
        guard expectedCount > 0, key < most else { return false }
        if places.count == 0 { places.append(contentsOf: Buffer(counting: 0..<Int32(truncatingIfNeeded: count))) }
        places.append(repeating: -1, count: min(most, max(Int(key) + 1, places.count * 2)) - places.count)
        return true
    }

    /// Numbers keys until there is one that has no place; returns which.
    private static func number(
        _ keys: Span<Int32>, from first: Int, by table: inout BufferBuilder<Int32>,
        _ members: inout BufferBuilder<Int32>, _ numbers: inout BufferBuilder<Int32>
    ) -> Int {
        var places = table.mutableSpan
        for row in first..<keys.count {
            let key = Int(keys[row])
            if key >= places.count { return row }
            if places[key] < 0 {
                places[key] = Int32(truncatingIfNeeded: members.count)
                members.append(keys[row])
            }
            numbers.append(places[key])
        }
        return keys.count
    }

    /// Numbers keys that come in their own order; returns how many they are.
    private mutating func numberInOrder(
        _ keys: Span<Int32>, _ members: inout BufferBuilder<Int32>, _ numbers: inout BufferBuilder<Int32>
    ) -> Int {
        for row in keys.indices {
            let key = keys[row]
            if key >= count {
                guard Int(key) == count && members.count == count else { return row }
                members.append(key)
                count += 1
            }
            numbers.append(key)
        }
        return keys.count
    }

    /// The number of each key; -1 for those that were not met.
    public func find(_ keys: Buffer<Int32>) -> Buffer<Int32> {
        let keys = keys.span
        var numbers = BufferBuilder<Int32>(capacity: keys.count)
        for row in keys.indices {
            let key = keys[row]
            if places.count > 0 {
                numbers.append(key < places.count ? places[Int(key)] : -1)
            } else if slots.count == 0 {
                numbers.append(key < count ? key : -1)
            } else {
                numbers.append(Self.number(slots[slot(of: key)]))
            }
        }
        return numbers.finish()
    }

    /// Where a key stands, or the empty slot where it would.
    @inline(__always)
    private func slot(of key: Int32) -> Int {
        let (words, wanted) = (slots.span, UInt64(UInt32(bitPattern: key)))
        var slot = home(of: key)
        while true {
            let word = words[slot]
            if word == 0 || word >> 32 == wanted { return slot }
            slot = (slot + 1) & (words.count - 1)
        }
    }

    @inline(__always)
    private func home(of key: Int32) -> Int {
        Int(truncatingIfNeeded: (UInt64(UInt32(bitPattern: key)) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    /// A slot's word: the key, and the number plus one.
    @inline(__always)
    private static func word(_ key: Int32, _ number: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: key)) << 32 | UInt64(UInt32(bitPattern: number) + 1)
    }

    @inline(__always)
    private static func number(_ word: UInt64) -> Int32 { Int32(truncatingIfNeeded: word) &- 1 }

    /// Makes slots for so many keys.
    private mutating func rebuild(for room: Int) {
        var size = 64
        while size * 5 < room * 8 { size *= 2 }
        shift = UInt64(64 - size.trailingZeroBitCount)
        var old = BufferBuilder<UInt64>(capacity: size)
        old.append(repeating: 0, count: size)
        swap(&old, &slots)
        if old.count == 0 && places.count == 0 {
            for key in 0..<Int32(truncatingIfNeeded: count) { slots[slot(of: key)] = Self.word(key, key) }
        }
        for key in 0..<places.count where places[key] >= 0 {
            let key = Int32(truncatingIfNeeded: key)
            slots[slot(of: key)] = Self.word(key, places[Int(key)])
        }
        places = BufferBuilder()
        for index in 0..<old.count where old[index] != 0 {
            slots[slot(of: Int32(truncatingIfNeeded: old[index] >> 32))] = old[index]
        }
    }
}
