// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Puts the windows of a sliding grouping together from the slices that they share.
///
/// When several windows are due at once, the slices are a queue of two stacks: the front holds the merged rest of the slices from each
/// of its members on, the back all newer slices merged. A window is one of the front merged with the back, so that its cost does not
/// grow with size/slide. Keys are looked up once per slice; after that they are numbers.
///
/// Tangwongsan et al., "General Incremental Sliding-Window Aggregation", PVLDB 8(7), 2015, §4.
struct SlidingWindows: ~Copyable {
    private let program: AggregateProgram
    private let panes: [Int64: Pane]
    private let numbers: [Int64]
    private let sequence: Int64
    private let emitter: GroupEmitter
    private let size: Int64
    private let slide: Int64
    /// The keys that windows are made of.
    private var table = KeyTable()
    /// Of each slice, where it keeps them, and the number of each.
    private var members: [Int64: (rows: Buffer<Int32>, numbers: Buffer<Int32>)] = [:]
    /// The keys that are put together at a time, by number.
    private var part = 0..<0
    /// The rests of slices from the earliest, which is last, to where the back begins.
    private var front: [(slice: Int64, rest: Rest)] = []
    private var back: MergedSlices?
    private var backEnd = Int64.min

    init(program: AggregateProgram, panes: [Int64: Pane], sequence: Int64) {
        self.program = program
        self.panes = panes
        self.sequence = sequence
        numbers = panes.keys.sorted()
        emitter = GroupEmitter(program: program)
        guard case .fixed(let size, let slide, _, _) = program.clock else {
            preconditionFailure("only fixed windows slide")
        }
        (self.size, self.slide) = (size, slide)
    }

    /// The starts of the windows of some slices whose end passes a test, ascending.
    private func starts(of slices: [Int64], where isWanted: (Int64) -> Bool) -> [Int64] {
        var starts = Set<Int64>()
        for slice in slices {
            var start = program.clock.firstWindowStart(of: slice)
            let last = program.clock.lastWindow(of: slice).start
            while start <= last {
                if isWanted(start.saturatingAdding(size)) { starts.insert(start) }
                let next = start.saturatingAdding(slide)
                if next == start { break }
                start = next
            }
        }
        return starts.sorted()
    }

