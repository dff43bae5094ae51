// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

/// Rows of joins that do not fit into a shard's memory: the same answers, epoch by epoch, whatever lies on disk.
struct SpillingJoinTests {
    private typealias Base = StreamJoinTests

    private static let bounds: [(Int64?, Int64?)] = [(-10, 30), (0, 0), (5, 40), (nil, 10), (-10, nil), (nil, nil)]
    private static let workers = [[1], [2], [3], [7], [1, 1, 3, 3, 2], [7, 2, 7, 7, 1]]

    /// A feed of few keys, some of whose pairs fail, and its epochs.
    private static func steps(_ seed: UInt64, _ generator: inout SeededNumbers, count: Int) -> [OperatorRun.Step] {
        var feed = JoinFeed.random(&generator, count: count, keys: 8, duplicates: seed % 5 == 0)
        for row in feed.rows.indices where seed % 3 == 0 && row % 17 == 0 { feed.rows[row].id.negate() }
        var steps = feed.steps(&generator)
        steps.append(.init(arrivals: [], watermark: .end))
        return steps
    }

    @Test("spilled rows of every kind of join give what those in memory give", arguments: UInt64(0)..<36)
    func spillingDoesNotMatter(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        let kind = JoinPlan.Kind.allCases[Int(seed) % JoinPlan.Kind.allCases.count]
        let (lower, upper) = Self.bounds[Int(seed / 6)]
        let steps = Self.steps(seed, &generator, count: 120)
        let join = Base.join(kind, lower, upper, evenSum: seed % 4 == 0)
        let expected = try OperatorRun(join).run(steps)
        let area = MemorySpillArea()
        var run = OperatorRun(join)
        // Little enough that every few rows spill, and that an epoch is worked on in parts.
        run.memory = ShardMemory(bytes: seed % 2 == 0 ? 400 : 700, area: area)
        run.workers = Self.workers[Int.random(in: 0..<6, using: &generator)]
        for restarts in [false, true] {
            if restarts {
                run.restarts = Set((0..<steps.count).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 })
                run.snapshots = Set((0..<steps.count).filter { _ in Int.random(in: 0..<6, using: &generator) == 0 })
            }
            let outcome = try run.run(steps)
            #expect(outcome.sortedEpochs == expected.sortedEpochs)
            #expect(outcome.failures.map(\.key).sorted() == expected.failures.map(\.key).sorted())
            #expect(outcome.size.rows == expected.size.rows)
            #expect(area.filesMade > 0)
            #expect(area.fileCount == 0, "files are left")
        }
    }

    @Test(
        "a crash after any epoch changes nothing, from changelogs or snapshots of spilled rows",
        arguments: JoinPlan.Kind.allCases)
    func crashesDoNotMatter(kind: JoinPlan.Kind) throws {
        for (seed, (lower, upper)) in [(UInt64(1), (Int64?(-10), Int64?(30))), (2, (nil, 10))] {
            var generator = SeededNumbers(seed: seed)
            let epochs = Self.steps(seed, &generator, count: 90).dropLast().map { step in
                OperatorDriver.Epoch(
                    step.arrivals.sorted { $0.order < $1.order }.map { (input: $0.input, rows: $0.rows) },
                    watermark: step.watermark)
            }
            try Base.join(kind, lower, upper).expectCrashesDoNotMatter(epochs, bytes: 400)
        }
    }

    @Test("rows with equal windows spill and close together", arguments: JoinPlan.Kind.allCases)
    func windowsSpill(kind: JoinPlan.Kind) throws {
        var generator = SeededNumbers(seed: 7)
        var steps: [OperatorRun.Step] = []
        for epoch in 0..<12 {
            let arrivals = (0...1).map { input in
                let ends = (0..<30).map { _ in Int64(epoch * 10 + 10 * Int.random(in: 1...6, using: &generator)) }
                return OperatorRun.Arrival(input: input, rows: Base.windowRows(ends, Int32(epoch)), order: 0)
            }
            steps.append(.init(arrivals: arrivals, watermark: Watermark(micros: Int64(epoch * 10))))
        }
        steps.append(.init(arrivals: [], watermark: .end))
        var run = OperatorRun(Base.windowJoin(kind))
        let expected = try run.run(steps)
        let area = MemorySpillArea()
        run.memory = ShardMemory(bytes: 1_000, area: area)
        run.workers = [3, 3, 2]
        let outcome = try run.run(steps)
        #expect(outcome.sortedEpochs == expected.sortedEpochs)
        #expect(outcome.size.rows == 0)
        #expect(area.filesMade > 0 && area.fileCount == 0)
    }

    @Test func rowsThatNothingDropsComeOutAtTheEndAndOnce() throws {
        let rows = (0..<300).map { JoinFeed.left("k\($0)", Int64($0), Int32($0)) }
        let partners = (100..<150).map { JoinFeed.right("k\($0)", Int64($0), Int32($0)) }
        let steps = [
            JoinFeed.step(rows, [], watermark: 0), JoinFeed.step([], partners, watermark: 0),
            .init(arrivals: [], watermark: .end), .init(arrivals: [], watermark: .end),
        ]
        for (kind, others) in [(JoinPlan.Kind.left, JoinFeed.nulls), (.leftAnti, [])] {
            var run = OperatorRun(Base.join(kind, nil, nil))
            let area = MemorySpillArea()
            run.memory = ShardMemory(bytes: 2_000, area: area)
            run.restarts = [3]
            let result = try run.run(steps)
            let alone = (rows[..<100] + rows[150...]).map { "\($0.values + others)" }
            #expect(result.sortedEpochs[2] == alone.sorted())
            #expect(result.epochs[3].isEmpty)
            #expect(result.size.rows == (kind == .left ? 350 : 50))
            #expect(area.filesMade > 0 && area.fileCount == 0)
        }
    }

    @Test func aKeyWhoseRowsDoNotFitIsStillRight() throws {
        let steps = (0..<10).map { epoch in
            JoinFeed.step(
                (0..<40).map { JoinFeed.left("hot", Int64($0), Int32(epoch * 40 + $0)) },
                [JoinFeed.right("hot", 20, Int32(epoch))], watermark: 0)
        }
        let expected = try OperatorRun(Base.join(.full, -100, 100)).run(steps)
        #expect(expected.rows.count == 4_000)
        var run = OperatorRun(Base.join(.full, -100, 100))
        let area = MemorySpillArea()
        run.memory = ShardMemory(bytes: 1_000, area: area)
        #expect(try run.run(steps).sortedEpochs == expected.sortedEpochs)
        #expect(area.filesMade > 0)
    }

    // MARK: Memory and reading

    /// A shard of a join, fed epoch by epoch.
    private struct Fed {
        let shard: any OperatorShard
        let intake: any OperatorIntake
        var given: [[Value]] = []

        init(_ join: StreamJoin, bytes: Int, _ area: MemorySpillArea) {
            shard = join.makeShard(ShardMemory(bytes: bytes, area: area))
            intake = join.makeIntake()
        }

        mutating func epoch(_ left: [JoinFeed.Row], _ right: [JoinFeed.Row], watermark: Watermark) throws {
            let evaluation = EvaluationContext(epochMicros: 0)
            for (input, rows) in [left, right].enumerated() where !rows.isEmpty {
                let context = IntakeContext(evaluation: evaluation, watermark: .none, order: 0)
                _ = try intake.take(JoinFeed.batch(rows), input: input, context: context)
            }
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
            var given: [[Value]] = []
            _ = try shard.finish(FinishContext(evaluation: evaluation, watermark: watermark)) { given += $0.rows }
            self.given = given
            _ = shard.takeChanges()
        }
    }

    private static func left(_ keys: Range<Int>, time: Int64 = 1) -> [JoinFeed.Row] {
        keys.map { JoinFeed.left("key \($0)", time, Int32($0)) }
    }

    private static func right(_ keys: Range<Int>, time: Int64 = 1) -> [JoinFeed.Row] {
        keys.map { JoinFeed.right("key \($0)", time, Int32($0)) }
    }

    @Test func memoryStaysWithinTheShareAndTheRestIsSpilled() throws {
        let (area, share) = (MemorySpillArea(), 100_000)
        var fed = Fed(Base.join(.full, -1_000, 1_000), bytes: share, area)
        for number in 0..<30 {
            try fed.epoch(Self.left(number * 100..<(number * 100 + 100)), [], watermark: .none)
            #expect(fed.shard.size.memoryBytes <= share)
        }
        #expect(fed.shard.size.spilledBytes > 100_000)
        // One epoch asks for most of them, many times what fits.
        try fed.epoch([], Self.right(500..<3_500), watermark: .none)
        #expect(fed.shard.size.memoryBytes <= share)
        #expect(fed.given.count == 2_500)
        for row in fed.given { #expect(row[0] == row[3] && row[0] != .null) }
        #expect(fed.shard.size.rows == 6_000)
        try fed.epoch([], [], watermark: .end)
        #expect(fed.given.count == 1_000)
        #expect(fed.given.count { $0[0] == .null } == 500)
        #expect(Set(fed.given.map { "\($0)" }).count == 1_000)
        #expect(fed.shard.size.rows == 0 && fed.shard.size.spilledBytes == 0)
        #expect(area.fileCount == 0)
    }

    @Test func whatIsAskedForOrDueReadsOnlyItsBlocks() throws {
        let area = MemorySpillArea()
        var fed = Fed(Base.join(.left, -1_000, 1_000), bytes: 150_000, area)
        for number in 0..<20 {
            let keys = number * 300..<(number * 300 + 300)
            try fed.epoch(Self.left(keys, time: Int64(number) * 1_000), [], watermark: .none)
        }
        var before = area.blocksRead
        var rows = 0
        try fed.shard.snapshot(groups: 0..<KeyGroups.count) { rows += $0.rows.rowCount }
        #expect(rows == 6_000)
        let all = area.blocksRead - before
        before = area.blocksRead
        // The keys of one time are in few slices, the filters of the others know that they are not there.
        try fed.epoch([], Self.right(3_700..<3_703, time: 12_000), watermark: .none)
        #expect(Set(fed.given.map { $0[2] }) == [.int(3_700), .int(3_701), .int(3_702)])
        #expect((1...12).contains(area.blocksRead - before))
        let start = area.blocksRead
        for number in 0..<10 {
            // Rows of a time are dropped once the watermark is a thousand above it.
            before = area.blocksRead
            try fed.epoch([], [], watermark: Watermark(micros: Int64(number) * 1_000 + 1_001))
            #expect(fed.given.count == 300)
            #expect(area.blocksRead - before <= all / 4)
        }
        #expect(area.blocksRead > start)
        before = area.blocksRead
        try fed.epoch([], [], watermark: Watermark(micros: 10_002))
        #expect(fed.given.isEmpty && area.blocksRead == before)
    }

    @Test func rowsOfInnerJoinsAreForgottenWhereTheyAre() throws {
        let area = MemorySpillArea()
        var fed = Fed(Base.join(.inner, -1_000, 1_000), bytes: 40_000, area)
        for number in 0..<5 {
            let keys = number * 300..<(number * 300 + 300)
            let others = keys.lowerBound + 20_000..<keys.upperBound + 20_000
            try fed.epoch(Self.left(keys), Self.right(others), watermark: .none)
        }
        #expect(area.fileCount > 0)
        let before = area.blocksRead
        try fed.epoch([], [], watermark: Watermark(micros: 5_000))
        #expect(fed.given.isEmpty && area.blocksRead == before)
        #expect(fed.shard.size.rows == 0 && area.fileCount == 0)
    }

    @Test func aFullDiskAndDamagedRowsAreErrors() throws {
        var generator = SeededNumbers(seed: 1)
        let steps = Self.steps(1, &generator, count: 300)
        var run = OperatorRun(Base.join(.full, -10, 30))
        let full = MemorySpillArea()
        full.setRoom(4_000)
        run.memory = ShardMemory(bytes: 400, area: full)
        let failure = #expect(throws: PipelineError.self) { try run.run(steps) }
        #expect(failure?.code == .diskFull)
        #expect(full.fileCount == 0)
        let damaged = MemorySpillArea()
        damaged.damage()
        run.memory = ShardMemory(bytes: 400, area: damaged)
        let other = #expect(throws: PipelineError.self) { try run.run(steps) }
        #expect(other?.code == .corruptFile)
    }
}
