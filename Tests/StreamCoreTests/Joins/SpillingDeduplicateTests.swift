// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

/// Keys that do not fit into a shard's memory: the same answers, whatever lies on disk.
struct SpillingDeduplicateTests {
    /// Little enough that every few keys spill.
    private static let tiny = 600

    private static func operation(within: Int64?) -> Deduplicate {
        Deduplicate(
            name: "once",
            plan: DeduplicatePlan(
                keys: [Expression(.column(0), type: .string, nullable: true, text: "key")],
                eventTime: within == nil ? nil : 1, withinMicros: within), input: JoinFeed.schema, onLate: .deadLetter)
    }

    /// Rows out of order, with late ones among them, in epochs whose batches are in the order of the source.
    private static func epochs(seed: UInt64, count: Int = 500, end: Watermark) -> [OperatorDriver.Epoch] {
        var random = SeededNumbers(seed: seed)
        var feed = JoinFeed.random(&random, count: count, keys: 60).rows
        for index in feed.indices where Int.random(in: 0..<25, using: &random) == 0 { feed[index].time = 100 }
        var epochs: [OperatorDriver.Epoch] = []
        var start = 0
        while start < feed.count {
            let end = min(feed.count, start + Int.random(in: 1...80, using: &random))
            let batches = stride(from: start, to: end, by: 9).map { from in
                (input: 0, rows: JoinFeed.batch(Array(feed[from..<min(end, from + 9)])))
            }
            let newest = feed[..<end].compactMap(\.time).max() ?? 0
            epochs.append(.init(batches, watermark: Watermark(micros: newest - JoinFeed.delay)))
            start = end
        }
        return epochs + [.init([], watermark: end)]
    }

    private static let cases: [Int64?] = [nil, 1, 40, 250]

    @Test("spilled keys give in each epoch what those in memory give", arguments: UInt64(0)..<8)
    func spillingDoesNotMatter(seed: UInt64) throws {
        let epochs = Self.epochs(seed: seed, end: Watermark(micros: 1_000_000))
        for (index, within) in Self.cases.enumerated() {
            let shards = [1, 2, 3, 7][(index + Int(seed)) % 4]
            let kept = try Self.operation(within: within).expectSpillingDoesNotMatter(
                epochs, shards: shards, bytes: Self.tiny)
            #expect(kept.spilled == kept.inMemory)
        }
    }

    @Test(
        "a crash after any epoch changes nothing, from changelogs or snapshots of spilled keys",
        arguments: UInt64(0)..<4)
    func crashesDoNotMatter(seed: UInt64) throws {
        let epochs = Self.epochs(seed: seed + 100, count: 280, end: Watermark(micros: 1_000_000))
        try Self.operation(within: Self.cases[Int(seed)]).expectCrashesDoNotMatter(epochs, bytes: Self.tiny)
    }

