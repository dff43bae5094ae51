// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Sums or averages FLOAT and DOUBLE numbers. State: `sum`, `rest` (what rounding lost), `count`.
final class DoubleSumAccumulator: Accumulator {
    private let isAverage: Bool
    private var sums = DoubleSums()
    private let counts = RowCounts()

    var rowCounts: RowCounts? { counts }

    init(isAverage: Bool) { self.isAverage = isAverage }

    func reserve(_ count: Int) {
        sums.reserve(count)
        counts.reserve(count)
    }

    func grow(to count: Int) {
        sums.grow(to: count)
        counts.grow(to: count)
    }

    func update(_ input: AccumulatorInput) {
        sums.add(NumberColumns.doubles(input.arguments[0]), input.groups)
        counts.addOnes(input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        sums.merge(states[0], states[1], groups)
        counts.add(states[2], groups)
    }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        guard let other = other as? DoubleSumAccumulator else { preconditionFailure("another aggregate") }
        sums.merge(other.sums, groups)
        counts.merge(other.counts, groups)
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        sums.states(of: groups) + [Column(.bigint, counts.taking(groups))]
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        let rows = counts.taking(groups)
        var values = BufferBuilder<Double>(capacity: groups.count)
        for row in 0..<groups.count {
            let sum = sums.sum(of: Int(groups[row])).high
            values.append(isAverage && rows[row] > 0 ? sum / Double(rows[row]) : sum)
        }
        return Column(.double, values.finish(), validity: CountAccumulator.validity(rows))
    }

    var byteCount: Int { sums.byteCount + counts.byteCount }
}
