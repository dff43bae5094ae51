// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Computes one aggregate for many groups, which are numbered from 0.
///
/// A state goes out as typed columns and comes back by `merge`, into the same accumulator or another one: partial results of an
/// intake, the changelog and snapshots are such columns. The answer does not depend on how rows were split over them.
/// Decides types once per batch; allocates nothing per row except in aggregates that keep values. Used by one task at a time.
protocol Accumulator: AnyObject {
    /// Makes room for so many groups, where that saves copying later.
    func reserve(_ count: Int)

    /// Makes groups up to `count`, without rows.
    func grow(to count: Int)

    /// Takes rows into groups that exist.
    func update(_ input: AccumulatorInput)

    /// Takes states into groups that exist: `groups[i]` gets row `i`.
    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64)

    /// Takes groups of another accumulator of the same aggregate.
    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64)

    /// The states of some groups, as columns of the aggregate's state fields.
    func states(of groups: Buffer<Int32>) -> [Column]

    /// The results of some groups; a group that has none is noted in `errors` by its position in `groups`.
    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column

    /// About how many bytes it holds.
    var byteCount: Int { get }

    /// The counts that are the last of its state columns, for aggregates that may share them with others.
    var rowCounts: RowCounts? { get }

    /// Whether a state says of which epoch it is, because results depend on the order of rows.
    var knowsOrder: Bool { get }

    /// The greatest epoch number among its states, for aggregates that know the order of rows; else 0.
    var latestSequence: Int64 { get }
}

extension Accumulator {
    func reserve(_ count: Int) {}

    var rowCounts: RowCounts? { nil }

    var knowsOrder: Bool { false }

    var latestSequence: Int64 { 0 }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        switch groups {
        case .same(let count):
            grow(to: count)
            let numbers = Buffer(counting: 0..<Int32(count))
            merge(other.states(of: numbers), groups: numbers, sequence: sequence)
        case .some(let from, let to): merge(other.states(of: from), groups: to, sequence: sequence)
        }
    }
}

/// Which groups of one accumulator go into which of another.
enum GroupPairs {
    /// All, which have the numbers below `count` in both; the other may have none yet and is a copy then.
    case same(count: Int)
    /// `from[i]` into `to[i]`.
    case some(from: Buffer<Int32>, to: Buffer<Int32>)
}

extension BufferBuilder {
    /// Puts the values of groups together with those of another builder's groups.
    @inline(__always)
    mutating func combine(
        _ other: borrowing BufferBuilder<Element>, _ groups: GroupPairs, _ operation: (Element, Element) -> Element
    ) {
        switch groups {
        case .same where count == 0: append(contentsOf: other.span)
        case .same: combine(other, operation)
        case .some(let from, let to): combine(at: to.span, other, at: from.span, operation)
        }
    }
}

/// Rows for an accumulator: those that count for it.
struct AccumulatorInput {
    /// The group of each row.
    let groups: Buffer<Int32>
    /// The arguments, without rows that are NULL where NULL does not count.
    let arguments: [Column]
    /// Where the first row of the batch stands in the order of the epoch.
    let firstOrder: Int64
    /// The position of each row in the batch, ascending; `nil` when no row is left out.
    let positions: Buffer<Int32>?

    /// Where each row stands in the order of the epoch.
    var orders: Buffer<Int64> {
        let first = firstOrder
        if let positions { return Elementwise.map(positions) { first + Int64($0) } }
        var result = BufferBuilder<Int64>(capacity: groups.count)
        for row in 0..<groups.count { result.append(first + Int64(row)) }
        return result.finish()
    }
}

extension BufferBuilder {
    /// Appends `value` until there are `count` values.
    mutating func grow(to count: Int, with value: Element) {
        if count > self.count { append(repeating: value, count: count - self.count) }
    }
}
