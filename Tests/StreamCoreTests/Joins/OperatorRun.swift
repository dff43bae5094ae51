// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Runs a stateful operator without an engine: epochs of batches over several workers, with crashes between epochs.
struct OperatorRun {
    /// Rows of one input, and where the first of them stands in the order of its epoch.
    struct Arrival {
        var input: Int
        var rows: ColumnBatch
        var order: Int64
    }

    /// What one epoch reads, and the watermark that it leads to.
    struct Step {
        var arrivals: [Arrival]
        var watermark: Watermark
    }

    /// What came of it.
    struct Result {
        var rows: [[Value]] = []
        /// The rows that each epoch gave.
        var epochs: [[[Value]]] = []
        var rejected: [RejectedRow] = []
        var failures: [GroupFailure] = []
        var counts = IntakeCounts()
        var size = StateSize()
        var logged: [StateRows] = []
        /// The watermark in the end: after `Watermark.end` what was closed.
        var watermark = Watermark.none
    }

    let stateful: any StatefulOperator
    /// Workers of each epoch, in turn; another number than before means a restart.
    var workers = [1]
    /// Epochs before which the process is restarted.
    var restarts: Set<Int> = []
    /// Epochs at whose end the whole state is written as a snapshot.
    var snapshots: Set<Int> = []
    /// What each shard may hold in memory.
    var memory = ShardMemory.unbounded
    private static let evaluation = EvaluationContext(epochMicros: 0)

    init(_ stateful: any StatefulOperator) { self.stateful = stateful }

    func run(_ steps: [Step]) throws -> Result {
        var result = Result()
        var shards = [stateful.makeShard(memory)]
        var watermark = Watermark.none
        var snapshot: [StateRows] = []
        var log: [(changes: [StateRows], watermark: Watermark)] = []
        for (number, step) in steps.enumerated() {
            let count = workers[number % workers.count]
            if count != shards.count || restarts.contains(number) {
                shards = try restored(snapshot, log, shards: count)
            }
            let intakes = (0..<count).map { _ in stateful.makeIntake() }
            for (index, arrival) in step.arrivals.enumerated() {
                let context = IntakeContext(evaluation: Self.evaluation, watermark: watermark, order: arrival.order)
                result.rejected += try intakes[index % count].take(arrival.rows, input: arrival.input, context: context)
            }
            // Workers come to their ends in any order.
            for intake in intakes.reversed() {
                for (shard, parts) in intake.drain(shards: count).enumerated() {
                    for rows in parts { try shards[shard].absorb(rows) }
                }
                let counts = intake.takeCounts()
                result.counts.lateDropped += counts.lateDropped
            }
            var changes: [StateRows] = []
            let before = result.rows.count
            var closed = Watermark.none
            for shard in shards {
                let output = try shard.finish(FinishContext(evaluation: Self.evaluation, watermark: step.watermark))
                result.rows += output.batches.flatMap(\.rows)
                result.failures += output.failures
                closed = max(closed, output.closedThrough)
                changes += shard.takeChanges()
            }
            result.epochs.append(Array(result.rows[before...]))
            watermark = max(watermark, step.watermark == .end ? closed : step.watermark)
            log.append((changes: changes, watermark: watermark))
            result.logged = changes
            if snapshots.contains(number) {
                (snapshot, log) = ([], [(changes: [], watermark: watermark)])
                for shard in shards {
                    for groups in [0..<40, 40..<128] { try shard.snapshot(groups: groups) { snapshot.append($0) } }
                }
            }
            result.watermark = watermark
            result.size = shards.reduce(into: StateSize()) { $0.rows += $1.size.rows }
        }
        return result
    }

    private func restored(
        _ snapshot: [StateRows], _ log: [(changes: [StateRows], watermark: Watermark)], shards count: Int
    ) throws -> [any OperatorShard] {
        let shards = (0..<count).map { _ in stateful.makeShard(memory) }
        func give(_ rows: [StateRows]) throws {
            for part in rows {
                for (shard, mine) in part.split(shards: count).enumerated() {
                    if let mine { try shards[shard].restore(mine) }
                }
            }
        }
        try give(snapshot)
        for epoch in log {
            try give(epoch.changes)
            for shard in shards {
                _ = try shard.finish(
                    FinishContext(evaluation: Self.evaluation, watermark: epoch.watermark, isRestoring: true))
                _ = shard.takeChanges()
            }
        }
        return shards
    }
}

extension OperatorRun.Result {
    /// The rows in an order of their own, to be compared as a multiset.
    var sorted: [String] { rows.map { "\($0)" }.sorted() }

    /// The rows of each epoch in such an order.
    var sortedEpochs: [[String]] { epochs.map { $0.map { "\($0)" }.sorted() } }
}
