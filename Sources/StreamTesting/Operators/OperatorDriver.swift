// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import StreamCore

/// Runs a stateful operator over epochs as an engine would, with any number of workers and shards, crashes and restores.
public struct OperatorDriver {
    /// One epoch: batches of rows by input, and the watermark that they lead to.
    public struct Epoch: Sendable {
        /// The batches, in the order of the source.
        public var batches: [(input: Int, rows: ColumnBatch)]
        /// The operator's watermark at the end of the epoch.
        public var watermark: Watermark

        /// An epoch.
        public init(_ batches: [(input: Int, rows: ColumnBatch)], watermark: Watermark) {
            self.batches = batches
            self.watermark = watermark
        }
    }

    /// Where state is thrown away, and what it is made again from.
    public enum Recovery: Hashable, Sendable {
        case none
        /// After so many epochs, from the changelogs of those that state may go back to, into so many shards.
        case changelogs(after: Int, shards: Int)
        /// After so many epochs, from a snapshot taken some epochs before and the changelogs since, into so many shards.
        case snapshot(after: Int, age: Int, shards: Int)
    }

    /// What came of a run.
    public struct Outcome: Sendable {
        /// The rows given, by epoch; in no order within an epoch.
        public var epochs: [[[Value]]] = []
        /// The rows that were rejected, as `code: message`.
        public var rejected: [String] = []
        /// Groups whose results failed.
        public var failures: [GroupFailure] = []
        /// Rows left out silently.
        public var counts = IntakeCounts()
        /// The size at the end.
        public var size = StateSize()
        /// The first epoch whose changes the state at the end is made of, as far as is known.
        public var firstNeeded = 0

        /// All rows in an order of their own, for comparison.
        public var sortedRows: [String] { epochs.flatMap { $0 }.map { "\($0)" }.sorted() }
    }

    private let stateful: any StatefulOperator
    private let shardCount: Int
    private let workers: Int
    private let memory: ShardMemory

    /// A driver of an operator.
    public init(
        _ stateful: any StatefulOperator, shards: Int = 1, workers: Int = 1, memory: ShardMemory = .unbounded
    ) {
        self.stateful = stateful
        self.memory = memory
        shardCount = shards
        self.workers = workers
    }

    /// Runs epochs one after another.
    public func run(_ epochs: [Epoch], recovery: Recovery = .none) throws(PipelineError) -> Outcome {
        var outcome = Outcome()
        var intakes = (0..<workers).map { _ in stateful.makeIntake() }
        var shards = (0..<shardCount).map { _ in stateful.makeShard(memory) }
        var history: [(changes: [StateRows], watermark: Watermark)] = []
        var snapshots: [[StateRows]] = []
        /// The first epoch whose changes state is made of, as far as shards say.
        var firstNeeded = 0
        var watermark = Watermark.none
        for epoch in epochs {
            let evaluation = EvaluationContext(epochMicros: Int64(history.count))
            var order: Int64 = 0
            for (index, batch) in epoch.batches.enumerated() {
                let context = IntakeContext(evaluation: evaluation, watermark: watermark, order: order)
                let rejected = try intakes[index % workers].take(batch.rows, input: batch.input, context: context)
                outcome.rejected += rejected.map { "\($0.code.rawValue): \($0.message)" }
                order += Int64(batch.rows.rowCount)
            }
            // Shards get what workers made in whatever order they come.
            for intake in intakes.reversed() {
                for (shard, parts) in intake.drain(shards: shards.count).enumerated() {
                    for part in parts { try shards[shard].absorb(part) }
                }
                let counts = intake.takeCounts()
                outcome.counts.lateDropped += counts.lateDropped
                outcome.counts.timeless += counts.timeless
            }
            watermark = max(watermark, epoch.watermark)
            var given: [[Value]] = []
            var changes: [StateRows] = []
            for shard in shards {
                let output = try shard.finish(FinishContext(evaluation: evaluation, watermark: watermark))
                given += output.batches.flatMap(\.rows)
                outcome.failures += output.failures
                changes += shard.takeChanges()
            }
            outcome.epochs.append(given)
            history.append((changes, watermark))
            snapshots.append(try Self.snapshot(shards))
            let ages = shards.compactMap(\.size.epochs)
            if ages.count == shards.count { firstNeeded = max(firstNeeded, history.count - (ages.max() ?? 0)) }
            if let (first, count) = Self.restart(recovery, after: history.count) {
                intakes = (0..<workers).map { _ in stateful.makeIntake() }
                shards = try restored(
                    first.map { snapshots[$0] }, history, from: first.map { $0 + 1 } ?? firstNeeded, count)
            }
        }
        outcome.firstNeeded = firstNeeded
        for shard in shards {
            outcome.size.rows += shard.size.rows
            outcome.size.openWindows = max(outcome.size.openWindows, shard.size.openWindows)
            outcome.size.memoryBytes += shard.size.memoryBytes
            outcome.size.spilledBytes += shard.size.spilledBytes
        }
        return outcome
    }

    private static func snapshot(_ shards: [any OperatorShard]) throws(PipelineError) -> [StateRows] {
        var rows: [StateRows] = []
        for shard in shards {
            for start in stride(from: 0, to: KeyGroups.count, by: 32) {
                try shard.snapshot(groups: start..<(start + 32)) { given throws(PipelineError) in rows.append(given) }
            }
        }
        return rows
    }

    /// The epoch whose snapshot is restored, if any, and the new number of shards, when a crash comes now.
    private static func restart(_ recovery: Recovery, after epochs: Int) -> (snapshot: Int?, shards: Int)? {
        switch recovery {
        case .none: nil
        case .changelogs(let after, let shards): after == epochs ? (nil, shards) : nil
        case .snapshot(let after, let age, let shards):
            after == epochs ? (epochs - 1 - age >= 0 ? epochs - 1 - age : nil, shards) : nil
        }
    }

    private func restored(
        _ snapshot: [StateRows]?, _ history: [(changes: [StateRows], watermark: Watermark)], from first: Int,
        _ count: Int
    ) throws(PipelineError) -> [any OperatorShard] {
        let shards = (0..<count).map { _ in stateful.makeShard(memory) }
        func finish(_ watermark: Watermark) throws(PipelineError) {
            for shard in shards {
                _ = try shard.finish(
                    FinishContext(
                        evaluation: EvaluationContext(epochMicros: 0), watermark: watermark, isRestoring: true))
                _ = shard.takeChanges()
            }
        }
        func give(_ rows: [StateRows]) throws(PipelineError) {
            for part in rows {
                for (index, mine) in part.split(shards: count).enumerated() {
                    if let mine { try shards[index].restore(mine) }
                }
            }
        }
        if let snapshot {
            try give(snapshot)
            try finish(history[first - 1].watermark)
        }
        for epoch in history[first...] {
            try give(epoch.changes)
            try finish(epoch.watermark)
        }
        return shards
    }
}
