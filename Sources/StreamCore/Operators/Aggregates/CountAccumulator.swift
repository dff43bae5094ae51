// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Counts rows. State: `count`.
final class CountAccumulator: Accumulator {
    private let counts = RowCounts()

    var rowCounts: RowCounts? { counts }

    func reserve(_ count: Int) { counts.reserve(count) }

    func grow(to count: Int) { counts.grow(to: count) }

    func update(_ input: AccumulatorInput) { counts.addOnes(input.groups) }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        counts.add(states[0], groups)
    }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        guard let other = other as? CountAccumulator else { preconditionFailure("another aggregate") }
        counts.merge(other.counts, groups)
    }

    func states(of groups: Buffer<Int32>) -> [Column] { [Column(.bigint, counts.taking(groups))] }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        Column(.bigint, counts.taking(groups))
    }

    var byteCount: Int { counts.byteCount }

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
