// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The value of one row per group, chosen by its place in the order of the source or by the rank of another value; of rows with equal
/// ranks the latest. State: `value`; `rank` where values are chosen by another one; `sequence` and `order`: where the row stood.
///
/// The sequence of a state that an intake made is -1, and becomes the number of the epoch in the shard that merges it.
final class ChosenValueAccumulator: Accumulator {
    enum Rule: Sendable, Hashable {
        case earliest, latest
        case least(by: DataType), greatest(by: DataType)
    }

    static func state(_ rule: Rule, _ type: DataType, isItself: Bool) -> [Field] {
        let order = [Field("sequence", .bigint), Field("order", .bigint)]
        switch rule {
        case .earliest, .latest: return [Field("value", type)] + order
        case .least(let rank), .greatest(let rank):
            return isItself ? [Field("value", type)] : [Field("value", type), Field("rank", rank)] + order
        }
    }

    private let rule: Rule
    /// Whether the value is its own rank: the least or greatest itself.
    private let isItself: Bool
    private var values: ValueArena
    private var ranks: ValueArena
    private var sequences = BufferBuilder<Int64>()
    private var orders = BufferBuilder<Int64>()
    let knowsOrder = true
    private(set) var latestSequence: Int64 = 0
    /// The row chosen so far of a batch, per group; -1 between batches.
    private var chosen = BufferBuilder<Int32>()

    init(_ rule: Rule, _ type: DataType, isItself: Bool) {
        self.rule = rule
        self.isItself = isItself
        values = ValueArena(type)
        switch rule {
        case .least(let rank), .greatest(let rank): ranks = ValueArena(rank)
        default: ranks = ValueArena(.void)
        }
    }

    private var isRanked: Bool { rule != .earliest && rule != .latest }

    func grow(to count: Int) {
        values.grow(to: count)
        if isRanked && !isItself { ranks.grow(to: count) }
        if !isItself {
            sequences.grow(to: count, with: 0)
            orders.grow(to: count, with: 0)
        }
        chosen.grow(to: count, with: -1)
    }

