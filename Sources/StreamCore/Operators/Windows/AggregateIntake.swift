// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Makes partial groups of one worker's rows: by pane and key, over all batches of an epoch.
///
/// Rows that do not count (late, without event time, failed) go to groups of a pane that is never handed out, so that no batch has
/// to be copied for their sake.
final class AggregateIntake: OperatorIntake, @unchecked Sendable {
    private let program: AggregateProgram
    private var table = KeyTable()
    private var groups = PaneGroups(0)
    private var accumulators: AccumulatorSet
    private var counts = IntakeCounts()
    /// Whether the one group of a grouping without keys has been handed out; it is there even without rows.
    private var hasGivenEmptyGroup: Bool

    init(_ program: AggregateProgram) {
        self.program = program
        accumulators = program.makeAccumulators()
        hasGivenEmptyGroup =
            !(program.plan.keys.isEmpty && program.plan.window == nil && program.outputMode == .complete)
    }

    func take(_ rows: ColumnBatch, input: Int, context: IntakeContext) throws(PipelineError) -> [RejectedRow] {
        guard rows.rowCount > 0 else { return [] }
        var errors = RowErrors()
        var (panes, start) = panes(rows, context, &errors)
        var rejected = dropLate(&panes, start, errors, context)
        var columns = program.keys.map { $0.column(rows, context: context.evaluation, errors: &errors) }
        if let start { columns.append(start) }
        let keys = program.encoder.encode(columns, rowCount: rows.rowCount)
        let inputs = program.inputs(rows, context: context, errors: &errors) { errors in
            rejected += reject(errors, &panes)
            return groups.numbers(of: table.ids(for: keys), panes.finish())
        }
        accumulators.grow(to: groups.count)
        accumulators.update(inputs)
        return rejected
    }

    /// The pane of each row, and for windows that came with the rows their starts.
    private func panes(
        _ rows: ColumnBatch, _ context: IntakeContext, _ errors: inout RowErrors
    ) -> (panes: Panes, start: Column?) {
        guard let eventTime = program.eventTime else { return (Panes(repeating: 0, count: rows.rowCount), nil) }
        let times = eventTime.column(rows, context: context.evaluation, errors: &errors)
        guard program.clock == .inherited else { return (Panes(program.clock.panes(of: times)), nil) }
        guard case .fields(let members) = times.storage, members.count == 2 else {
            return (
                Panes(repeating: WindowClock.nowhere, count: rows.rowCount),
                Column(nulls: .timestamp, count: rows.rowCount)
            )
        }
        let valid = Bitmap.intersection(times.presence, Bitmap.intersection(members[0].presence, members[1].presence))
        return (Panes(program.clock.panes(of: members[1])).where(valid), members[0])
    }

    /// Puts late rows nowhere; says which they are where that is wanted.
    private func dropLate(
        _ panes: inout Panes, _ start: Column?, _ errors: RowErrors, _ context: IntakeContext
    ) -> [RejectedRow] {
        guard program.clock != .none else { return [] }
        var rejected: [RejectedRow] = []
        let failed = Set(errors.entries.map { Int($0.row) })
        // A grouping that gives everything each time never closes a window.
        let limit = program.outputMode == .complete ? Watermark.none : context.watermark
        var (known, isLate) = (WindowClock.nowhere, false)
        for row in 0..<panes.count {
            let pane = panes[row]
            if pane == WindowClock.nowhere {
                if !failed.contains(row) { counts.timeless += 1 }
                continue
            }
            if pane != known {
                known = pane
                isLate =
                    program.clock.lastWindow(of: pane).end.saturatingAdding(program.allowedLatenessMicros)
                    <= limit.micros
                    && limit != .none
            }
            guard isLate else { continue }
            panes[row] = WindowClock.nowhere
            if failed.contains(row) { continue }
            guard program.onLate != .drop else {
                counts.lateDropped += 1
                continue
            }
            let window = program.clock.lastWindow(of: pane)
            let windowStart = start?.elements(Int64.self)[row] ?? window.start
            rejected.append(
                RejectedRow(
                    row: row, stage: program.name, code: .lateRecord,
                    message: LateRecord.message(start: windowStart, end: window.end, watermark: context.watermark)))
        }
        return rejected
    }

