// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Entries of a log put together by the group they belong to, each group's in the order of the log.
struct EntryGroups {
    /// The entries of the wanted groups, group by group, by number.
    let entries: Buffer<Int32>
    /// Those of wanted group `i` are `entries[offsets[i]..<offsets[i + 1]]`.
    let offsets: Buffer<Int32>

    /// The entries of `wanted` groups; `groups[e]` is the group of entry `e`, below `groupCount`.
    init(_ groups: Span<Int64>, groupCount: Int, wanted: Buffer<Int32>) {
        var counts = BufferBuilder<Int32>()
        counts.grow(to: groupCount + 1, with: 0)
        var ends = counts.mutableSpan
        for entry in groups.indices { ends[Int(groups[entry])] += 1 }
        var total: Int32 = 0
        for group in 0..<groupCount {
            let size = ends[group]
            ends[group] = total
            total += size
        }
        var sorted = BufferBuilder<Int32>()
        sorted.grow(to: groups.count, with: 0)
        var targets = sorted.mutableSpan
        for entry in groups.indices {
            let group = Int(groups[entry])
            targets[Int(ends[group])] = Int32(entry)
            ends[group] += 1
        }
        // ends[g] is now where group g ends, and ends[g - 1] where it starts.
        var offsets = BufferBuilder<Int32>(capacity: wanted.count + 1)
        var entries = BufferBuilder<Int32>()
        offsets.append(0)
        for row in 0..<wanted.count {
            let group = Int(wanted[row])
            let start = group == 0 ? 0 : Int(ends[group - 1])
            for position in start..<Int(ends[group]) { entries.append(targets[position]) }
            offsets.append(Int32(entries.count))
        }
        self.entries = entries.finish()
        self.offsets = offsets.finish()
    }

    /// A column of lists, given the column of all wanted entries in their order.
    func list(_ type: DataType, of element: Column) -> Column {
        Column(type, count: offsets.count - 1, validity: nil, storage: .list(offsets: offsets, element: element))
    }

    /// The group of each element of a column of lists whose rows belong to `groups`, and the elements.
    static func flatten(_ column: Column, _ groups: Buffer<Int32>) -> (groups: Buffer<Int32>, element: Column) {
        guard case .list(let offsets, let element) = column.storage else {
            preconditionFailure("a column of \(column.type) does not hold lists")
        }
        var result = BufferBuilder<Int32>()
        for row in 0..<groups.count {
            result.append(repeating: groups[row], count: Int(offsets[row + 1] - offsets[row]))
        }
        let range = Int(offsets[0])..<Int(offsets[groups.count])
        return (result.finish(), element.slice(range))
    }
}
