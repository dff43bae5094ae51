// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamTesting
import Testing

@testable import StreamCore

struct IntegerSumsTests {
    private static let groupCount = 20

    private static func number(_ random: inout SeededNumbers, fitting: Bool) -> Int64 {
        if fitting { return Int64.random(in: -1000...1000, using: &random) }
        let some = Int64.random(in: .min ... .max, using: &random)
        return [Int64.min, .max, some, 1, -1][Int.random(in: 0..<5, using: &random)]
    }

    private static func groups(_ count: Int, _ random: inout SeededNumbers) -> [Int32] {
        (0..<count).map { _ in Int32.random(in: 0..<Int32(groupCount), using: &random) }
    }

    @Test("sums are exact, whether they fit 64 bits or cease to", arguments: UInt64(0)..<24)
    func twin(_ seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        let all = Buffer(counting: 0..<Int32(Self.groupCount))
        var sums = [IntegerSumsForTests(), IntegerSumsForTests()]
        for step in 0..<12 {
            // Large numbers come late, early, or never.
            let fitting = [step < 6, false, true][Int(seed % 3)]
            let place = Int.random(in: 0...1, using: &random)
            let groups = Self.groups(fitting ? 50 : 2, &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                sums[place].add(groups.map { ($0, Self.number(&random, fitting: fitting)) })
            case 1:
                let wide = groups.map { ($0, Int128(Self.number(&random, fitting: fitting)) << (fitting ? 0 : 20)) }
                sums[place].add(wide)
            case 2:
                sums[place].merge(sums[1 - place], .same(count: Self.groupCount))
            default:
                let from = Buffer(Self.groups(30, &random))
                let to = Buffer(Self.groups(30, &random))
                sums[place].merge(sums[1 - place], .some(from: from, to: to))
            }
            for sum in sums {
                #expect(sum.sums.value.taking(all).array == sum.model)
                let narrow = sum.sums.value.takingNarrow(all)?.array
                #expect(narrow == nil || narrow?.map { Int128($0) } == sum.model)
                #expect(narrow != nil || sum.hadLarge)
            }
        }
    }

    @Test("sums that wrap while they are merged are taken back", arguments: [false, true])
    func wrapped(_ isSame: Bool) {
        func sums(_ numbers: [Int64]) -> IntegerSums {
            var sums = IntegerSums()
            sums.grow(to: 3)
            sums.add(Buffer(numbers), Buffer([Int32(0), 1, 2]))
            return sums
        }
        var sum = sums([5, .max, .min])
        let other = sums([7, 1, -1])
        // Two into the second, one of which is merged after it has wrapped.
        let pairs = GroupPairs.some(from: Buffer([Int32(0), 1, 2, 0]), to: Buffer([Int32(0), 1, 2, 1]))
        sum.merge(other, isSame ? .same(count: 3) : pairs)
        #expect(sum.takingNarrow(Buffer([Int32(0)])) == nil)
        let second = Int128(Int64.max) + (isSame ? 1 : 8)
        #expect(sum.taking(Buffer([Int32(0), 1, 2])).array == [12, second, Int128(Int64.min) - 1])
    }

    @Test func noneYetTakesAllOfAnother() {
        for large in [false, true] {
            var none = IntegerSums()
            var other = IntegerSums()
            other.grow(to: 2)
            other.add(Buffer([large ? Int64.max : 5, 1]), Buffer([Int32(0), 0]))
            none.merge(other, .same(count: 2))
            #expect(none.taking(Buffer([Int32(1), 0])).array == [0, large ? Int128(Int64.max) + 1 : 6])
        }
    }
}

/// Sums beside what they should be.
private struct IntegerSumsForTests {
    final class Box {
        var value = IntegerSums()
    }

    let sums = Box()
    private(set) var model = Array(repeating: Int128(0), count: 20)
    /// Whether a sum has been beyond 64 bits, or may have been on the way.
    private(set) var hadLarge = false

    init() { sums.value.grow(to: 20) }

    mutating func add<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(_ rows: [(Int32, Number)]) {
        sums.value.add(Buffer(rows.map(\.1)), Buffer(rows.map(\.0)))
        for (group, number) in rows { note(Int(group), Int128(number)) }
    }

    mutating func merge(_ other: IntegerSumsForTests, _ groups: GroupPairs) {
        let before = other.model
        sums.value.merge(other.sums.value, groups)
        hadLarge = hadLarge || other.hadLarge
        switch groups {
        case .same: for group in before.indices { note(group, before[group]) }
        case .some(let from, let to): for row in 0..<from.count { note(Int(to[row]), before[Int(from[row])]) }
        }
    }

    private mutating func note(_ group: Int, _ number: Int128) {
        model[group] += number
        hadLarge = hadLarge || Int64(exactly: number) == nil || Int64(exactly: model[group]) == nil
    }
}