    /// Puts rows that failed nowhere; those that were nowhere already have been spoken of, unless their time failed.
    private func reject(_ errors: RowErrors, _ panes: inout Panes) -> [RejectedRow] {
        guard !errors.isEmpty else { return [] }
        var rejected: [RejectedRow] = []
        var seen = Set<Int>()
        let timeFailures = program.eventTime?.canFail ?? false
        for entry in errors.entries where seen.insert(Int(entry.row)).inserted {
            if panes[Int(entry.row)] == WindowClock.nowhere && !timeFailures { continue }
            panes[Int(entry.row)] = WindowClock.nowhere
            let message = entry.expression.isEmpty ? entry.message : "\(entry.message) in \(entry.expression)"
            rejected.append(
                RejectedRow(row: Int(entry.row), stage: program.name, code: entry.code, message: message))
        }
        return rejected
    }

    func drain(shards: Int) -> [[StateRows]] {
        if !hasGivenEmptyGroup {
            hasGivenEmptyGroup = true
            _ = groups.numbers(of: table.ids(for: program.encoder.encode([], rowCount: 1)), Buffer([0]))
            accumulators.grow(to: groups.count)
        }
        var result: [[StateRows]] = Array(repeating: [], count: shards)
        guard groups.count > 0 else { return result }
        let hashes = Self.hashes(table)
        let parts = groups.parts(shards) { KeyGroups.shard(ofHash: hashes[Int($0)], of: shards) }
        for (shard, part) in parts.enumerated() where part.groups.count > 0 {
            let columns =
                [Column(.bigint, hashes.taking(part.keys)), keyColumn(part.keys), Column(.bigint, part.panes)]
                + accumulators.states(of: part.groups)
            result[shard] = [
                StateRows(
                    table: AggregateProgram.table,
                    rows: ColumnBatch(schema: program.stateSchema, columns: columns, rowCount: part.groups.count))
            ]
        }
        table.removeAll()
        accumulators = program.makeAccumulators()
        // About as many groups come in the next epoch; a few more must not move them all.
        let expected = groups.count + groups.count / 16
        accumulators.reserve(expected)
        groups = PaneGroups(expected)
        return result
    }

    private static func hashes(_ table: borrowing KeyTable) -> Buffer<Int64> {
        var result = BufferBuilder<Int64>(capacity: table.count)
        result.append(contentsOf: table.hashes)
        return result.finish()
    }

    /// Keys by number; as a dictionary where they have several groups each.
    private func keyColumn(_ numbers: Buffer<Int32>) -> Column {
        let (distinct, codes) = Self.distinct(numbers, below: table.count)
        guard distinct.count * 2 <= numbers.count else { return table.keys(numbers).column }
        return Column(
            .binary, count: numbers.count, validity: nil,
            storage: .dictionary(codes: codes, values: table.keys(distinct).column))
    }

    /// The different ones of numbers below a bound, in the order in which they come, and the place of each number among them.
    private static func distinct(
        _ numbers: Buffer<Int32>, below bound: Int
    ) -> (distinct: Buffer<Int32>, places: Buffer<Int32>) {
        let numbers = numbers.span
        var known = BufferBuilder<Int32>(capacity: bound)
        known.append(repeating: -1, count: bound)
        var placeOf = known.mutableSpan
        var distinct = BufferBuilder<Int32>(capacity: min(bound, numbers.count))
        var places = BufferBuilder<Int32>(capacity: numbers.count)
        for row in numbers.indices {
            let number = Int(numbers[row])
            if placeOf[number] < 0 {
                placeOf[number] = Int32(truncatingIfNeeded: distinct.count)
                distinct.append(numbers[row])
            }
            places.append(placeOf[number])
        }
        return (distinct.finish(), places.finish())
    }

    func takeCounts() -> IntakeCounts {
        defer { counts = IntakeCounts() }
        return counts
    }

    var byteCount: Int { table.byteCount + groups.byteCount + accumulators.byteCount }
}

/// The pane of each row of a batch, which may still be changed.
struct Panes {
    private let values: Buffer<Int64>
    /// All panes once one was changed; else empty.
    private var changed: [Int64] = []

    init(_ values: Buffer<Int64>) { self.values = values }

    init(repeating pane: Int64, count: Int) { values = Buffer(repeating: pane, count: count) }

    var count: Int { values.count }

    subscript(row: Int) -> Int64 {
        get { changed.isEmpty ? values[row] : changed[row] }
        set {
            if changed.isEmpty { changed = values.array }
            changed[row] = newValue
        }
    }

    /// Nowhere for rows that are not in `valid`.
    func `where`(_ valid: Bitmap?) -> Panes {
        guard let valid else { return self }
        var result = self
        for row in 0..<count where !valid[row] { result[row] = WindowClock.nowhere }
        return result
    }

    /// The panes with all changes.
    func finish() -> Buffer<Int64> { changed.isEmpty ? values : Buffer(changed) }
}
