// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The groups of one pane in a shard: those in memory, and before them partial groups of the same keys on disk, run after run.
///
/// A group may have parts in several runs and in memory; put together in this order they are the group. Runs that together outweigh
/// the one before them are merged with it, so that a part is written again only a logarithmic number of times.
final class SpillingPane {
    /// Partial groups on disk.
    private struct Run {
        let rows: SpillRun
        /// The epoch in which it was written, and how many of its groups had changed in that epoch.
        let epoch: Int64
        let changedCount: Int
    }

    private let program: AggregateProgram
    private(set) var memory: Pane
    private var runs: [Run] = []
    private var latestSpilledSequence: Int64 = 0
    /// The groups in memory in the order of their prefixes, as of a version of `memory`.
    private var ordered: (version: Int, ids: Buffer<Int32>)?

    /// So many runs are merged at least at once, lest every spill rewrites its predecessor.
    private static let fewRuns = 4

    init(_ program: AggregateProgram, _ keys: PaneKeys) {
        self.program = program
        memory = Pane(program, keys)
    }

    var isSpilled: Bool { !runs.isEmpty }
    /// The groups; those that have several parts count as often.
    var count: Int { memory.count + runs.reduce(0) { $0 + $1.rows.rowCount } }
    var spilledBytes: Int { runs.reduce(0) { $0 + $1.rows.byteCount } }
    var latestSequence: Int64 { max(memory.latestSequence, latestSpilledSequence) }

    /// About how many bytes all groups would take in memory.
    var wholeBytes: Int { memory.byteCount + spilledBytes * 2 }

    /// The groups that changed in an epoch, counted like `count`.
    func changedCount(in epoch: Int64) -> Int {
        memory.changedCount + runs.reduce(0) { $0 + ($1.epoch == epoch ? $1.changedCount : 0) }
    }

    /// From the least to the greatest prefix of its groups.
    var prefixes: Range<UInt32> {
        var (low, high) = (UInt32.max, UInt32.min)
        if memory.count > 0 {
            let ids = orderedIDs
            low = memory.prefix(ids[0])
            high = memory.prefix(ids[ids.count - 1]) + 1
        }
        for run in runs where run.rows.rowCount > 0 {
            low = min(low, run.rows.prefixes.lowerBound)
            high = max(high, run.rows.prefixes.upperBound)
        }
        return low < high ? low..<high : 0..<0
    }

    // MARK: Spilling

    /// The rows of a run: `$changed` stands where state has `$window`.
    private static func schema(_ program: AggregateProgram) -> Schema {
        var fields = program.stateSchema.fields
        fields[2] = Field("$changed", .tinyint, nullable: false)
        return Schema(fields)
    }

    /// Moves the groups in memory to disk.
    ///
    /// - Parameter partBytes: how much may be in memory at once while runs are merged.
    func spill(to area: any SpillArea, epoch: Int64, partBytes: Int) throws(PipelineError) {
        guard memory.count > 0 else { return }
        var writer = try SpillRun.Writer(area, Self.schema(program))
        try Self.write(memory, program, &writer)
        let run = Run(rows: try writer.finish(), epoch: epoch, changedCount: memory.changedCount)
        latestSpilledSequence = latestSequence
        runs.append(run)
        memory = Pane(program, memory.keys)
        ordered = nil
        try mergeRuns(area, epoch: epoch, partBytes: partBytes)
    }

    private static func write(
        _ pane: Pane, _ program: AggregateProgram, _ writer: inout SpillRun.Writer
    ) throws(PipelineError) {
        let ids = pane.ordered
        let step = SpillRun.Writer.blockRows(rowBytes: pane.byteCount / max(1, pane.count))
        var start = 0
        while start < ids.count {
            let part = ids.slice(start..<min(start + step, ids.count))
            let keys = pane.keys(part)
            let columns =
                [keys.hashColumn, keys.column, Column(.tinyint, pane.changes(part))] + pane.states(part)
            try writer.append(ColumnBatch(schema: schema(program), columns: columns, rowCount: part.count))
            start += part.count
        }
    }

