// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Sums or averages integers and durations exactly. State: `sum` DECIMAL(38, 0), `count`.
final class IntegerSumAccumulator: Accumulator {
    private let call: AggregateCall
    private var sums = IntegerSums()
    private let counts = RowCounts()

    var rowCounts: RowCounts? { counts }

    init(_ call: AggregateCall) { self.call = call }

    func reserve(_ count: Int) {
        sums.reserve(count)
        counts.reserve(count)
    }

    func grow(to count: Int) {
        sums.grow(to: count)
        counts.grow(to: count)
    }

    func update(_ input: AccumulatorInput) {
        sums.add(NumberColumns.integers(input.arguments[0]), input.groups)
        counts.addOnes(input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        sums.add(states[0].elements(Int128.self), groups)
        counts.add(states[1], groups)
    }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        guard let other = other as? IntegerSumAccumulator else { preconditionFailure("another aggregate") }
        sums.merge(other.sums, groups)
        counts.merge(other.counts, groups)
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        [
            Column(.decimal(precision: 38, scale: 0), sums.taking(groups)),
            Column(.bigint, counts.taking(groups)),
        ]
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        let counts = counts.taking(groups)
        let validity = CountAccumulator.validity(counts)
        if case .average = call.function {
            let (totals, rows) = (sums.taking(groups), counts.span)
            let sums = totals.span
            var averages = BufferBuilder<Double>(capacity: groups.count)
            for row in sums.indices {
                averages.append(rows[row] == 0 ? 0 : Double(sums[row]) / Double(rows[row]))
            }
            return Column(.double, averages.finish(), validity: validity)
        }
        let words = sums.takingNarrow(groups) ?? narrowed(sums.taking(groups), errors: &errors)
        return NumberColumns.column(call.type, integers: words, validity: validity)
    }

    private func narrowed(_ sums: Buffer<Int128>, errors: inout RowErrors) -> Buffer<Int64> {
        let (words, failed) = Elementwise.mapChecked(sums) { sum -> (Int64, failed: Bool) in
            (Int64(truncatingIfNeeded: sum), failed: Int128(Int64(truncatingIfNeeded: sum)) != sum)
        }
        if let failed {
            for row in failed.setIndices.array {
                errors.add(row: Int(row), .numericOverflow, "the sum \(sums[Int(row)]) does not fit \(call.type)")
            }
        }
        return words
    }

    var byteCount: Int { sums.byteCount + counts.byteCount }
}