    /// The slices in `[start, end)` that have groups, ascending.
    private func slices(_ start: Int64, _ end: Int64) -> ArraySlice<Int64> {
        func position(of time: Int64) -> Int {
            var (low, high) = (0, numbers.count)
            while low < high {
                let middle = (low + high) / 2
                if numbers[middle] < time { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return numbers[position(of: start)..<position(of: end)]
    }

    /// Gives all groups of the windows whose end passes a test.
    ///
    /// - Parameter bytes: about how much may be held beside the slices; more keys than fit are put together in several parts.
    mutating func giveWhole(
        _ output: inout ShardOutput, bytes: Int, where isWanted: (Int64) -> Bool,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        for slice in numbers {
            if let pane = panes[slice] { members[slice] = (pane.all, table.ids(for: pane.keys(pane.all))) }
        }
        try forEachWindow(starts(of: numbers, where: isWanted), bytes) {
            windows, window, keys, start throws(PipelineError) in
            try windows.emit(window, nil, keys, start, &output, give)
        }
    }

    /// Gives the groups that changed, of the windows whose end passes a test. Costs what is changed, not what there is.
    mutating func giveChanged(
        _ output: inout ShardOutput, bytes: Int, where isOpen: (Int64) -> Bool,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        var changed: [Int64: Buffer<Int32>] = [:]
        for slice in numbers {
            guard let pane = panes[slice], pane.changedCount > 0 else { continue }
            changed[slice] = table.ids(for: pane.keys(pane.changedGroups))
        }
        let keys = table.keys(Pane.numbers(table.count))
        for (slice, pane) in panes {
            let found = pane.find(keys)
            let numbers = Elementwise.test(found) { $0 >= 0 }.setIndices
            members[slice] = (found.taking(numbers), numbers)
        }
        try forEachWindow(starts(of: changed.keys.sorted(), where: isOpen), bytes) {
            windows, window, keys, start throws(PipelineError) in
            let marked = GroupMarks(most: windows.part.count)
            for slice in windows.slices(start, start.saturatingAdding(windows.size)) {
                if let numbers = changed[slice] { marked.add(numbers, of: windows.part) }
            }
            try windows.emit(window, marked.groups, keys, start, &output, give)
        }
    }

    /// Puts windows together, in as many parts of the keys as memory asks for; the key columns of a part come with it.
    private mutating func forEachWindow(
        _ due: [Int64], _ bytes: Int,
        _ body: (borrowing Self, MergedSlices, [Column], Int64) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        guard !due.isEmpty, table.count > 0 else { return }
        let parts = heldGroups(due) * groupBytes / max(1, bytes) + 1
        for number in 0..<parts {
            part = table.count * number / parts..<table.count * (number + 1) / parts
            (front, back, backEnd) = ([], nil, .min)
            let keys = try program.decoder.decode(table.keys(Buffer(part.map { Int32($0) })).column)
                .map { Self.dictionary($0) }
            for start in due {
                let end = start.saturatingAdding(size)
                try body(self, due.count > 3 ? queued(start, end) : merged(slices(start, end)), keys, start)
            }
        }
    }

    /// Gives some groups of a window, or all.
    private func emit(
        _ window: MergedSlices, _ chosen: Buffer<Int32>?, _ keys: [Column], _ start: Int64, _ output: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let groups = chosen ?? window.groups
        let isEveryKey = chosen == nil && window.isWhole
        try emitter.emit(
            isEveryKey ? keys : keys.map { $0.taking(groups) }, count: groups.count,
            window: (start, start.saturatingAdding(size)),
            results: window.results(groups), to: &output, give)
    }

    /// Texts as a dictionary, so that all windows share them.
    private static func dictionary(_ column: Column) -> Column {
        guard case .bytes = column.storage else { return column }
        return Column(
            column.type, count: column.count, validity: column.validity,
            storage: .dictionary(codes: Pane.numbers(column.count), values: column.withValidity(nil)))
    }

    /// How many groups there are at most in the merged rests of the slices of a window, with those of a back and a window; asked of
    /// windows that do not overlap.
    private func heldGroups(_ due: [Int64]) -> Int {
        var (most, end) = (0, Int64.min)
        for start in due where start >= end {
            end = start.saturatingAdding(size)
            var (rest, held) = (0, 0)
            for slice in slices(start, end).reversed() {
                rest = min(table.count, rest + (members[slice]?.rows.count ?? 0))
                held += rest
            }
            most = max(most, held)
        }
        return most + table.count * 2
    }

    private var groupBytes: Int {
        let (groups, bytes) = panes.values.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.stateBytes) }
        return bytes / max(1, groups)
    }

    private func groups(of slice: Int64) -> SliceGroups? {
        guard let pane = panes[slice], let (rows, numbers) = members[slice], rows.count > 0 else { return nil }
        if part == 0..<table.count { return SliceGroups(groups: numbers, states: pane.states(rows)) }
        let here = Elementwise.test(numbers) { part.contains(Int($0)) }.setIndices
        guard here.count > 0 else { return nil }
        let first = Int32(part.lowerBound)
        return SliceGroups(
            groups: Elementwise.map(numbers.taking(here)) { $0 - first }, states: pane.states(rows.taking(here)))
    }

    private func merging() -> MergedSlices { MergedSlices(program, groups: part.count, sequence: sequence) }

    private func merged(_ slices: ArraySlice<Int64>) -> MergedSlices {
        let window = merging()
        for slice in slices { if let part = groups(of: slice) { window.absorb(part) } }
        return window
    }

    /// A window by the two stacks; windows must be asked for in order.
    private mutating func queued(_ start: Int64, _ end: Int64) -> MergedSlices {
        while let last = front.last, last.slice < start { front.removeLast() }
        if front.isEmpty {
            refill(start, end)
        } else {
            for slice in slices(backEnd, end) {
                guard let newer = groups(of: slice) else { continue }
                let merged = back ?? merging()
                merged.absorb(newer)
                back = merged
            }
            backEnd = max(backEnd, end)
        }
        let window = merging()
        switch front.last?.rest {
        case .whole(let rest): window.absorb(rest)
        case .part(let rest): window.absorb(rest)
        case nil: break
        }
        if let back { window.absorb(back) }
        return window
    }

    /// Makes the front of all slices of a window.
    private mutating func refill(_ start: Int64, _ end: Int64) {
        var newer: MergedSlices?
        for slice in slices(start, end).reversed() {
            guard let older = groups(of: slice) else { continue }
            let merged = merging()
            merged.absorb(older)
            if let newer { merged.absorb(newer) }
            front.append((slice, merged.isWhole ? .whole(merged) : .part(newer == nil ? older : merged.sliceGroups)))
            newer = merged
        }
        back = nil
        backEnd = end
    }
}

/// Groups by the numbers of their keys, with the states of all aggregates.
private struct SliceGroups {
    let groups: Buffer<Int32>
    let states: [Column]
}

/// The merged rest of some slices: as accumulators when all keys have a group, or else they would outweigh their groups.
private enum Rest {
    case whole(MergedSlices)
    case part(SliceGroups)
}

/// The groups of several slices, merged.
private final class MergedSlices {
    private let accumulators: AccumulatorSet
    private let sequence: Int64
    private let members: GroupMarks

