// SPDX-License-Identifier: Apache-2.0
import Columnar

/// All values of a group in the order of the source, or the distinct ones in the order in which they first came.
/// State: `values`, and where each stood: `sequences`, `orders`.
///
/// Memory: every value; of a set, what came twice is dropped whenever the log has doubled.
final class CollectAccumulator: Accumulator {
    static func state(_ type: DataType) -> [Field] {
        let numbers = DataType.array(element: .bigint, containsNull: false)
        return [
            Field("values", .array(element: type, containsNull: false), nullable: false),
            Field("sequences", numbers, nullable: false), Field("orders", numbers, nullable: false),
        ]
    }

    private let call: AggregateCall
    private let type: DataType
    private let isSet: Bool
    private var groupCount = 0
    private var links = EntryLinks()
    private var sequences = BufferBuilder<Int64>()
    private var orders = BufferBuilder<Int64>()
    private var values: ValueLog
    private var compactedCount = 0
    let knowsOrder = true
    private(set) var latestSequence: Int64 = 0

    init(_ call: AggregateCall, _ type: DataType, isSet: Bool) {
        self.call = call
        self.type = type
        self.isSet = isSet
        values = ValueLog(type)
    }

    func grow(to count: Int) {
        groupCount = max(groupCount, count)
        links.grow(to: count)
    }

    func update(_ input: AccumulatorInput) {
        append(
            input.groups, input.arguments[0], Buffer(repeating: -1, count: input.groups.count), input.orders)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        let (entryGroups, values) = EntryGroups.flatten(states[0], groups)
        let sequences = EntryGroups.flatten(states[1], groups).element.elements(Int64.self)
        let orders = EntryGroups.flatten(states[2], groups).element.elements(Int64.self)
        append(entryGroups, values, Elementwise.map(sequences) { $0 < 0 ? sequence : $0 }, orders)
    }

    private func append(
        _ entryGroups: Buffer<Int32>, _ newValues: Column, _ newSequences: Buffer<Int64>, _ newOrders: Buffer<Int64>
    ) {
        guard newValues.count > 0 else { return }
        for row in 0..<newValues.count {
            links.append(entryGroups[row])
            latestSequence = max(latestSequence, newSequences[row])
        }
        sequences.append(contentsOf: newSequences)
        orders.append(contentsOf: newOrders)
        values.append(newValues)
        if isSet, links.count > compactedCount * 2 + 1_024 { dropRepeated() }
    }

    /// The entries of groups, group by group in the order of the source.
    private func sorted(_ wanted: Buffer<Int32>) -> EntryGroups {
        let found = links.entries(of: wanted)
        var entries = BufferBuilder<Int32>(capacity: found.entries.count)
        for row in 0..<wanted.count {
            let places = Int(found.offsets[row])..<Int(found.offsets[row + 1])
            let isSorted = places.dropFirst().allSatisfy { isBefore(found.entries[$0 - 1], found.entries[$0]) }
            let own = found.entries.slice(places)
            entries.append(contentsOf: isSorted ? own : Buffer(own.array.sorted(by: isBefore)))
        }
        return EntryGroups(entries: entries.finish(), offsets: found.offsets)
    }

    /// Whether an entry's row comes before another's in the source.
    private func isBefore(_ one: Int32, _ other: Int32) -> Bool {
        (sequences[Int(one)], orders[Int(one)], one) < (sequences[Int(other)], orders[Int(other)], other)
    }

    /// Keeps of each group's values the first of those that are equal.
    private func dropRepeated() {
        let kept = distinct(sorted(Buffer(counting: 0..<Int32(groupCount))))
        let keptValues = values.taking(kept.entries)
        links = EntryLinks()
        links.grow(to: groupCount)
        for group in 0..<groupCount {
            for _ in kept.offsets[group]..<kept.offsets[group + 1] { links.append(Int32(group)) }
        }
        sequences = Self.builder(sequences.taking(kept.entries))
        orders = Self.builder(orders.taking(kept.entries))
        values.removeAll()
        values.append(keptValues)
        compactedCount = links.count
    }

    private static func builder(_ values: Buffer<Int64>) -> BufferBuilder<Int64> {
        var builder = BufferBuilder<Int64>(capacity: values.count)
        builder.append(contentsOf: values)
        return builder
    }

    private func distinct(_ sorted: EntryGroups) -> EntryGroups {
        let column = values.taking(sorted.entries)
        let keys = KeyEncoder([type]).encode([column], rowCount: column.count)
        var lanes = BufferBuilder<Int64>(capacity: column.count)
        for row in 0..<(sorted.offsets.count - 1) {
            lanes.append(repeating: Int64(row), count: Int(sorted.offsets[row + 1] - sorted.offsets[row]))
        }
        var table = KeyTable(hasLanes: true)
        let ids = table.ids(for: keys, lanes: lanes.finish())
        var offsets = BufferBuilder<Int32>(capacity: sorted.offsets.count)
        var entries = BufferBuilder<Int32>()
        var next: Int32 = 0
        offsets.append(0)
        for row in 0..<(sorted.offsets.count - 1) {
            for position in Int(sorted.offsets[row])..<Int(sorted.offsets[row + 1]) where ids[position] == next {
                entries.append(sorted.entries[position])
                next += 1
            }
            offsets.append(Int32(entries.count))
        }
        return EntryGroups(entries: entries.finish(), offsets: offsets.finish())
    }

    func states(of wanted: Buffer<Int32>) -> [Column] {
        let sorted = isSet ? distinct(sorted(wanted)) : sorted(wanted)
        let fields = Self.state(type)
        return [
            sorted.list(fields[0].type, of: values.taking(sorted.entries)),
            sorted.list(fields[1].type, of: Column(.bigint, sequences.taking(sorted.entries))),
            sorted.list(fields[2].type, of: Column(.bigint, orders.taking(sorted.entries))),
        ]
    }

    func results(of wanted: Buffer<Int32>, errors: inout RowErrors) -> Column {
        let sorted = isSet ? distinct(sorted(wanted)) : sorted(wanted)
        return sorted.list(call.type, of: values.taking(sorted.entries))
    }

    var byteCount: Int { values.byteCount + links.byteCount + links.count * 16 }
}
