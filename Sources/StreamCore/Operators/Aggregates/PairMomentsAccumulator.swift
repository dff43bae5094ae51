// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Correlation or covariance of two numbers. State: `count`, and sums in twice the precision of DOUBLE of both, of their squares and
/// of their products.
final class PairMomentsAccumulator: Accumulator {
    enum Result: Sendable { case correlation, covariance(ofSample: Bool) }

    static let state =
        [Field("count", .bigint, nullable: false)]
        + ["x", "y", "xx", "yy", "xy"].flatMap { DoubleSums.fields($0) }

    private let result: Result
    private var counts = BufferBuilder<Int64>()
    private var lefts = DoubleSums()
    private var rights = DoubleSums()
    private var leftSquares = DoubleSums()
    private var rightSquares = DoubleSums()
    private var products = DoubleSums()

    init(_ result: Result) { self.result = result }

    func grow(to count: Int) {
        counts.grow(to: count, with: 0)
        lefts.grow(to: count)
        rights.grow(to: count)
        leftSquares.grow(to: count)
        rightSquares.grow(to: count)
        products.grow(to: count)
    }

    func update(_ input: AccumulatorInput) {
        let (left, right) = (NumberColumns.doubles(input.arguments[0]), NumberColumns.doubles(input.arguments[1]))
        CountAccumulator.addOnes(input.groups, to: &counts)
        lefts.add(left, input.groups)
        rights.add(right, input.groups)
        leftSquares.addProducts(left, left, input.groups)
        rightSquares.addProducts(right, right, input.groups)
        products.addProducts(left, right, input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        CountAccumulator.add(states[0].elements(), groups, to: &counts)
        lefts.merge(states[1], states[2], groups)
        rights.merge(states[3], states[4], groups)
        leftSquares.merge(states[5], states[6], groups)
        rightSquares.merge(states[7], states[8], groups)
        products.merge(states[9], states[10], groups)
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        [Column(.bigint, counts.taking(groups))] + lefts.states(of: groups) + rights.states(of: groups)
            + leftSquares.states(of: groups) + rightSquares.states(of: groups) + products.states(of: groups)
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        var values = BufferBuilder<Double>(capacity: groups.count)
        var validity = BitmapBuilder(capacity: groups.count)
        for row in 0..<groups.count {
            let value = value(Int(groups[row]))
            values.append(value ?? 0)
            validity.append(value != nil)
        }
        return Column(.double, values.finish(), validity: validity.finishValidity())
    }

    private func value(_ group: Int) -> Double? {
        let count = Double(counts[group])
        guard count > 0 else { return nil }
        let (left, right) = (lefts.sum(of: group), rights.sum(of: group))
        let product = DoubleSums.deviation(products.sum(of: group), left, right, count)
        switch result {
        case .covariance(let ofSample):
            let divisor = ofSample ? count - 1 : count
            return divisor > 0 ? product / divisor : nil
        case .correlation:
            let leftSquare = DoubleSums.deviation(leftSquares.sum(of: group), left, left, count)
            let rightSquare = DoubleSums.deviation(rightSquares.sum(of: group), right, right, count)
            // One row, or values that are all the same, have no correlation: NULL, as for one row in the sample's variance.
            guard count > 1 else { return nil }
            let scale = (max(0, leftSquare) * max(0, rightSquare)).squareRoot()
            return scale == 0 ? nil : product / scale
        }
    }

    var byteCount: Int { counts.count * 88 }
}
