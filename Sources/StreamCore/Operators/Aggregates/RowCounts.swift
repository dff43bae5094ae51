// SPDX-License-Identifier: Apache-2.0
import Columnar

/// How many rows each group has of those that count for an aggregate.
///
/// Aggregates of one operator mostly count the same rows: all but one then follow that one's counts instead of keeping their own, until a
/// NULL or a filter makes them differ.
final class RowCounts {
    private var own = BufferBuilder<Int64>()
    private var leader: RowCounts?
    /// What was taken last, while nothing has changed.
    private var taken: (groups: Buffer<Int32>, counts: Buffer<Int64>)?

    init() {}

    /// Whether another's counts are its own.
    var isFollowing: Bool { leader != nil }

    /// Counts what `other` counts from now on; both must have no groups yet.
    func follow(_ other: RowCounts) { leader = other }

    /// Goes on with counts of its own.
    func part() {
        guard let leader else { return }
        own = BufferBuilder(capacity: leader.own.count)
        own.append(contentsOf: leader.own.span)
        self.leader = nil
    }

    func reserve(_ count: Int) { if leader == nil { own.reserve(count) } }

    func grow(to count: Int) {
        if leader != nil || count <= own.count { return }
        taken = nil
        own.grow(to: count, with: 0)
    }

    /// Counts each row in its group.
    func addOnes(_ groups: Buffer<Int32>) {
        if leader != nil { return }
        taken = nil
        CountAccumulator.addOnes(groups, to: &own)
    }

    /// Adds the counts of a state column.
    func add(_ column: Column, _ groups: Buffer<Int32>) {
        if leader != nil { return }
        taken = nil
        CountAccumulator.add(column.elements(), groups, to: &own)
    }

    /// Adds the counts of other groups.
    func merge(_ other: RowCounts, _ groups: GroupPairs) {
        if leader != nil { return }
        taken = nil
        own.combine((other.leader ?? other).own, groups) { $0 + $1 }
    }

    /// The counts of some groups; the same memory for all that follow one another.
    func taking(_ groups: Buffer<Int32>) -> Buffer<Int64> {
        if let leader { return leader.taking(groups) }
        if let taken, taken.groups.isIdentical(to: groups) { return taken.counts }
        let counts = own.taking(groups)
        taken = (groups, counts)
        return counts
    }

    /// About how many bytes it holds.
    var byteCount: Int { own.count * 8 }
}
