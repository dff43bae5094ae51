// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Which entries of a log belong to which group: those of some groups are found without a look at the others.
///
/// 4 bytes per entry, 8 per group.
struct EntryLinks: ~Copyable {
    /// By group: its first and last entry; `none` when there is none.
    private var first = BufferBuilder<Int32>()
    private var last = BufferBuilder<Int32>()
    /// By entry: the next one of its group.
    private var next = BufferBuilder<Int32>()

    private static let none: Int32 = -1

    /// How many entries there are.
    var count: Int { next.count }

    var byteCount: Int { next.count * 4 + first.count * 8 }

    /// Makes groups up to `count`, without entries.
    mutating func grow(to count: Int) {
        first.grow(to: count, with: Self.none)
        last.grow(to: count, with: Self.none)
    }

    /// Notes that the next entry belongs to a group that exists.
    mutating func append(_ group: Int32) {
        let entry = Int32(next.count)
        next.append(Self.none)
        let previous = last[Int(group)]
        if previous < 0 { first[Int(group)] = entry } else { next[Int(previous)] = entry }
        last[Int(group)] = entry
    }

    /// Notes the entries among `ids` that are new, `groups[row]` being the group of `ids[row]`: new entries have numbers from `count` on, in
    /// the order of their rows.
    mutating func append(newAmong ids: Buffer<Int32>, groups: Buffer<Int32>) {
        let (entries, owners) = (ids.span, groups.span)
        for row in entries.indices where Int(entries[row]) == next.count { append(owners[row]) }
    }

    /// The entries of some groups, those of each in the order of the log.
    func entries(of wanted: Buffer<Int32>) -> EntryGroups {
        let (firsts, following, groups) = (first.span, next.span, wanted.span)
        var offsets = BufferBuilder<Int32>(capacity: groups.count + 1)
        var entries = BufferBuilder<Int32>(capacity: groups.count)
        offsets.append(0)
        for row in groups.indices {
            var entry = firsts[Int(groups[row])]
            while entry >= 0 {
                entries.append(entry)
                entry = following[Int(entry)]
            }
            offsets.append(Int32(entries.count))
        }
        return EntryGroups(entries: entries.finish(), offsets: offsets.finish())
    }
}
