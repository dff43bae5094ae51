// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The groups of one pane in a shard: the numbers of their keys and their accumulators.
///
/// Partial groups of a slice that only whole windows are made of may stay as they came until they outweigh the groups: a window is merged
/// of them as well, and of most slices nothing else is ever asked.
final class Pane {
    /// The keys, which it has in common with other panes.
    let keys: PaneKeys
    /// The number of each group's key.
    private var members = BufferBuilder<Int32>()
    /// What is not merged yet.
    private var unmerged: [Arrival] = []
    private(set) var unmergedCount = 0
    private var unmergedBytes = 0
    /// How many of them came in this epoch.
    private var newCount = 0
    private let defersMerging: Bool
    /// The group of each key.
    private var groups = NumberTable()
    private let accumulators: AccumulatorSet
    /// 1 for groups that changed in this epoch.
    private var changed = BufferBuilder<UInt8>()
    private var markedCount = 0
    /// Counts the absorptions, for those who keep something derived from the pane.
    private(set) var version = 0

    init(_ program: AggregateProgram, _ keys: PaneKeys) {
        self.keys = keys
        accumulators = program.makeAccumulators()
        defersMerging = program.clock.isSliding && program.outputMode == .append && !accumulators.knowsOrder
    }

    /// The groups; those that have several parts count as often.
    var count: Int { members.count + unmergedCount }

    /// Without the keys.
    var byteCount: Int { stateBytes + members.count * 4 + groups.byteCount + changed.count + unmergedCount * 4 }

    /// Of these, how many are the states' own.
    var stateBytes: Int { accumulators.byteCount + unmergedBytes }

    /// The groups that changed in this epoch, counted like `count`.
    var changedCount: Int { markedCount + newCount }

    var latestSequence: Int64 { accumulators.latestSequence }

    /// Which of absorbed groups changed in this epoch.
    enum Changes {
        case all, none
        /// Those that are not 0.
        case marked(Buffer<Int8>)
    }

    /// Partial groups as they came: the numbers of their keys, and their states.
    private struct Arrival {
        let numbers: Buffer<Int32>
        let states: [Column]
        let sequence: Int64
        /// Whether they came in this epoch.
        var isNew: Bool

        /// The same in memory of its own.
        var copy: Arrival {
            let all = Buffer(counting: 0..<Int32(numbers.count))
            return Arrival(
                numbers: numbers.taking(all), states: states.taking(all), sequence: sequence, isNew: isNew)
        }
    }

    /// Appends partial groups that came in this epoch.
    func append(_ numbers: Buffer<Int32>, _ columns: [Column], sequence: Int64) {
        guard defersMerging else { return absorb(numbers, columns, sequence: sequence) }
        let states = Array(columns[AggregateProgram.firstState...])
        unmerged.append(Arrival(numbers: numbers, states: states, sequence: sequence, isNew: true))
        unmergedCount += numbers.count
        unmergedBytes += states.reduce(0) { $0 + $1.byteCount }
        newCount += numbers.count
        if unmerged.count > Self.fewArrivals && unmergedCount > members.count { merge() }
    }

    /// So many stay at least, or every small one would be merged at once.
    private static let fewArrivals = 8

    /// Gives what is not merged yet memory of its own.
    func copyArrivals() {
        for index in unmerged.indices { unmerged[index] = unmerged[index].copy }
    }

    /// Merges what is not merged yet.
    func merge() {
        guard !unmerged.isEmpty else { return }
        let arrivals = unmerged
        (unmerged, unmergedCount, unmergedBytes, newCount) = ([], 0, 0, 0)
        let nothing = Array(repeating: Column(nulls: .void, count: 0), count: AggregateProgram.firstState)
        for arrival in arrivals {
            absorb(
                arrival.numbers, nothing + arrival.states, sequence: arrival.sequence,
                changes: arrival.isNew ? .all : .none)
        }
    }

    /// Merges partial groups: the numbers of their keys, and states from column `AggregateProgram.firstState` on.
    func absorb(_ numbers: Buffer<Int32>, _ columns: [Column], sequence: Int64, changes: Changes = .all) {
        merge()
        let ids = Self.groups(of: numbers, &groups, &members)
        accumulators.grow(to: members.count)
        accumulators.merge(columns, from: AggregateProgram.firstState, groups: ids, sequence: sequence)
        changed.grow(to: members.count, with: 0)
        version += 1
        if case .none = changes { return }
        for row in 0..<ids.count where changed[Int(ids[row])] == 0 {
            if case .marked(let marks) = changes, marks[row] == 0 { continue }
            changed[Int(ids[row])] = 1
            markedCount += 1
        }
    }

    private static func groups(
        of numbers: Buffer<Int32>, _ groups: inout NumberTable, _ members: inout BufferBuilder<Int32>
    ) -> Buffer<Int32> {
        var ids = BufferBuilder<Int32>(capacity: numbers.count)
        groups.number(numbers.span, members: &members, into: &ids)
        return ids.finish()
    }

    /// All groups, merged.
    var all: Buffer<Int32> {
        merge()
        return Buffer(counting: 0..<Int32(members.count))
    }

