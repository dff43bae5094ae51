// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Sums or averages integers and durations exactly, in 128 bits. State: `sum` DECIMAL(38, 0), `count`.
final class IntegerSumAccumulator: Accumulator {
    private let call: AggregateCall
    private var sums = BufferBuilder<Int128>()
    private let counts = RowCounts()

    var rowCounts: RowCounts? { counts }

    init(_ call: AggregateCall) { self.call = call }

    func reserve(_ count: Int) {
        sums.reserve(count)
        counts.reserve(count)
    }

    func grow(to count: Int) {
        sums.grow(to: count, with: 0)
        counts.grow(to: count)
    }

    func update(_ input: AccumulatorInput) {
        let values = NumberColumns.integers(input.arguments[0])
        Self.add(values, input.groups, to: &sums)
        counts.addOnes(input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        Self.add(states[0].elements(Int128.self), groups, to: &sums)
        counts.add(states[1], groups)
    }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        guard let other = other as? IntegerSumAccumulator else { preconditionFailure("another aggregate") }
        sums.combine(other.sums, groups) { $0 + $1 }
        counts.merge(other.counts, groups)
    }

    private static func add<Number: BinaryInteger & BitwiseCopyable & Sendable>(
        _ values: Buffer<Number>, _ groups: Buffer<Int32>, to sums: inout BufferBuilder<Int128>
    ) {
        let (numbers, added) = (groups.span, values.span)
        var totals = sums.mutableSpan
        for row in numbers.indices { totals[Int(numbers[row])] += Int128(added[row]) }
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        [
            Column(.decimal(precision: 38, scale: 0), sums.taking(groups)),
            Column(.bigint, counts.taking(groups)),
        ]
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        let (sums, counts) = (sums.taking(groups), counts.taking(groups))
        let validity = CountAccumulator.validity(counts)
        if case .average = call.function {
            let (totals, rows) = (sums.span, counts.span)
            var averages = BufferBuilder<Double>(capacity: groups.count)
            for row in totals.indices {
                averages.append(rows[row] == 0 ? 0 : Double(totals[row]) / Double(rows[row]))
            }
            return Column(.double, averages.finish(), validity: validity)
        }
        let (words, failed) = Elementwise.mapChecked(sums) { sum -> (Int64, failed: Bool) in
            (Int64(truncatingIfNeeded: sum), failed: Int128(Int64(truncatingIfNeeded: sum)) != sum)
        }
        if let failed {
            for row in failed.setIndices.array {
                errors.add(row: Int(row), .numericOverflow, "the sum \(sums[Int(row)]) does not fit \(call.type)")
            }
        }
        return NumberColumns.column(call.type, integers: words, validity: validity)
    }

    var byteCount: Int { sums.count * 16 + counts.byteCount }
}
