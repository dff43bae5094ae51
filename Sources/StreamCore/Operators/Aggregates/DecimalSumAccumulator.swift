// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Sums or averages decimals exactly. State: `sum` (its lowest 128 bits), `carry` (how often they overflowed), `count`; so a total
/// that fits at last is right, whatever the order and the totals on the way.
final class DecimalSumAccumulator: Accumulator {
    private let call: AggregateCall
    private let scale: Int
    private var sums = BufferBuilder<Int128>()
    private var carries = BufferBuilder<Int64>()
    private let counts = RowCounts()

    var rowCounts: RowCounts? { counts }

    init(_ call: AggregateCall, scale: Int) {
        self.call = call
        self.scale = scale
    }

    func reserve(_ count: Int) {
        sums.reserve(count)
        carries.reserve(count)
        counts.reserve(count)
    }

    func grow(to count: Int) {
        sums.grow(to: count, with: 0)
        carries.grow(to: count, with: 0)
        counts.grow(to: count)
    }

    func update(_ input: AccumulatorInput) {
        Self.add(input.arguments[0].elements(), input.groups, to: &sums, &carries)
        counts.addOnes(input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        Self.add(states[0].elements(), groups, to: &sums, &carries)
        CountAccumulator.add(states[1].elements(), groups, to: &carries)
        counts.add(states[2], groups)
    }

    private static func add(
        _ values: Buffer<Int128>, _ groups: Buffer<Int32>, to sums: inout BufferBuilder<Int128>,
        _ carries: inout BufferBuilder<Int64>
    ) {
        let (numbers, added) = (groups.span, values.span)
        var totals = sums.mutableSpan
        var overflows = carries.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            let (sum, overflow) = totals[group].addingReportingOverflow(added[row])
            totals[group] = sum
            if overflow { overflows[group] += added[row] > 0 ? 1 : -1 }
        }
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        [
            Column(.decimal(precision: 38, scale: scale), sums.taking(groups)),
            Column(.bigint, carries.taking(groups)), Column(.bigint, counts.taking(groups)),
        ]
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        let (sums, carries, counts) = (sums.taking(groups), carries.taking(groups), counts.taking(groups))
        guard case .decimal(let precision, let resultScale) = call.type else {
            preconditionFailure("a sum of decimals is a decimal")
        }
        let limit = DecimalText.limit(precision: precision)
        var isAverage = false
        if case .average = call.function { isAverage = true }
        var values = BufferBuilder<Int128>(capacity: groups.count)
        for row in 0..<groups.count {
            var value: Int128? = carries[row] == 0 ? sums[row] : nil
            if isAverage, let sum = value, counts[row] > 0 {
                value = Self.average(sum, Int128(counts[row]), shift: resultScale - scale)
            }
            if let fitting = value, fitting > -limit, fitting < limit {
                values.append(fitting)
            } else {
                values.append(0)
                errors.add(row: row, .numericOverflow, "the \(isAverage ? "average" : "sum") does not fit \(call.type)")
            }
        }
        return Column(call.type, values.finish(), validity: CountAccumulator.validity(counts))
    }

    /// `sum · 10^shift / count`, halves away from zero; `nil` when it does not fit 128 bits.
    private static func average(_ sum: Int128, _ count: Int128, shift: Int) -> Int128? {
        let power = DecimalText.limit(precision: max(shift, 0))
        let (whole, rest) = sum.quotientAndRemainder(dividingBy: count)
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: power)
        if overflow { return nil }
        let part = DecimalText.dividedHalfUp(rest * power, by: count)
        let (result, overflowed) = scaled.addingReportingOverflow(part)
        return overflowed ? nil : result
    }

    var byteCount: Int { sums.count * 24 + counts.byteCount }
}