    /// The groups that changed in this epoch, merged.
    var changedGroups: Buffer<Int32> {
        merge()
        var ids = BufferBuilder<Int32>(capacity: markedCount)
        for id in 0..<changed.count where changed[id] != 0 { ids.append(Int32(id)) }
        return ids.finish()
    }

    /// Starts the next epoch.
    func settle() {
        for index in unmerged.indices { unmerged[index].isNew = false }
        newCount = 0
        guard markedCount > 0 else { return }
        let count = changed.count
        changed.removeAll()
        changed.grow(to: count, with: 0)
        markedCount = 0
    }

    /// The keys and states of the groups of some key groups; those that have several parts come as often.
    func parts(in keyGroups: Range<Int>) -> [(keys: EncodedKeys, states: [Column])] {
        func rows(of numbers: Buffer<Int32>) -> Buffer<Int32> {
            let hashes = keys.hashes(numbers)
            return Elementwise.test(hashes) { keyGroups.contains(KeyGroups.group(ofHash: $0)) }.setIndices
        }
        let merged = rows(of: members.copy)
        var parts = merged.count == 0 ? [] : [(keys(merged), states(merged))]
        for arrival in unmerged {
            let rows = rows(of: arrival.numbers)
            if rows.count == 0 { continue }
            parts.append((keys.keys(arrival.numbers.taking(rows)), arrival.states.taking(rows)))
        }
        return parts
    }

    /// All groups by the numbers that their keys have among those of several panes; `used` are these keys.
    func parts(_ numbers: inout NumberTable, _ used: inout BufferBuilder<Int32>) -> [NumberedGroups] {
        var parts: [NumberedGroups] = []
        if members.count > 0 {
            parts.append(
                NumberedGroups(
                    source: .accumulators(accumulators, from: Buffer(counting: 0..<Int32(members.count))),
                    numbers: Self.groups(of: members.copy, &numbers, &used)))
        }
        for arrival in unmerged {
            parts.append(
                NumberedGroups(
                    source: .states(arrival.states, sequence: arrival.sequence),
                    numbers: Self.groups(of: arrival.numbers, &numbers, &used)))
        }
        return parts
    }

    /// The groups of those of some keys, given by number, that have one; each has the position of its key as its number.
    func part(of keys: Buffer<Int32>) -> NumberedGroups {
        merge()
        let found = groups.find(keys)
        let numbers = Elementwise.test(found) { $0 >= 0 }.setIndices
        return NumberedGroups(source: .accumulators(accumulators, from: found.taking(numbers)), numbers: numbers)
    }

    /// 1 for each of some groups that changed in this epoch.
    func changes(_ ids: Buffer<Int32>) -> Buffer<Int8> {
        var marks = BufferBuilder<Int8>(capacity: ids.count)
        for row in 0..<ids.count { marks.append(Int8(changed[Int(ids[row])])) }
        return marks.finish()
    }

    /// All groups in the order of the prefixes of their hashes.
    var ordered: Buffer<Int32> {
        merge()
        return HashPrefix.order(of: keys.hashes(members.copy).span)
    }

    /// The prefix of a group's hash.
    func prefix(_ id: Int32) -> UInt32 { keys.prefix(members[Int(id)]) }

    func keys(_ ids: Buffer<Int32>) -> EncodedKeys { keys.keys(members.taking(ids)) }

    /// The numbers that the keys of some groups have among those of several panes; `used` are these keys.
    func numberKeys(
        of ids: Buffer<Int32>, _ numbers: inout NumberTable, _ used: inout BufferBuilder<Int32>
    ) -> Buffer<Int32> {
        Self.groups(of: members.taking(ids), &numbers, &used)
    }

    /// Gives the keys the numbers that they have among those in use.
    func renumberKeys(_ numbers: inout NumberTable, _ used: inout BufferBuilder<Int32>) {
        let renumbered = numberKeys(of: all, &numbers, &used)
        members = BufferBuilder(capacity: renumbered.count)
        groups = NumberTable()
        _ = Self.groups(of: renumbered, &groups, &members)
    }

    func states(_ ids: Buffer<Int32>) -> [Column] { accumulators.states(of: ids) }

    func results(_ ids: Buffer<Int32>) -> [(column: Column, errors: RowErrors)] { accumulators.results(of: ids) }
}

/// Groups by the numbers of their keys.
struct NumberedGroups {
    enum Source {
        /// Group `from[i]` is that of `numbers[i]`.
        case accumulators(AccumulatorSet, from: Buffer<Int32>)
        /// Row `i` is that of `numbers[i]`; they are of the epoch with this number.
        case states([Column], sequence: Int64)
    }

    let source: Source
    let numbers: Buffer<Int32>

    /// Those whose numbers are in a range, counted from its start.
    func within(_ range: Range<Int>) -> NumberedGroups {
        let here = Elementwise.test(numbers) { range.contains(Int($0)) }.setIndices
        let first = Int32(range.lowerBound)
        let source: Source =
            switch source {
            case .accumulators(let set, let from): .accumulators(set, from: from.taking(here))
            case .states(let columns, let sequence): .states(columns.taking(here), sequence: sequence)
            }
        return NumberedGroups(source: source, numbers: Elementwise.map(numbers.taking(here)) { $0 - first })
    }
}
