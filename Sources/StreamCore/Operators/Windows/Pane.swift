// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The groups of one pane in a shard: keys and their accumulators.
final class Pane {
    private let program: AggregateProgram
    private var table = KeyTable()
    private let accumulators: AccumulatorSet
    /// 1 for groups that changed in this epoch.
    private var changed = BufferBuilder<UInt8>()
    private(set) var changedCount = 0
    /// Counts the absorptions, for those who keep something derived from the pane.
    private(set) var version = 0

    init(_ program: AggregateProgram) {
        self.program = program
        accumulators = program.makeAccumulators()
    }

    var count: Int { table.count }

    var byteCount: Int { table.byteCount + accumulators.byteCount + changed.count }

    /// Of these, how many are the states' own.
    var stateBytes: Int { accumulators.byteCount }

    var latestSequence: Int64 { accumulators.latestSequence }

    /// Which of absorbed groups changed in this epoch.
    enum Changes {
        case all, none
        /// Those that are not 0.
        case marked(Buffer<Int8>)
    }

    /// Merges partial groups: keys, and states from column `AggregateProgram.firstState` on.
    func absorb(_ keys: EncodedKeys, _ columns: [Column], sequence: Int64, changes: Changes = .all) {
        let ids = table.ids(for: keys)
        accumulators.grow(to: table.count)
        accumulators.merge(columns, from: AggregateProgram.firstState, groups: ids, sequence: sequence)
        changed.grow(to: table.count, with: 0)
        version += 1
        if case .none = changes { return }
        for row in 0..<ids.count where changed[Int(ids[row])] == 0 {
            if case .marked(let marks) = changes, marks[row] == 0 { continue }
            changed[Int(ids[row])] = 1
            changedCount += 1
        }
    }

    /// All groups.
    var all: Buffer<Int32> { Self.numbers(table.count) }

    static func numbers(_ count: Int) -> Buffer<Int32> {
        var ids = BufferBuilder<Int32>(capacity: count)
        for id in 0..<count { ids.append(Int32(id)) }
        return ids.finish()
    }

    /// The groups that changed in this epoch.
    var changedGroups: Buffer<Int32> {
        var ids = BufferBuilder<Int32>(capacity: changedCount)
        for id in 0..<changed.count where changed[id] != 0 { ids.append(Int32(id)) }
        return ids.finish()
    }

    /// Starts the next epoch.
    func settle() {
        guard changedCount > 0 else { return }
        let count = changed.count
        changed.removeAll()
        changed.grow(to: count, with: 0)
        changedCount = 0
    }

    /// The groups of some key groups.
    func groups(in keyGroups: Range<Int>) -> Buffer<Int32> {
        Self.groups(of: table, in: keyGroups)
    }

    private static func groups(of table: borrowing KeyTable, in keyGroups: Range<Int>) -> Buffer<Int32> {
        let hashes = table.hashes
        var ids = BufferBuilder<Int32>()
        for id in hashes.indices where keyGroups.contains(KeyGroups.group(ofHash: hashes[id])) { ids.append(Int32(id)) }
        return ids.finish()
    }

    /// The groups of some keys; -1 for those that have none.
    func find(_ keys: EncodedKeys) -> Buffer<Int32> { table.find(keys) }

    /// 1 for each of some groups that changed in this epoch.
    func changes(_ ids: Buffer<Int32>) -> Buffer<Int8> {
        var marks = BufferBuilder<Int8>(capacity: ids.count)
        for row in 0..<ids.count { marks.append(Int8(changed[Int(ids[row])])) }
        return marks.finish()
    }

    /// All groups in the order of the prefixes of their hashes.
    var ordered: Buffer<Int32> { Self.ordered(table) }

    private static func ordered(_ table: borrowing KeyTable) -> Buffer<Int32> { HashPrefix.order(of: table.hashes) }

    /// The prefix of a group's hash.
    func prefix(_ id: Int32) -> UInt32 { Self.prefix(id, of: table) }

    private static func prefix(_ id: Int32, of table: borrowing KeyTable) -> UInt32 {
        let hashes = table.hashes
        return HashPrefix.of(hashes[Int(id)])
    }

    func keys(_ ids: Buffer<Int32>) -> EncodedKeys { table.keys(ids) }

    func states(_ ids: Buffer<Int32>) -> [Column] { accumulators.states(of: ids) }

    func results(_ ids: Buffer<Int32>) -> [(column: Column, errors: RowErrors)] { accumulators.results(of: ids) }
}
