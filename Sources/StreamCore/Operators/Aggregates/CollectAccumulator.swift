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
    private var groups = BufferBuilder<Int64>()
    private var sequences = BufferBuilder<Int64>()
    private var orders = BufferBuilder<Int64>()
    private var chunks: [Column] = []
    private var valueBytes = 0
    private var compactedCount = 0
    private(set) var latestSequence: Int64 = 0

    init(_ call: AggregateCall, _ type: DataType, isSet: Bool) {
        self.call = call
        self.type = type
        self.isSet = isSet
    }

    func grow(to count: Int) { groupCount = max(groupCount, count) }

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
        _ entryGroups: Buffer<Int32>, _ values: Column, _ newSequences: Buffer<Int64>, _ newOrders: Buffer<Int64>
    ) {
        guard values.count > 0 else { return }
        for row in 0..<values.count {
            groups.append(Int64(entryGroups[row]))
            latestSequence = max(latestSequence, newSequences[row])
        }
        sequences.append(contentsOf: newSequences)
        orders.append(contentsOf: newOrders)
        chunks.append(values.expandingDictionary())
        valueBytes += values.byteCount
        if isSet, groups.count > compactedCount * 2 + 1_024 { dropRepeated() }
        if chunks.count > 64 { chunks = [Column.concatenated(chunks)] }
    }

    private var values: Column { chunks.isEmpty ? Column(type, []) : Column.concatenated(chunks) }

    /// The entries of groups, group by group in the order of the source.
    private func sorted(_ wanted: Buffer<Int32>) -> EntryGroups {
        var byPlace = (0..<groups.count).map { Int32($0) }
        byPlace.sort { one, other in
            let (one, other) = (Int(one), Int(other))
            return (sequences[one], orders[one], one) < (sequences[other], orders[other], other)
        }
        let places = Buffer(byPlace)
        let sortedGroups = groups.taking(places)
        let found = EntryGroups(sortedGroups.span, groupCount: groupCount, wanted: wanted)
        return EntryGroups(entries: places.taking(found.entries), offsets: found.offsets)
    }

    /// Keeps of each group's values the first of those that are equal.
    private func dropRepeated() {
        let all = Buffer((0..<Int32(groupCount)).map { $0 })
        let entries = distinct(sorted(all)).entries
        let kept = values.taking(entries)
        groups = Self.builder(groups.taking(entries))
        sequences = Self.builder(sequences.taking(entries))
        orders = Self.builder(orders.taking(entries))
        chunks = [kept]
        valueBytes = kept.byteCount
        compactedCount = groups.count
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

    var byteCount: Int { valueBytes + groups.count * 24 }
}

extension EntryGroups {
    /// Entries that are put together already.
    init(entries: Buffer<Int32>, offsets: Buffer<Int32>) {
        self.entries = entries
        self.offsets = offsets
    }
}
