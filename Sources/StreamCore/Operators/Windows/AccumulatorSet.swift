// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The accumulators of all aggregates of an operator over the same groups.
struct AccumulatorSet {
    private let members: [(accumulator: any Accumulator, width: Int)]

    /// Accumulators without groups.
    init(_ definitions: [AggregateDefinition]) {
        members = definitions.map { ($0.makeAccumulator(), $0.stateFields.count) }
        let counts = members.compactMap(\.accumulator.rowCounts)
        for follower in counts.dropFirst() { follower.follow(counts[0]) }
    }

    /// Calls `body` with each member that follows another's counts, and that one, by their places.
    private func forEachFollower(_ body: (_ follower: Int, _ leader: Int) -> Void) {
        guard let leader = members.firstIndex(where: { $0.accumulator.rowCounts != nil }) else { return }
        for place in members.indices where members[place].accumulator.rowCounts?.isFollowing == true {
            body(place, leader)
        }
    }

    /// Makes room for so many groups.
    func reserve(_ count: Int) {
        for member in members { member.accumulator.reserve(count) }
    }

    /// Makes groups up to `count`.
    func grow(to count: Int) {
        for member in members { member.accumulator.grow(to: count) }
    }

    /// Takes what each aggregate gets of a batch's rows, in order.
    func update(_ inputs: [AccumulatorInput]) {
        forEachFollower { follower, leader in
            if inputs[follower].positions != nil || inputs[leader].positions != nil {
                members[follower].accumulator.rowCounts?.part()
            }
        }
        for (member, input) in zip(members, inputs) { member.accumulator.update(input) }
    }

    /// Takes states, all aggregates' columns behind each other, from column `first` on.
    func merge(_ columns: [Column], from first: Int, groups: Buffer<Int32>, sequence: Int64) {
        let ends = members.reduce(into: [first]) { $0.append($0[$0.count - 1] + $1.width) }
        forEachFollower { follower, leader in
            let (own, theirs) = (columns[ends[follower + 1] - 1], columns[ends[leader + 1] - 1])
            if !own.elements(Int64.self).isEqual(to: theirs.elements()) {
                members[follower].accumulator.rowCounts?.part()
            }
        }
        var position = first
        for member in members {
            member.accumulator.merge(
                Array(columns[position..<(position + member.width)]), groups: groups, sequence: sequence)
            position += member.width
        }
    }

    /// Takes groups of another set for the same aggregates.
    func merge(_ other: AccumulatorSet, groups: GroupPairs, sequence: Int64) {
        forEachFollower { follower, _ in
            if other.members[follower].accumulator.rowCounts?.isFollowing == false {
                members[follower].accumulator.rowCounts?.part()
            }
        }
        for (member, theirs) in zip(members, other.members) {
            member.accumulator.merge(theirs.accumulator, groups: groups, sequence: sequence)
        }
    }

    /// The states of some groups, all aggregates' columns behind each other.
    func states(of groups: Buffer<Int32>) -> [Column] { members.flatMap { $0.accumulator.states(of: groups) } }

    /// The results of some groups, a column per aggregate, with the errors of each.
    func results(of groups: Buffer<Int32>) -> [(column: Column, errors: RowErrors)] {
        members.map { member in
            var errors = RowErrors()
            let column = member.accumulator.results(of: groups, errors: &errors)
            return (column, errors)
        }
    }

    var byteCount: Int { members.reduce(0) { $0 + $1.accumulator.byteCount } }

    /// Whether the states of some say of which epoch they are.
    var knowsOrder: Bool { members.contains { $0.accumulator.knowsOrder } }

    var latestSequence: Int64 { members.reduce(0) { max($0, $1.accumulator.latestSequence) } }
}
