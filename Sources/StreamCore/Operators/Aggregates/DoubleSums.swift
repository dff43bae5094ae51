// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A sum of DOUBLEs per group in twice the precision: the rounded total and what rounding lost, so that the result does not depend
/// on the order of the rows.
///
/// Knuth, "The Art of Computer Programming" 2, §4.2.2 (exact error of an addition).
struct DoubleSums: ~Copyable {
    private var totals = BufferBuilder<Double>()
    private var rests = BufferBuilder<Double>()

    mutating func reserve(_ count: Int) {
        totals.reserve(count)
        rests.reserve(count)
    }

    mutating func grow(to count: Int) {
        totals.grow(to: count, with: 0)
        rests.grow(to: count, with: 0)
    }

    /// Adds one number per row.
    mutating func add(_ values: Buffer<Double>, _ groups: Buffer<Int32>) {
        Self.add(values, groups, &totals, &rests)
    }

    private static func add(
        _ values: Buffer<Double>, _ groups: Buffer<Int32>, _ totals: inout BufferBuilder<Double>,
        _ rests: inout BufferBuilder<Double>
    ) {
        let (numbers, added) = (groups.span, values.span)
        var sums = totals.mutableSpan
        var lost = rests.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            let (sum, error) = sumAndError(sums[group], added[row])
            lost[group] += error
            sums[group] = sum
        }
    }

    /// Adds the product of two numbers per row, whose rounding error is exact too.
    mutating func addProducts(_ left: Buffer<Double>, _ right: Buffer<Double>, _ groups: Buffer<Int32>) {
        add(Elementwise.map(.values(left), .values(right), count: left.count) { $0 * $1 }, groups)
        let errors = Elementwise.map(.values(left), .values(right), count: left.count) { one, other in
            let error = (-(one * other)).addingProduct(one, other)
            return error.isFinite ? error : 0
        }
        let (numbers, added) = (groups.span, errors.span)
        var lost = rests.mutableSpan
        for row in numbers.indices { lost[Int(numbers[row])] += added[row] }
    }

    /// Adds sums that went out before.
    mutating func merge(_ totals: Column, _ rests: Column, _ groups: Buffer<Int32>) {
        Self.merge(totals.elements(), rests.elements(), groups, &self.totals, &self.rests)
    }

    private static func merge(
        _ addedTotals: Buffer<Double>, _ addedRests: Buffer<Double>, _ groups: Buffer<Int32>,
        _ totals: inout BufferBuilder<Double>, _ rests: inout BufferBuilder<Double>
    ) {
        let (numbers, added, addedLost) = (groups.span, addedTotals.span, addedRests.span)
        var sums = totals.mutableSpan
        var lost = rests.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            (sums[group], lost[group]) = sum((sums[group], lost[group]), (added[row], addedLost[row]))
        }
    }

    /// Adds the sums of other groups.
    mutating func merge(_ other: borrowing DoubleSums, _ groups: GroupPairs) {
        switch groups {
        case .same where totals.count == 0:
            totals.append(contentsOf: other.totals.span)
            rests.append(contentsOf: other.rests.span)
        case .same:
            BufferBuilder.combine(&totals, &rests, other.totals, other.rests) { Self.sum($0, $1) }
        case .some(let from, let to):
            BufferBuilder.combine(&totals, &rests, at: to.span, other.totals, other.rests, at: from.span) {
                Self.sum($0, $1)
            }
        }
    }

    /// The sum of two totals with their rests.
    @inline(__always)
    private static func sum(_ one: (Double, Double), _ other: (Double, Double)) -> (Double, Double) {
        let (total, error) = sumAndError(one.0, other.0)
        return (total, one.1 + error + other.1)
    }

    @inline(__always)
    private static func sumAndError(_ old: Double, _ value: Double) -> (sum: Double, error: Double) {
        let sum = old + value
        let part = sum - old
        return (sum, (old - (sum - part)) + (value - part))
    }

    /// The state of some groups: totals and rests.
    func states(of groups: Buffer<Int32>) -> [Column] {
        [Column(.double, totals.taking(groups)), Column(.double, rests.taking(groups))]
    }

    /// The sum of a group in two parts; an infinite or undefined one has no second.
    func sum(of group: Int) -> DoublePair {
        let total = totals[group]
        return total.isFinite ? DoublePair(total, rests[group]) : DoublePair(total)
    }

    var byteCount: Int { totals.count * 16 }
}

/// A number of twice the precision: an unevaluated sum, the first part of which is the whole rounded.
struct DoublePair {
    let high: Double
    let low: Double

    init(_ high: Double, _ low: Double = 0) {
        let sum = high + low
        let part = sum - high
        self.high = sum
        self.low = sum.isFinite ? (high - (sum - part)) + (low - part) : 0
    }

    static func + (left: DoublePair, right: DoublePair) -> DoublePair {
        let sum = left.high + right.high
        let part = sum - left.high
        let error = (left.high - (sum - part)) + (right.high - part)
        return sum.isFinite ? DoublePair(sum, error + left.low + right.low) : DoublePair(sum)
    }

    static prefix func - (pair: DoublePair) -> DoublePair { DoublePair(-pair.high, -pair.low) }

    static func * (left: DoublePair, right: DoublePair) -> DoublePair {
        let product = left.high * right.high
        let error = (-product).addingProduct(left.high, right.high)
        guard product.isFinite else { return DoublePair(product) }
        return DoublePair(product, error + left.high * right.low + left.low * right.high)
    }

    static func / (left: DoublePair, right: Double) -> DoublePair {
        let quotient = left.high / right
        guard quotient.isFinite else { return DoublePair(quotient) }
        let rest = left + -(DoublePair(quotient) * DoublePair(right))
        return DoublePair(quotient, rest.high / right)
    }
}
