// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The groups of some key groups, in panes; a pane is dropped as a whole once all its windows are closed.
///
/// When its panes outgrow the shard's share of memory, the largest go to disk as sorted runs of partial groups. What is given at
/// the end of an epoch is then put together a range of hashes at a time, so that memory stays bounded however many groups there are.
final class AggregateShard: OperatorShard, @unchecked Sendable {
    private let program: AggregateProgram
    private let emitter: GroupEmitter
    private let limits: ShardMemory
    private var panes: [Int64: SpillingPane] = [:]
    private let keys = PaneKeys()
    /// How many epochs have ended, and the first one of each pane's groups among them; what was restored is of none.
    private var epochCount = 0
    private var firstEpochs: [Int64: Int] = [:]
    private var changes: [StateRows] = []
    /// How many partial groups came in this epoch.
    private var arrivedCount = 0
    /// The watermark of the last epoch: windows that it has passed have been given.
    private var watermark = Watermark.none
    /// The number of this epoch among those the shard has seen; orders what rows of different epochs compete for.
    private var sequence: Int64 = 1

    init(_ program: AggregateProgram, _ limits: ShardMemory = .unbounded) {
        self.program = program
        self.limits = limits
        emitter = GroupEmitter(program: program)
    }

    func absorb(_ rows: StateRows) throws(PipelineError) {
        try forEachPane(of: rows) { number, pane, numbers, columns in
            if pane.count == 0 { firstEpochs[number] = epochCount }
            pane.memory.append(numbers, columns, sequence: sequence)
        }
        changes.append(rows)
        arrivedCount += rows.rows.rowCount
    }

    func restore(_ rows: StateRows) throws(PipelineError) {
        try forEachPane(of: rows) { _, pane, numbers, columns in
            pane.memory.absorb(numbers, columns, sequence: sequence)
        }
    }

    /// Calls `body` with each pane's number and its rows, by the numbers of their keys.
    private func forEachPane(
        of rows: StateRows, _ body: (Int64, SpillingPane, Buffer<Int32>, [Column]) -> Void
    ) throws(PipelineError) {
        let columns = rows.rows.columns
        guard rows.table == AggregateProgram.table, columns.count == program.stateSchema.count,
            case .int64(let hashes) = columns[0].storage, case .int64(let windows) = columns[2].storage
        else {
            throw PipelineError(
                .corruptCheckpoint, "the state does not fit the grouping", at: [.init("operator", program.name)])
        }
        let numbers = keys.numbers(for: columns[1], hashes: hashes)
        Self.forEachRun(of: windows) { number, range in
            body(number, pane(number), numbers.slice(range), columns.map { $0.slice(range) })
        }
        try spill()
    }

    private func pane(_ number: Int64) -> SpillingPane {
        if let found = panes[number] { return found }
        let pane = SpillingPane(program, keys)
        panes[number] = pane
        return pane
    }

    // MARK: Memory

    private var paneBytes: Int { panes.values.reduce(keys.byteCount) { $0 + $1.memory.byteCount } }

    /// How many bytes of the keys are a group's share.
    private var keyBytes: Double {
        Double(keys.byteCount) / Double(max(1, panes.values.reduce(0) { $0 + $1.memory.count }))
    }

    /// How many bytes may be put together at once from what was spilled.
    private var partBytes: Int { max(Self.leastPartBytes, limits.bytes / 4) }
    private static let leastPartBytes = 16 << 10

    /// Moves the largest panes to disk when all together are too large.
    private func spill() throws(PipelineError) {
        guard let area = limits.area, limits.bytes < .max else { return }
        var held = paneBytes
        guard held > limits.bytes else { return }
        let keyBytes = keyBytes
        // Half of the share stays free for what comes, or panes would go to disk a few groups at a time.
        for (_, pane) in panes.sorted(by: { ($0.value.memory.byteCount, $0.key) > ($1.value.memory.byteCount, $1.key) })
        where held > limits.bytes / 2 {
            held -= pane.memory.byteCount + Int(keyBytes * Double(pane.memory.count))
            try pane.spill(to: area, epoch: sequence, partBytes: partBytes)
        }
        keys.forgetUnused(by: panes.values.lazy.map(\.memory))
    }

