// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Puts the windows of a sliding grouping together from the slices that they share.
///
/// When several windows are due at once, the slices are a queue of two stacks: the front holds the merged rest of the slices from each
/// of its members on, the back all newer slices merged. A window is one of the front merged with the back, so that its cost does not
/// grow with size/slide.
///
/// Tangwongsan et al., "General Incremental Sliding-Window Aggregation", PVLDB 8(7), 2015, §4.
struct SlidingWindows {
    private let program: AggregateProgram
    private let panes: [Int64: Pane]
    private let numbers: [Int64]
    private let sequence: Int64
    private let emitter: GroupEmitter
    private let size: Int64
    private let slide: Int64
    /// The rests of slices from the earliest, which is last, to where the back begins.
    private var front: [(slice: Int64, rest: Pane)] = []
    private var back: Pane?
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
    mutating func giveWhole(_ output: inout ShardOutput, where isWanted: (Int64) -> Bool) throws(PipelineError) {
        let due = starts(of: numbers, where: isWanted)
        for start in due {
            let end = start.saturatingAdding(size)
            let window = due.count > 3 ? queued(start, end) : merged(slices(start, end))
            let ids = window.all
            try emitter.emit(
                keys: window.keys(ids), window: (start, end), results: window.results(ids), to: &output)
        }
    }

    private func merged(_ slices: ArraySlice<Int64>) -> Pane {
        if slices.count == 1, let only = slices.first.flatMap({ panes[$0] }) { return only }
        let result = Pane(program)
        for slice in slices { if let pane = panes[slice] { result.absorb(pane, sequence: sequence) } }
        return result
    }

    /// A window by the two stacks; windows must be asked for in order.
    private mutating func queued(_ start: Int64, _ end: Int64) -> Pane {
        while let last = front.last, last.slice < start { front.removeLast() }
        if front.isEmpty {
            refill(start, end)
        } else {
            for slice in slices(backEnd, end) {
                guard let pane = panes[slice] else { continue }
                let merged = back ?? Pane(program)
                merged.absorb(pane, sequence: sequence)
                back = merged
            }
            backEnd = max(backEnd, end)
        }
        guard let rest = front.last?.rest else { return back ?? Pane(program) }
        guard let back else { return rest }
        let window = Pane(program)
        window.absorb(rest, sequence: sequence)
        window.absorb(back, sequence: sequence)
        return window
    }

    /// Makes the front of all slices of a window.
    private mutating func refill(_ start: Int64, _ end: Int64) {
        var rest: Pane?
        for slice in slices(start, end).reversed() {
            guard let pane = panes[slice] else { continue }
            guard let newer = rest else {
                rest = pane
                front.append((slice, pane))
                continue
            }
            let merged = Pane(program)
            merged.absorb(pane, sequence: sequence)
            merged.absorb(newer, sequence: sequence)
            rest = merged
            front.append((slice, merged))
        }
        back = nil
        backEnd = end
    }

    /// Gives the groups that changed, of the windows whose end passes a test.
    func giveChanged(_ output: inout ShardOutput, where isOpen: (Int64) -> Bool) throws(PipelineError) {
        let touched = numbers.filter { (panes[$0]?.changedCount ?? 0) > 0 }
        for start in starts(of: touched, where: isOpen) {
            let end = start.saturatingAdding(size)
            var table = KeyTable()
            for slice in slices(start, end) {
                guard let pane = panes[slice], pane.changedCount > 0 else { continue }
                _ = table.ids(for: pane.keys(pane.changedGroups))
            }
            let wanted = table.keys(Pane.numbers(table.count))
            let window = Pane(program)
            for slice in slices(start, end) {
                if let pane = panes[slice] { window.absorb(pane, wanted: wanted, sequence: sequence) }
            }
            let ids = window.all
            try emitter.emit(
                keys: window.keys(ids), window: (start, end), results: window.results(ids), to: &output)
        }
    }
}
