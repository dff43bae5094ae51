// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Counts rows. State: `count`.
final class CountAccumulator: Accumulator {
    private var counts = BufferBuilder<Int64>()

    func grow(to count: Int) { counts.grow(to: count, with: 0) }

    func update(_ input: AccumulatorInput) { Self.addOnes(input.groups, to: &counts) }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        Self.add(states[0].elements(), groups, to: &counts)
    }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        guard let other = other as? CountAccumulator else { preconditionFailure("another aggregate") }
        counts.combine(other.counts, groups) { $0 + $1 }
    }

    func states(of groups: Buffer<Int32>) -> [Column] { [Column(.bigint, counts.taking(groups))] }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        Column(.bigint, counts.taking(groups))
    }

    var byteCount: Int { counts.count * 8 }

    /// Counts each row in its group.
    static func addOnes(_ groups: Buffer<Int32>, to counts: inout BufferBuilder<Int64>) {
        let numbers = groups.span
        var totals = counts.mutableSpan
        for row in numbers.indices { totals[Int(numbers[row])] += 1 }
    }

    /// Adds one number per row to its group.
    static func add(_ values: Buffer<Int64>, _ groups: Buffer<Int32>, to counts: inout BufferBuilder<Int64>) {
        let (numbers, added) = (groups.span, values.span)
        var totals = counts.mutableSpan
        for row in numbers.indices { totals[Int(numbers[row])] += added[row] }
    }

    /// Which of some groups have rows; `nil` when all have.
    static func validity(_ counts: Buffer<Int64>) -> Bitmap? {
        let bits = Elementwise.test(counts) { $0 != 0 }
        return bits.allSet ? nil : bits
    }
}