    /// Merges the newest runs when they are many and together not smaller than the one before them.
    private func mergeRuns(_ area: any SpillArea, epoch: Int64, partBytes: Int) throws(PipelineError) {
        var (first, newer) = (runs.count - 1, runs[runs.count - 1].rows.byteCount)
        while first > 0, runs[first - 1].rows.byteCount <= newer {
            first -= 1
            newer += runs[first].rows.byteCount
        }
        guard runs.count - first >= Self.fewRuns else { return }
        let merged = Array(runs[first...])
        var writer = try SpillRun.Writer(area, Self.schema(program))
        var changedCount = 0
        let low = merged.reduce(UInt32.max) { min($0, $1.rows.prefixes.lowerBound) }
        let high = merged.reduce(UInt32.min) { max($0, $1.rows.prefixes.upperBound) }
        for range in HashPrefix.ranges(low..<high, parts: newer * 2 / max(1, partBytes) + 1) {
            let pane = Pane(program, PaneKeys())
            for run in merged { try Self.absorb(run, range, wanted: nil, epoch: epoch, sequence: 0, into: pane) }
            changedCount += pane.changedCount
            try Self.write(pane, program, &writer)
        }
        runs[first...] = [Run(rows: try writer.finish(), epoch: epoch, changedCount: changedCount)]
    }

    // MARK: Reading

    /// The keys of a range of prefixes that changed in an epoch.
    func addChanged(_ range: Range<UInt32>, epoch: Int64, to keys: KeySet) throws(PipelineError) {
        for run in runs where run.epoch == epoch && run.changedCount > 0 {
            try run.rows.read(range) { rows, _ throws(PipelineError) in
                guard case .int8(let marks) = rows.columns[2].storage else { return }
                var changed = BufferBuilder<Int32>(capacity: rows.rowCount)
                for row in 0..<marks.count where marks[row] != 0 { changed.append(Int32(row)) }
                keys.add(Self.keys(rows).taking(changed.finish()))
            }
        }
        guard memory.changedCount > 0 else { return }
        let ids = ids(in: range)
        let marks = memory.changes(ids)
        var changed = BufferBuilder<Int32>(capacity: ids.count)
        for row in 0..<ids.count where marks[row] != 0 { changed.append(ids[row]) }
        keys.add(memory.keys(changed.finish()))
    }

    /// The whole groups of a range of prefixes, of all keys or of wanted ones, as a pane over other keys.
    func whole(
        _ range: Range<UInt32>, _ keys: PaneKeys, of wanted: KeySet? = nil, epoch: Int64, sequence: Int64
    ) throws(PipelineError) -> Pane {
        let pane = Pane(program, keys)
        let set = wanted.map { (keys: $0, prefixes: $0.prefixes) }
        for run in runs {
            try Self.absorb(run, range, wanted: set, epoch: epoch, sequence: sequence, into: pane)
        }
        var ids = ids(in: range)
        if let wanted, let rows = wanted.rows(of: memory.keys(ids)) { ids = ids.taking(rows) }
        guard ids.count > 0 else { return pane }
        let none = Column(nulls: .void, count: ids.count)
        pane.absorb(
            keys.numbers(for: memory.keys(ids)),
            Array(repeating: none, count: AggregateProgram.firstState) + memory.states(ids),
            sequence: sequence, changes: .marked(memory.changes(ids)))
        return pane
    }

    private static func absorb(
        _ run: Run, _ range: Range<UInt32>, wanted: (keys: KeySet, prefixes: PrefixSet)?, epoch: Int64, sequence: Int64,
        into pane: Pane
    ) throws(PipelineError) {
        try run.rows.read(range, wanted: wanted?.prefixes) { rows, _ throws(PipelineError) in
            var rows = rows
            if let found = wanted?.keys.rows(of: keys(rows)) { rows = rows.taking(found) }
            guard rows.rowCount > 0 else { return }
            var changes = Pane.Changes.none
            if run.epoch == epoch, case .int8(let marks) = rows.columns[2].storage { changes = .marked(marks) }
            pane.absorb(pane.keys.numbers(for: keys(rows)), rows.columns, sequence: sequence, changes: changes)
        }
    }

    private static func keys(_ rows: ColumnBatch) -> EncodedKeys {
        EncodedKeys(column: rows.columns[1], hashes: rows.columns[0].elements())
    }

    private var orderedIDs: Buffer<Int32> {
        if let ordered, ordered.version == memory.version { return ordered.ids }
        let ids = memory.ordered
        ordered = (memory.version, ids)
        return ids
    }

    /// The groups in memory whose prefixes lie in a range.
    private func ids(in range: Range<UInt32>) -> Buffer<Int32> {
        let ids = orderedIDs
        func position(of prefix: UInt32) -> Int {
            var (low, high) = (0, ids.count)
            while low < high {
                let middle = (low + high) / 2
                if memory.prefix(ids[middle]) < prefix { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return ids.slice(position(of: range.lowerBound)..<position(of: range.upperBound))
    }

    /// Starts the next epoch.
    func settle() {
        memory.settle()
        ordered = nil
    }
}