    // MARK: The end of an epoch

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var output = ShardOutput()
        let before = watermark
        watermark = max(watermark, context.watermark)
        let epoch = sequence
        output.updatedRows = panes.values.reduce(0) { $0 + $1.changedCount(in: epoch) }
        var closed: [Int64: Int] = [:]
        if !context.isRestoring {
            try forEachPart(after: before) { part throws(PipelineError) in
                switch program.outputMode {
                case .append: try giveClosed(part, after: before, &output, give)
                case .update: try giveChanged(part, after: before, &output, give)
                case .complete: try giveAll(part, &output, give)
                }
                for (number, pane) in part { closed[number, default: 0] += pane.count }
            }
        }
        sequence = max(sequence, panes.values.reduce(0) { max($0, $1.latestSequence) }) + 1
        for (number, pane) in panes {
            guard let end = endIfOver(number) else {
                pane.settle()
                continue
            }
            let isCounted = program.outputMode == .append && pane.isSpilled
            output.removedRows += isCounted ? closed[number] ?? pane.count : pane.count
            output.noteClosed(through: end)
            panes[number] = nil
            firstEpochs[number] = nil
        }
        epochCount += 1
        copyWhatIsLeftOfMuch()
        keys.forgetUnused(by: panes.values.lazy.map(\.memory))
        forgetChangesOfWhatIsOver()
        return output
    }

    /// Groups that are not merged hold the memory of all that came with them, which is worth it only while that is mostly theirs.
    private func copyWhatIsLeftOfMuch() {
        let left = panes.values.reduce(0) { $0 + $1.memory.unmergedCount }
        if left * 2 < arrivedCount { for pane in panes.values { pane.memory.copyArrivals() } }
        arrivedCount = 0
    }

    /// When the last window of a pane stopped to take changes; `nil` while it takes some.
    private func endIfOver(_ number: Int64) -> Int64? {
        guard program.outputMode != .complete, watermark != .none else { return nil }
        let end = program.clock.lastWindow(of: number).end.saturatingAdding(program.allowedLatenessMicros)
        return end <= watermark.micros ? end : nil
    }

    /// What came and was over in the same epoch is never restored, so it need not be kept.
    private func forgetChangesOfWhatIsOver() {
        changes = changes.flatMap { change in
            guard case .int64(let windows) = change.rows.columns[2].storage else { return [change] }
            var kept: [Range<Int>] = []
            Self.forEachRun(of: windows) { number, range in
                guard endIfOver(number) == nil else { return }
                if let last = kept.last, last.upperBound == range.lowerBound {
                    kept[kept.count - 1] = last.lowerBound..<range.upperBound
                } else {
                    kept.append(range)
                }
            }
            return kept == [0..<windows.count]
                ? [change] : kept.map { StateRows(table: change.table, rows: change.rows.slice($0)) }
        }
    }

    /// Rows of one pane stand together.
    private static func forEachRun<Failure: Error>(
        of windows: Buffer<Int64>, _ body: (Int64, Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        var start = 0
        while start < windows.count {
            var end = start + 1
            while end < windows.count && windows[end] == windows[start] { end += 1 }
            try body(windows[start], start..<end)
            start = end
        }
    }

    /// The panes that output is made of.
    private func involved(after before: Watermark) -> [Int64: SpillingPane] {
        switch program.outputMode {
        case .complete: return panes
        case .append:
            guard watermark != .none else { return [:] }
            let (limit, size) = (watermark.micros, program.clock.windowSize)
            return panes.filter { number, _ in
                program.clock.isSliding
                    ? program.clock.firstWindowStart(of: number).saturatingAdding(size) <= limit
                    : program.clock.lastWindow(of: number).end <= limit
            }
        case .update:
            let changed = panes.filter { $0.value.changedCount(in: sequence) > 0 }
            guard program.clock.isSliding, !changed.isEmpty else { return changed }
            let size = program.clock.windowSize
            let touched = changed.keys.sorted()
            return panes.filter { number, _ in
                touched.contains { abs($0.saturatingAdding(-number)) < size }
            }
        }
    }

    /// Calls `body` with panes that hold whole groups: all that output is made of at once when they fit into memory, else those of
    /// one range of hashes after another.
    private func forEachPart(
        after before: Watermark, _ body: ([Int64: Pane]) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let involved = involved(after: before)
        guard !involved.isEmpty else { return }
        let isPartial = program.outputMode == .update
        let epoch = sequence
        let keyBytes = keyBytes
        let (rows, bytes) = involved.values.reduce((0, 0)) {
            ($0.0 + $1.count, $0.1 + $1.wholeBytes + Int(keyBytes * Double($1.memory.count)))
        }
        guard involved.values.contains(where: { $0.isSpilled }) else { return try body(involved.mapValues(\.memory)) }
        // Sliding windows are put together from merged slices, which are held beside them.
        var needed = bytes * (program.clock.isSliding ? 4 : 1)
        if isPartial, rows > 0 {
            let changed = involved.values.reduce(0) { $0 + $1.changedCount(in: epoch) }
            needed = needed / rows * changed
        }
        var (low, high) = (UInt32.max, UInt32.min)
        for prefixes in involved.values.map(\.prefixes) where !prefixes.isEmpty {
            (low, high) = (min(low, prefixes.lowerBound), max(high, prefixes.upperBound))
        }
        guard low < high else { return }
        for range in HashPrefix.ranges(low..<high, parts: needed / partBytes + 1) {
            var wanted: KeySet?
            if isPartial {
                let keys = KeySet()
                for pane in involved.values { try pane.addChanged(range, epoch: epoch, to: keys) }
                if keys.count == 0 { continue }
                wanted = keys
            }
            var part: [Int64: Pane] = [:]
            let keys = PaneKeys()
            for (number, pane) in involved {
                let whole = try pane.whole(range, keys, of: wanted, epoch: epoch, sequence: sequence)
                if whole.count > 0 { part[number] = whole }
            }
            if !part.isEmpty { try body(part) }
        }
    }

    /// Append mode: the windows that the watermark has passed in this epoch.
    private func giveClosed(
        _ panes: [Int64: Pane], after before: Watermark, _ output: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        if program.clock.isSliding {
            var windows = SlidingWindows(program: program, panes: panes, sequence: sequence)
            let limit = watermark.micros
            return try windows.giveWhole(
                &output, bytes: partBytes, where: { $0 <= limit && (before == .none || $0 > before.micros) }, give)
        }
        for number in panes.keys.sorted() {
            guard let pane = panes[number] else { continue }
            try emit(pane, pane.all, program.clock.lastWindow(of: number), &output, give)
        }
    }

    /// Update mode: the groups that changed in this epoch.
    private func giveChanged(
        _ panes: [Int64: Pane], after before: Watermark, _ output: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        if program.clock.isSliding {
            var windows = SlidingWindows(program: program, panes: panes, sequence: sequence)
            let lateness = program.allowedLatenessMicros
            return try windows.giveChanged(
                &output, bytes: partBytes,
                where: { before == .none || $0.saturatingAdding(lateness) > before.micros }, give)
        }
        for number in panes.keys.sorted() {
            guard let pane = panes[number], pane.changedCount > 0 else { continue }
            try emit(pane, pane.changedGroups, program.clock.lastWindow(of: number), &output, give)
        }
    }

    /// Complete mode: all groups there are.
    private func giveAll(
        _ panes: [Int64: Pane], _ output: inout ShardOutput, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        if program.clock.isSliding {
            var windows = SlidingWindows(program: program, panes: panes, sequence: sequence)
            return try windows.giveWhole(&output, bytes: partBytes, where: { _ in true }, give)
        }
        for number in panes.keys.sorted() {
            guard let pane = panes[number] else { continue }
            try emit(pane, pane.all, program.clock.lastWindow(of: number), &output, give)
        }
    }

    private func emit(
        _ pane: Pane, _ ids: Buffer<Int32>, _ window: (start: Int64, end: Int64), _ output: inout ShardOutput,
        _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try emitter.emit(keys: pane.keys(ids), window: window, results: pane.results(ids), to: &output, give)
    }

    // MARK: What is kept

    func takeChanges() -> [StateRows] {
        defer { changes = [] }
        return changes
    }

    func snapshot(
        groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        for number in panes.keys.sorted() {
            guard let pane = panes[number] else { continue }
            guard pane.isSpilled else {
                for (keys, states) in pane.memory.parts(in: groups) { try snapshot(keys, states, number, give) }
                continue
            }
            let range = HashPrefix.range(ofGroups: groups).clamped(to: pane.prefixes)
            let bytes = pane.wholeBytes + Int(keyBytes * Double(pane.memory.count))
            let share = bytes / max(1, pane.prefixes.count) * range.count
            for part in HashPrefix.ranges(range, parts: share / partBytes + 1) {
                let whole = try pane.whole(part, PaneKeys(), epoch: sequence, sequence: sequence)
                for (keys, states) in whole.parts(in: groups) { try self.snapshot(keys, states, number, give) }
            }
        }
    }

    private func snapshot(
        _ keys: EncodedKeys, _ states: [Column], _ number: Int64, _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let window = Column(.bigint, Buffer<Int64>(repeating: number, count: keys.count))
        let rows = ColumnBatch(
            schema: program.stateSchema, columns: [keys.hashColumn, keys.column, window] + states, rowCount: keys.count)
        var start = 0
        while start < keys.count {
            let end = min(start + GroupEmitter.batchRows, keys.count)
            try give(StateRows(table: AggregateProgram.table, rows: rows.slice(start..<end)))
            start = end
        }
    }

    /// Groups with several parts on disk and in memory count as often.
    var size: StateSize {
        StateSize(
            rows: panes.values.reduce(0) { $0 + $1.count },
            memoryBytes: paneBytes + changes.reduce(0) { $0 + $1.rows.byteCount },
            spilledBytes: panes.values.reduce(0) { $0 + $1.spilledBytes },
            openWindows: program.clock == .none ? 0 : panes.count, epochs: age)
    }

    private var age: Int? {
        guard let oldest = firstEpochs.values.min() else { return panes.isEmpty ? 0 : nil }
        return firstEpochs.count == panes.count ? epochCount - oldest : nil
    }
}