    @Test("restarts with other workers in between change nothing", arguments: UInt64(0)..<12)
    func workersMayChange(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        var feed = JoinFeed.random(&random, count: 400, keys: 40)
        for index in feed.rows.indices { feed.rows[index].input = 0 }
        let steps = feed.steps(&random, isOneSided: true)
        var run = OperatorRun(Self.operation(within: Self.cases[Int(seed) % 4]))
        run.workers = [[1], [2], [3, 3, 1], [7, 2]][Int(seed / 4) % 4]
        run.restarts = Set((0..<steps.count).filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
        run.snapshots = Set((0..<steps.count).filter { _ in Int.random(in: 0..<6, using: &random) == 0 })
        let expected = try run.run(steps)
        let area = MemorySpillArea()
        run.memory = ShardMemory(bytes: Self.tiny, area: area)
        let result = try run.run(steps)
        #expect(result.sorted == expected.sorted)
        #expect(result.rejected.isEmpty && expected.rejected.isEmpty)
        #expect(area.filesMade > 0 && area.fileCount == 0)
    }

    /// So many rows of keys of their own.
    private static func keys(_ range: Range<Int>, time: (Int) -> Int64 = { _ in 1 }) -> ColumnBatch {
        JoinFeed.batch(range.map { JoinFeed.left("key \($0)", time($0), Int32($0)) })
    }

    private static func step(_ rows: ColumnBatch?, watermark: Watermark) -> OperatorRun.Step {
        .init(arrivals: rows.map { [.init(input: 0, rows: $0, order: 0)] } ?? [], watermark: watermark)
    }

    @Test func theEndClosesWhatItClosesInMemory() throws {
        // Keys that are known for ever, since their time has no end, lie beside others.
        let steps = [
            Self.step(Self.keys(0..<300) { $0 % 3 == 0 ? .max - 10 : Int64($0 * 5) }, watermark: Watermark(micros: 3)),
            Self.step(Self.keys(300..<310) { Int64($0) }, watermark: Watermark(micros: 4)),
            Self.step(nil, watermark: .end), Self.step(Self.keys(0..<300) { Int64($0 * 5) }, watermark: .end),
        ]
        var run = OperatorRun(Self.operation(within: 100))
        let expected = try run.run(steps)
        run.memory = ShardMemory(bytes: Self.tiny, area: MemorySpillArea())
        let result = try run.run(steps)
        #expect(expected.watermark == Watermark(micros: 299 * 5 + 100))
        #expect(result.watermark == expected.watermark)
        #expect(result.sorted == expected.sorted)
        #expect(result.rejected.count == expected.rejected.count && result.rejected.count == 300)
        #expect(result.size.rows == expected.size.rows)
    }

    @Test func aKeyIsForgottenOnDiskWhenTheWatermarkPassesItAndNotBefore() throws {
        // One slice holds keys of all these times.
        func times(_ number: Int) -> Int64 { Int64(number % 10) }
        let steps = [
            Self.step(Self.keys(0..<20, time: times), watermark: .none),
            Self.step(Self.keys(20..<200, time: times), watermark: Watermark(micros: 105)),
            Self.step(Self.keys(0..<10) { _ in 99 }, watermark: Watermark(micros: 105)),
        ]
        var run = OperatorRun(Self.operation(within: 100))
        let area = MemorySpillArea()
        run.memory = ShardMemory(bytes: Self.tiny, area: area)
        let result = try run.run(steps)
        #expect(area.filesMade > 0)
        // Those of times 0 to 5 are forgotten, those of 6 to 9 are known.
        let again = result.rows.dropFirst(200)
        #expect(Set(again) == Set((0..<6).map { JoinFeed.left("key \($0)", 99, Int32($0)).values }))
        #expect(result.rejected.isEmpty)
    }

    private func epoch(
        _ operation: Deduplicate, _ shard: any OperatorShard, _ rows: [ColumnBatch], watermark: Watermark = .none
    ) throws -> (rows: [[Value]], output: ShardOutput, changes: [StateRows]) {
        let intake = operation.makeIntake()
        let evaluation = EvaluationContext(epochMicros: 0)
        for (number, batch) in rows.enumerated() {
            let context = IntakeContext(evaluation: evaluation, watermark: .none, order: Int64(number) << 20)
            _ = try intake.take(batch, input: 0, context: context)
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
        }
        let output = try shard.finish(FinishContext(evaluation: evaluation, watermark: watermark))
        return (output.batches.flatMap(\.rows), output, shard.takeChanges())
    }

    @Test(arguments: [nil, 1_000] as [Int64?])
    func memoryStaysWithinTheShareAndTheRestIsSpilled(within: Int64?) throws {
        let operation = Self.operation(within: within)
        let (area, share) = (MemorySpillArea(), 100_000)
        let shard = operation.makeShard(ShardMemory(bytes: share, area: area))
        for number in 0..<100 {
            // Half of the rows are duplicates of the epoch before.
            let (rows, output, changes) = try epoch(
                operation, shard, [Self.keys(number * 100..<(number * 100 + 200))])
            #expect(rows.count == (number == 0 ? 200 : 100))
            #expect(output.updatedRows == rows.count)
            #expect(changes.reduce(0) { $0 + $1.rows.rowCount } == rows.count)
            #expect(shard.size.memoryBytes <= share)
        }
        #expect(shard.size.rows == 10_100)
        #expect(shard.size.spilledBytes > 200_000)
        let again = try epoch(operation, shard, [Self.keys(0..<10_200)])
        #expect(again.rows.count == 100)
        #expect(shard.size.memoryBytes <= share)
        let output = try shard.finish(FinishContext(evaluation: EvaluationContext(epochMicros: 0), watermark: .end))
        #expect(output.removedRows == (within == nil ? 0 : 10_200))
        if within != nil {
            #expect(shard.size.rows == 0 && shard.size.spilledBytes == 0)
            #expect(area.fileCount == 0)
        }
    }

    @Test func anEpochLargerThanTheShareIsWorkedOnInParts() throws {
        let operation = Self.operation(within: 1_000)
        let (area, share) = (MemorySpillArea(), 30_000)
        let shard = operation.makeShard(ShardMemory(bytes: share, area: area))
        // Each key three times, in three batches; the first of the order is that of the first batch.
        let batches = (0..<3).map { number in Self.keys(0..<4_000) { _ in Int64(number) } }
        var largest = 0
        for (number, batch) in batches.enumerated().reversed() {
            let intake = operation.makeIntake()
            let context = IntakeContext(
                evaluation: EvaluationContext(epochMicros: 0), watermark: .none, order: Int64(number) << 20)
            _ = try intake.take(batch, input: 0, context: context)
            for part in intake.drain(shards: 1)[0] {
                for start in stride(from: 0, to: part.rows.rowCount, by: 50) {
                    let piece = part.rows.slice(start..<min(part.rows.rowCount, start + 50))
                    try shard.absorb(StateRows(table: part.table, rows: piece))
                    largest = max(largest, shard.size.memoryBytes)
                }
            }
        }
        #expect(largest <= share)
        #expect(shard.size.spilledBytes > 400_000)
        var rows: [[Value]] = []
        let context = FinishContext(evaluation: EvaluationContext(epochMicros: 0), watermark: .none)
        let output = try shard.finish(context) { batch in
            #expect(batch.rowCount < 1_000, "the rows come in parts")
            rows += batch.rows
        }
        #expect(output.updatedRows == 4_000)
        #expect(rows.count == 4_000)
        #expect(Set(rows) == Set((0..<4_000).map { JoinFeed.left("key \($0)", 0, Int32($0)).values }))
        let changes = shard.takeChanges()
        #expect(changes.reduce(0) { $0 + $1.rows.rowCount } == 4_000)
        #expect(shard.size.rows == 4_000 && shard.size.memoryBytes <= share)
    }

    @Test func onlyTheBlocksOfKeysThatMayBeThereAreRead() throws {
        let operation = Self.operation(within: nil)
        let area = MemorySpillArea()
        let shard = operation.makeShard(ShardMemory(bytes: 1 << 20, area: area))
        for number in 0..<50 { _ = try epoch(operation, shard, [Self.keys(number * 1_000..<(number * 1_000 + 1_000))]) }
        #expect(shard.size.spilledBytes > 1_000_000)
        var before = area.blocksRead
        #expect(try epoch(operation, shard, [Self.keys(49_000..<50_000)]).rows.isEmpty)
        #expect(area.blocksRead == before, "the newest keys are in memory")
        before = area.blocksRead
        #expect(try epoch(operation, shard, [Self.keys(70..<73)]).rows.isEmpty)
        #expect(area.blocksRead - before <= 6)
        before = area.blocksRead
        _ = try shard.finish(FinishContext(evaluation: EvaluationContext(epochMicros: 0), watermark: .end))
        #expect(area.blocksRead == before, "nothing is read to forget")
    }

    @Test func aFullDiskAndDamagedRowsAreErrors() {
        Self.operation(within: nil).expectFullDiskAndDamagedRowsAreErrors(
            Self.epochs(seed: 1, end: .end), bytes: Self.tiny)
    }
}
