// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Variance or standard deviation. State: `count`, the sums of the values and of their squares, each in twice the precision of
/// DOUBLE: what the difference of large sums loses is far behind the digits of the result, and the order of rows does not matter.
final class MomentsAccumulator: Accumulator {
    static let state =
        [Field("count", .bigint, nullable: false)] + DoubleSums.fields("sum") + DoubleSums.fields("squares")

    private let ofSample: Bool
    private let takesRoot: Bool
    private var counts = BufferBuilder<Int64>()
    private var sums = DoubleSums()
    private var squares = DoubleSums()

    init(ofSample: Bool, takesRoot: Bool) {
        self.ofSample = ofSample
        self.takesRoot = takesRoot
    }

    func grow(to count: Int) {
        counts.grow(to: count, with: 0)
        sums.grow(to: count)
        squares.grow(to: count)
    }

    func update(_ input: AccumulatorInput) {
        let values = NumberColumns.doubles(input.arguments[0])
        CountAccumulator.addOnes(input.groups, to: &counts)
        sums.add(values, input.groups)
        squares.addProducts(values, values, input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        CountAccumulator.add(states[0].elements(), groups, to: &counts)
        sums.merge(states[1], states[2], groups)
        squares.merge(states[3], states[4], groups)
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        [Column(.bigint, counts.taking(groups))] + sums.states(of: groups) + squares.states(of: groups)
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        var values = BufferBuilder<Double>(capacity: groups.count)
        var validity = BitmapBuilder(capacity: groups.count)
        for row in 0..<groups.count {
            let group = Int(groups[row])
            let count = Double(counts[group])
            let divisor = ofSample ? count - 1 : count
            validity.append(divisor > 0)
            guard divisor > 0 else {
                values.append(0)
                continue
            }
            let variance = max(
                0,
                DoubleSums.deviation(squares.sum(of: group), sums.sum(of: group), sums.sum(of: group), count) / divisor)
            values.append(takesRoot ? variance.squareRoot() : variance)
        }
        return Column(.double, values.finish(), validity: validity.finishValidity())
    }

    var byteCount: Int { counts.count * 40 }
}

extension DoubleSums {
    /// The state columns of a sum under a name.
    static func fields(_ name: String) -> [Field] {
        [Field(name, .double, nullable: false), Field("\(name)_rest", .double, nullable: false)]
    }

    /// `Σxy − Σx · Σy / n`: the sum of the products of the deviations from the means.
    static func deviation(_ products: DoublePair, _ left: DoublePair, _ right: DoublePair, _ count: Double) -> Double {
        (products + -((left * right) / count)).high
    }
}
