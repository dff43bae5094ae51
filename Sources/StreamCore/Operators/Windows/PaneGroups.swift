// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Numbers the groups of an intake: pairs of a pane and the number of a key, over all panes.
struct PaneGroups: ~Copyable {
    /// The groups of one pane.
    private final class Table {
        var groups: NumberTable

        init(_ expectedCount: Int) { groups = NumberTable(expecting: expectedCount) }
    }

    private var tables: [Table] = []
    /// The tables' panes.
    private var panes: [Int64] = []
    private var places: [Int64: Int] = [:]
    /// The places asked for last: rows go back and forth between a pane and the one before.
    private var recent = (last: 0, before: 0)
    /// The number of each group's key.
    private var keys = BufferBuilder<Int32>()
    /// The place of each group's pane.
    private var panePlaces = BufferBuilder<Int32>()

    /// None yet, with room for about so many.
    init(_ expectedCount: Int) {
        keys.reserve(expectedCount)
        panePlaces.reserve(expectedCount)
    }

    /// How many groups there are.
    var count: Int { keys.count }

    var byteCount: Int { tables.reduce(keys.count * 8) { $0 + $1.groups.byteCount } }

    /// The groups of the rows of a batch; new ones get the next numbers.
    mutating func numbers(of rowKeys: Buffer<Int32>, _ rowPanes: Buffer<Int64>) -> Buffer<Int32> {
        let (numbers, rowPanes) = (rowKeys.span, rowPanes.span)
        var result = BufferBuilder<Int32>(capacity: rowKeys.count)
        var start = 0
        while start < rowPanes.count {
            let pane = rowPanes[start]
            var end = start + 1
            while end < rowPanes.count && rowPanes[end] == pane { end += 1 }
            let place = place(of: pane)
            tables[place].groups.number(numbers.extracting(start..<end), members: &keys, into: &result)
            panePlaces.grow(to: keys.count, with: Int32(truncatingIfNeeded: place))
            start = end
        }
        return result.finish()
    }

    private mutating func place(of pane: Int64) -> Int {
        if !panes.isEmpty {
            if panes[recent.last] == pane { return recent.last }
            if panes[recent.before] == pane {
                recent = (recent.before, recent.last)
                return recent.last
            }
        }
        let place = places[pane] ?? panes.count
        if place == panes.count {
            places[pane] = place
            panes.append(pane)
            tables.append(Table(tables.last?.groups.count ?? 0))
        }
        recent = (place, recent.last)
        return place
    }

    /// The groups of a shard, pane by pane in the order of time, with their keys and panes.
    struct Part {
        var groups: Buffer<Int32>
        var keys: Buffer<Int32>
        var panes: Buffer<Int64>
    }

    /// The groups of each shard, given the shard of a key. Those of the pane `nowhere` are left out.
    func parts(_ shards: Int, _ shardOfKey: (Int32) -> Int) -> [Part] {
        let order = panes.indices.filter { panes[$0] != WindowClock.nowhere }.sorted { panes[$0] < panes[$1] }
        var ranks = [Int](repeating: -1, count: panes.count)
        for (rank, place) in order.enumerated() { ranks[place] = rank }
        var starts = [Int](repeating: 0, count: shards * order.count + 1)
        var buckets = BufferBuilder<Int32>(capacity: count)
        for group in 0..<count {
            let rank = ranks[Int(panePlaces[group])]
            let bucket = rank < 0 ? -1 : shardOfKey(keys[group]) * order.count + rank
            buckets.append(Int32(truncatingIfNeeded: bucket))
            if bucket >= 0 { starts[bucket + 1] += 1 }
        }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        let bounds = (0...shards).map { starts[$0 * order.count] }
        var sorted = BufferBuilder<Int32>()
        sorted.grow(to: bounds[shards], with: 0)
        for group in 0..<count where buckets[group] >= 0 {
            let bucket = Int(buckets[group])
            sorted[starts[bucket]] = Int32(truncatingIfNeeded: group)
            starts[bucket] += 1
        }
        let all = sorted.finish()
        return (0..<shards).map { shard in
            let groups = all.slice(bounds[shard]..<bounds[shard + 1])
            let places = panePlaces.taking(groups)
            return Part(
                groups: groups, keys: keys.taking(groups), panes: Elementwise.map(places) { panes[Int($0)] })
        }
    }
}
