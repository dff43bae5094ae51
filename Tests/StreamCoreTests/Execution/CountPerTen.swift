// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Synchronization

/// Counts values per window of ten, the value being its own event time: the least that a stateful operator can be.
struct CountPerTen: StatefulOperator {
    let identity = OperatorIdentity(name: "tens", kind: "aggregate", meaning: [.init("window", "10")])
    let outputDelayMicros: Int64 = 0
    let outputSchema = Schema([Field("start", .bigint), Field("n", .bigint)])

    func makeIntake() -> any OperatorIntake { Intake() }
    func makeShard(_ memory: ShardMemory) -> any OperatorShard { Shard() }
    func readable(_ rows: StateRows) -> ColumnBatch { rows.rows }
    func migration(_ origins: [StateSuccession.Part: StateSuccession.Part]) -> StateMigration { StateMigration([:]) }

    private static func batch(_ counts: [Int64: Int64]) -> StateRows {
        let starts = counts.keys.sorted()
        return StateRows(
            table: "groups",
            rows: ColumnBatch(
                schema: Schema([
                    Field("$hash", .bigint, nullable: false), Field("start", .bigint), Field("n", .bigint),
                ]),
                columns: [
                    Column(.bigint, starts.map { .bigint(hash($0)) }), Column(.bigint, starts.map { .bigint($0) }),
                    Column(.bigint, starts.map { .bigint(counts[$0] ?? 0) }),
                ], rowCount: starts.count))
    }

    private static func hash(_ start: Int64) -> Int64 { (start / 10) &* 0x1E37_79B9_7F4A_7C15 }

    private static func counts(_ rows: StateRows) -> [Int64: Int64] {
        var counts: [Int64: Int64] = [:]
        for row in rows.rows.rows {
            if case .bigint(let start) = row[1], case .bigint(let count) = row[2] { counts[start, default: 0] += count }
        }
        return counts
    }

    private final class Intake: OperatorIntake {
        private let counts = Mutex<[Int64: Int64]>([:])

        func take(_ rows: ColumnBatch, input: Int, context: IntakeContext) throws(PipelineError) -> [RejectedRow] {
            var late: [RejectedRow] = []
            for (index, row) in rows.rows.enumerated() {
                guard case .bigint(let value) = row[0] else { continue }
                let start = value / 10 * 10
                if start + 10 <= context.watermark.micros {
                    late.append(RejectedRow(row: index, stage: "tens", code: .lateRecord, message: "\(value) is late"))
                } else {
                    counts.withLock { $0[start, default: 0] += 1 }
                }
            }
            return late
        }

        func drain(shards: Int) -> [[StateRows]] {
            let all = counts.withLock { counts in
                defer { counts = [:] }
                return counts
            }
            if all.isEmpty { return Array(repeating: [], count: shards) }
            return CountPerTen.batch(all).split(shards: shards).map { $0.map { [$0] } ?? [] }
        }

        var byteCount: Int { 0 }
        func takeCounts() -> IntakeCounts { IntakeCounts() }
    }

    private final class Shard: OperatorShard {
        private struct State {
            var counts: [Int64: Int64] = [:]
            var changed: [StateRows] = []
        }

        private let state = Mutex(State())

        func absorb(_ rows: StateRows) throws(PipelineError) {
            state.withLock { state in
                state.counts.merge(CountPerTen.counts(rows)) { $0 + $1 }
                state.changed.append(rows)
            }
        }

        func finish(
            _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
        ) throws(PipelineError) -> ShardOutput {
            let (output, rows) = state.withLock { state -> (ShardOutput, ColumnBatch?) in
                let closed = state.counts.filter { $0.key + 10 <= context.watermark.micros }
                for start in closed.keys { state.counts[start] = nil }
                var output = ShardOutput()
                output.removedRows = closed.count
                output.closedThrough = closed.keys.max().map { Watermark(micros: $0 + 10) } ?? .none
                if closed.isEmpty || context.isRestoring { return (output, nil) }
                let rows = CountPerTen.batch(closed).rows
                let batch = ColumnBatch(
                    schema: Schema([Field("start", .bigint), Field("n", .bigint)]),
                    columns: Array(rows.columns.dropFirst()), rowCount: rows.rowCount)
                return (output, batch)
            }
            if let rows { try give(rows) }
            return output
        }

        func takeChanges() -> [StateRows] {
            state.withLock { state in
                defer { state.changed = [] }
                return state.changed
            }
        }

        func snapshot(
            groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void
        ) throws(PipelineError) {
            let mine = state.withLock { $0.counts }.filter {
                groups.contains(KeyGroups.group(ofHash: CountPerTen.hash($0.key)))
            }
            if !mine.isEmpty { try give(CountPerTen.batch(mine)) }
        }

        func restore(_ rows: StateRows) throws(PipelineError) { try absorb(rows) }

        var size: StateSize { state.withLock { StateSize(rows: $0.counts.count, openWindows: $0.counts.count) } }
    }
}