    func update(_ input: AccumulatorInput) {
        let rank = isItself ? input.arguments[0] : isRanked ? input.arguments[1] : nil
        take(
            input.arguments[0], rank: rank, sequences: Buffer(repeating: -1, count: input.groups.count),
            orders: input.orders, input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        if isItself {
            var rows: Buffer<Int32>?
            if let validity = states[0].validity { rows = validity.setIndices }
            let column = rows.map { states[0].taking($0).withValidity(nil) } ?? states[0]
            let kept = rows.map { groups.taking($0) } ?? groups
            let none = Buffer<Int64>(repeating: 0, count: kept.count)
            return take(column, rank: column, sequences: none, orders: none, kept)
        }
        let orderColumn = states[states.count - 1]
        let sequenceColumn = states[states.count - 2]
        let kept = orderColumn.validity?.setIndices ?? Buffer((0..<Int32(groups.count)).map { $0 })
        let sequences = Elementwise.map(sequenceColumn.taking(kept).elements(Int64.self)) { $0 < 0 ? sequence : $0 }
        let rank = isRanked ? states[1].taking(kept) : nil
        take(
            states[0].taking(kept), rank: rank, sequences: sequences,
            orders: orderColumn.taking(kept).elements(), groups.taking(kept))
    }

    /// Takes one candidate per row.
    private func take(
        _ column: Column, rank: Column?, sequences: Buffer<Int64>, orders: Buffer<Int64>, _ groups: Buffer<Int32>
    ) {
        let contest = Contest(rule: rule, rank: rank, sequences: sequences, orders: orders)
        var touched = BufferBuilder<Int32>()
        for row in 0..<groups.count {
            let group = Int(groups[row])
            let best = chosen[group]
            if best < 0 {
                touched.append(Int32(group))
                chosen[group] = Int32(row)
            } else if contest.isBetter(row, than: Int(best)) {
                chosen[group] = Int32(row)
            }
        }
        let candidates = touched.finish()
        let rows = chosen.taking(candidates)
        let winners = winners(candidates, rows, contest)
        for index in 0..<candidates.count { chosen[Int(candidates[index])] = -1 }
        let (groups, won) = (candidates.taking(winners), rows.taking(winners))
        values.set(groups, column.taking(won))
        guard !isItself else { return }
        if let rank { ranks.set(groups, rank.taking(won)) }
        for index in 0..<groups.count {
            self.sequences[Int(groups[index])] = sequences[Int(won[index])]
            self.orders[Int(groups[index])] = orders[Int(won[index])]
            latestSequence = max(latestSequence, sequences[Int(won[index])])
        }
    }

    /// Those of the candidate rows that are better than what their groups have.
    private func winners(_ candidates: Buffer<Int32>, _ rows: Buffer<Int32>, _ contest: Contest) -> Buffer<Int32> {
        let stored =
            isItself
            ? Contest(rule: rule, rank: values.column(candidates), sequences: nil, orders: nil)
            : Contest(
                rule: rule, rank: isRanked ? ranks.column(candidates) : nil, sequences: sequences.taking(candidates),
                orders: orders.taking(candidates))
        var winners = BufferBuilder<Int32>(capacity: candidates.count)
        for index in 0..<candidates.count
        where !values.has(Int(candidates[index])) || contest.isBetter(Int(rows[index]), than: index, of: stored) {
            winners.append(Int32(index))
        }
        return winners.finish()
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        if isItself { return [values.column(groups)] }
        var validity = BitmapBuilder(capacity: groups.count)
        for row in 0..<groups.count { validity.append(values.has(Int(groups[row]))) }
        let valid = validity.finishValidity()
        let place = [
            Column(.bigint, sequences.taking(groups), validity: valid),
            Column(.bigint, orders.taking(groups), validity: valid),
        ]
        return [values.column(groups)] + (isRanked ? [ranks.column(groups)] : []) + place
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column { values.column(groups) }

    var byteCount: Int {
        values.byteCount + ranks.byteCount + sequences.count * 16 + chosen.count * 4
    }
}

/// Candidate rows and what they are compared by.
private struct Contest {
    let rule: ChosenValueAccumulator.Rule
    let rank: Column?
    let words: Buffer<Int64>?
    let sequences: Buffer<Int64>?
    let orders: Buffer<Int64>?

    init(
        rule: ChosenValueAccumulator.Rule, rank: Column?, sequences: Buffer<Int64>?, orders: Buffer<Int64>?
    ) {
        self.rule = rule
        self.rank = rank
        self.sequences = sequences
        self.orders = orders
        words = rank.flatMap { NumberColumns.hasOrderWords($0.type) ? NumberColumns.orderWords($0) : nil }
    }

    func isBetter(_ row: Int, than other: Int) -> Bool { isBetter(row, than: other, of: self) }

    func isBetter(_ row: Int, than other: Int, of others: Contest) -> Bool {
        switch rule {
        case .earliest: return place(row, against: other, of: others) < 0
        case .latest: return place(row, against: other, of: others) >= 0
        case .least:
            let order = order(row, other, of: others)
            return order < 0 || (order == 0 && place(row, against: other, of: others) >= 0)
        case .greatest:
            let order = order(row, other, of: others)
            return order > 0 || (order == 0 && place(row, against: other, of: others) >= 0)
        }
    }

    private func order(_ row: Int, _ other: Int, of others: Contest) -> Int {
        if let words, let otherWords = others.words {
            return words[row] < otherWords[other] ? -1 : words[row] == otherWords[other] ? 0 : 1
        }
        guard let rank, let otherRank = others.rank else { return 0 }
        return RowOrder.compare(rank, row, otherRank, other)
    }

    /// Negative, 0 or positive as a row comes before another in the order of the source.
    private func place(_ row: Int, against other: Int, of others: Contest) -> Int {
        guard let sequences, let orders, let otherSequences = others.sequences, let otherOrders = others.orders else {
            return -1
        }
        if sequences[row] != otherSequences[other] { return sequences[row] < otherSequences[other] ? -1 : 1 }
        return orders[row] < otherOrders[other] ? -1 : orders[row] == otherOrders[other] ? 0 : 1
    }
}