    /// Nothing yet, of keys with numbers below `groups`.
    init(_ program: AggregateProgram, groups: Int, sequence: Int64) {
        accumulators = program.makeAccumulators()
        accumulators.grow(to: groups)
        members = GroupMarks(most: groups)
        self.sequence = sequence
    }

    func absorb(_ part: SliceGroups) {
        accumulators.merge(part.states, from: 0, groups: part.groups, sequence: sequence)
        members.add(part.groups)
    }

    func absorb(_ other: MergedSlices) {
        let groups = other.isWhole ? GroupSelection.all(count: other.members.most) : .some(other.groups)
        accumulators.merge(other.accumulators, groups: groups, sequence: sequence)
        if other.isWhole { members.addAll() } else { members.add(other.groups) }
    }

    /// Whether it has a group of each key.
    var isWhole: Bool { members.count == members.most }

    /// In the order of the keys when it has them all.
    var groups: Buffer<Int32> { isWhole ? Pane.numbers(members.most) : members.groups }

    var sliceGroups: SliceGroups {
        let groups = groups
        return SliceGroups(groups: groups, states: accumulators.states(of: groups))
    }

    func results(_ groups: Buffer<Int32>) -> [(column: Column, errors: RowErrors)] { accumulators.results(of: groups) }
}

/// A set of numbers of groups, in the order in which they first come.
private final class GroupMarks {
    private var marks = BufferBuilder<UInt8>()
    private var members = BufferBuilder<Int32>()

    /// Nothing yet, of numbers below `most`.
    init(most: Int) { marks.grow(to: most, with: 0) }

    var most: Int { marks.count }
    var count: Int { members.count }

    func addAll() { if count < most { add(Pane.numbers(most)) } }

    func add(_ groups: Buffer<Int32>) { if count < most { add(groups, of: 0..<most) } }

    /// Adds those numbers that are in a range, counted from its start.
    func add(_ groups: Buffer<Int32>, of range: Range<Int>) { Self.add(groups, range, &marks, &members) }

    private static func add(
        _ groups: Buffer<Int32>, _ range: Range<Int>, _ marks: inout BufferBuilder<UInt8>,
        _ members: inout BufferBuilder<Int32>
    ) {
        let numbers = groups.span
        var marks = marks.mutableSpan
        for row in numbers.indices where range.contains(Int(numbers[row])) {
            let group = Int(numbers[row]) - range.lowerBound
            if marks[group] != 0 { continue }
            marks[group] = 1
            members.append(Int32(truncatingIfNeeded: group))
        }
    }

    var groups: Buffer<Int32> { Self.copy(members) }

    private static func copy(_ values: borrowing BufferBuilder<Int32>) -> Buffer<Int32> {
        var copy = BufferBuilder<Int32>(capacity: values.count)
        copy.append(contentsOf: values.span)
        return copy.finish()
    }
}
