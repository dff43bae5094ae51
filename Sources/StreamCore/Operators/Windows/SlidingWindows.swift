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
    /// The keys that windows are made of, as the panes know them, and their numbers here.
    private var keys = BufferBuilder<Int32>()
    private var keyNumbers: NumberTable
    /// The groups of each slice.
    private var members: [Int64: [NumberedGroups]] = [:]
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
        keyNumbers = NumberTable(expecting: panes.values.first?.keys.count ?? 0)
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
            members[slice] = panes[slice]?.parts(&keyNumbers, &keys)
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
            changed[slice] = pane.numberKeys(of: pane.changedGroups, &keyNumbers, &keys)
        }
        let wanted = keys.copy
        for (slice, pane) in panes { members[slice] = [pane.part(of: wanted)] }
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
        guard !due.isEmpty, let shared = panes.values.first?.keys, keys.count > 0 else { return }
        let parts = heldGroups(due) * groupBytes / max(1, bytes) + 1
        for number in 0..<parts {
            part = keys.count * number / parts..<keys.count * (number + 1) / parts
            (front, back, backEnd) = ([], nil, .min)
            let columns = try program.decoder.decode(shared.keys(keys.copy.slice(part)).column)
                .map { Self.dictionary($0) }
            for (place, start) in due.enumerated() {
                let end = start.saturatingAdding(size)
                let next = place + 1 < due.count ? due[place + 1] : .max
                try body(self, due.count > 3 ? queued(start, end, next) : merged(slices(start, end)), columns, start)
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
            storage: .dictionary(codes: Buffer(counting: 0..<Int32(column.count)), values: column.withValidity(nil)))
    }

    /// How many groups there are at most in the merged rests of the slices of a window, with those of a back and a window; asked of
    /// windows that do not overlap.
    private func heldGroups(_ due: [Int64]) -> Int {
        var (most, end) = (0, Int64.min)
        for start in due where start >= end {
            end = start.saturatingAdding(size)
            var (rest, held) = (0, 0)
            for slice in slices(start, end).reversed() {
                rest = min(keys.count, members[slice, default: []].reduce(rest) { $0 + $1.numbers.count })
                held += rest
            }
            most = max(most, held)
        }
        return most + keys.count * 2
    }

    private var groupBytes: Int {
        let (groups, bytes) = panes.values.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.stateBytes) }
        return bytes / max(1, groups)
    }

    private func groups(of slice: Int64) -> [NumberedGroups] {
        let all = members[slice, default: []]
        return (part == 0..<keys.count ? all : all.map { $0.within(part) }).filter { $0.numbers.count > 0 }
    }

    private func merging() -> MergedSlices { MergedSlices(program, most: part.count, sequence: sequence) }

    private func merged(_ slices: ArraySlice<Int64>) -> MergedSlices {
        let window = merging()
        for slice in slices { window.absorb(groups(of: slice)) }
        return window
    }

    /// A window by the two stacks; windows must be asked for in order, and the start of the next one be told.
    private mutating func queued(_ start: Int64, _ end: Int64, _ next: Int64) -> MergedSlices {
        while let last = front.last, last.slice < start { front.removeLast() }
        if front.isEmpty {
            refill(start, end)
        } else {
            for slice in slices(backEnd, end) {
                let newer = groups(of: slice)
                if newer.isEmpty { continue }
                let merged = back ?? merging()
                merged.absorb(newer)
                back = merged
            }
            backEnd = max(backEnd, end)
        }
        var window = merging()
        switch front.last?.rest {
        // No later window begins with it, so it may become this one.
        case .whole(let rest) where front[front.count - 1].slice < next: window = rest
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
            let older = groups(of: slice)
            if older.isEmpty { continue }
            let merged = merging()
            if let newer { merged.absorb(newer) }
            merged.absorb(older)
            front.append((slice, merged.isWhole ? .whole(merged) : .part(newer == nil ? older : merged.compact)))
            newer = merged
        }
        back = nil
        backEnd = end
    }
}

/// The merged rest of some slices: by the numbers of keys when all have a group, or else they would outweigh their groups.
private enum Rest {
    case whole(MergedSlices)
    case part([NumberedGroups])
}

/// The groups of several slices, merged, by the numbers of their keys.
private final class MergedSlices {
    private let program: AggregateProgram
    private let accumulators: AccumulatorSet
    private let sequence: Int64
    private let members: GroupMarks

    /// Nothing yet, of keys with numbers below `most`.
    init(_ program: AggregateProgram, most: Int, sequence: Int64) {
        self.program = program
        self.sequence = sequence
        accumulators = program.makeAccumulators()
        members = GroupMarks(most: most)
    }

    func absorb(_ parts: [NumberedGroups]) {
        accumulators.grow(to: members.most)
        for part in parts {
            switch part.source {
            case .accumulators(let set, let from):
                accumulators.merge(set, groups: .some(from: from, to: part.numbers), sequence: sequence)
            case .states(let columns, let sequence):
                accumulators.merge(columns, from: 0, groups: part.numbers, sequence: sequence)
            }
            members.add(part.numbers)
        }
    }

    func absorb(_ other: MergedSlices) {
        if other.isWhole {
            accumulators.merge(other.accumulators, groups: .same(count: members.most), sequence: sequence)
            members.addAll()
        } else {
            let groups = other.groups
            absorb([NumberedGroups(source: .accumulators(other.accumulators, from: groups), numbers: groups)])
        }
    }

    /// Whether it has a group of each key.
    var isWhole: Bool { members.count == members.most }

    /// In the order of the keys when it has them all.
    var groups: Buffer<Int32> { isWhole ? Buffer(counting: 0..<Int32(members.most)) : members.groups }

    /// A copy of the groups that there are.
    var compact: [NumberedGroups] {
        let (groups, copy) = (groups, program.makeAccumulators())
        let places = Buffer(counting: 0..<Int32(groups.count))
        copy.grow(to: groups.count)
        copy.merge(accumulators, groups: .some(from: groups, to: places), sequence: sequence)
        return [NumberedGroups(source: .accumulators(copy, from: places), numbers: groups)]
    }

    func results(_ groups: Buffer<Int32>) -> [(column: Column, errors: RowErrors)] { accumulators.results(of: groups) }
}

/// A set of numbers of groups, in the order in which they first come.
private final class GroupMarks {
    private var marks = BufferBuilder<UInt8>()
    private var members = BufferBuilder<Int32>()
    private var hasAll = false

    /// Nothing yet, of numbers below `most`.
    init(most: Int) { marks.grow(to: most, with: 0) }

    var most: Int { marks.count }
    var count: Int { hasAll ? most : members.count }

    func addAll() { hasAll = true }

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

    var groups: Buffer<Int32> { members.copy }
}
