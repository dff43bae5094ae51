// SPDX-License-Identifier: Apache-2.0
import Columnar

/// An exact sum of integers per group: in 64 bits while all sums fit them, then in 128.
struct IntegerSums: ~Copyable {
    private var narrow = BufferBuilder<Int64>()
    /// In the place of the narrow ones once one of them did not fit.
    private var wide = BufferBuilder<Int128>()
    private var isWide = false

    mutating func reserve(_ count: Int) {
        if isWide { wide.reserve(count) } else { narrow.reserve(count) }
    }

    mutating func grow(to count: Int) {
        if isWide { wide.grow(to: count, with: 0) } else { narrow.grow(to: count, with: 0) }
    }

    private mutating func widen() {
        wide = Self.widened(narrow)
        narrow = BufferBuilder()
        isWide = true
    }

    private static func widened(_ sums: borrowing BufferBuilder<Int64>) -> BufferBuilder<Int128> {
        var wide = BufferBuilder<Int128>(capacity: sums.count)
        wide.append(sums.span) { Int128($0) }
        return wide
    }

    /// Adds one number per row.
    mutating func add<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ values: Buffer<Number>, _ groups: Buffer<Int32>
    ) {
        var start = 0
        if !isWide {
            start = Self.addNarrow(values, groups, &narrow)
            if start == values.count { return }
            widen()
        }
        Self.addWide(values, groups, from: start, &wide)
    }

    /// Adds until a sum would not fit; returns how many were added.
    private static func addNarrow<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ values: Buffer<Number>, _ groups: Buffer<Int32>, _ sums: inout BufferBuilder<Int64>
    ) -> Int {
        let (numbers, added) = (groups.span, values.span)
        var totals = sums.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            let value = Int64(truncatingIfNeeded: added[row])
            let (sum, overflow) = totals[group].addingReportingOverflow(value)
            if overflow || Number(truncatingIfNeeded: value) != added[row] { return row }
            totals[group] = sum
        }
        return numbers.count
    }

    private static func addWide<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ values: Buffer<Number>, _ groups: Buffer<Int32>, from start: Int, _ sums: inout BufferBuilder<Int128>
    ) {
        let (numbers, added) = (groups.span, values.span)
        var totals = sums.mutableSpan
        for row in start..<numbers.count { totals[Int(numbers[row])] += Int128(added[row]) }
    }

    /// Adds the sums of other groups.
    mutating func merge(_ other: borrowing IntegerSums, _ groups: GroupPairs) {
        if !isWide && !other.isWide && mergeNarrow(other, groups) { return }
        if !isWide { widen() }
        if other.isWide {
            wide.combine(other.wide, groups) { $0 + $1 }
        } else {
            wide.combine(Self.widened(other.narrow), groups) { $0 + $1 }
        }
    }

    /// Adds in 64 bits; does nothing, and says so, when a sum does not fit them.
    private mutating func mergeNarrow(_ other: borrowing IntegerSums, _ groups: GroupPairs) -> Bool {
        // Wrapped sums are taken back exactly by subtracting; a sign that no addend has shows each of them.
        var overflows: Int64 = 0
        narrow.combine(other.narrow, groups) { sum, added in
            let total = sum &+ added
            overflows |= (sum ^ total) & (added ^ total)
            return total
        }
        if overflows >= 0 { return true }
        narrow.combine(other.narrow, groups) { $0 &- $1 }
        return false
    }

    /// The sums of some groups.
    func taking(_ groups: Buffer<Int32>) -> Buffer<Int128> {
        isWide ? wide.taking(groups) : narrow.taking(groups) { Int128($0) }
    }

    /// The sums of some groups in 64 bits; `nil` when one of all sums may not fit them.
    func takingNarrow(_ groups: Buffer<Int32>) -> Buffer<Int64>? { isWide ? nil : narrow.taking(groups) }

    var byteCount: Int { isWide ? wide.count * 16 : narrow.count * 8 }
}
