// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

/// Groups that do not fit into a shard's memory: the same answers, whatever lies on disk.
struct SpillingAggregateTests {
    private typealias Base = WindowedAggregateTests

    /// Little enough that every few rows spill.
    private static let tiny = 400

    /// A quarter of all aggregates.
    private static func calls(_ number: UInt64) -> [AggregateCall] {
        Base.calls.indices.filter { UInt64($0) % 4 == number % 4 }.map { Base.calls[$0] }
    }

    private static let cases: [(kind: WindowPlan.Kind?, mode: OutputMode, lateness: Int64)] = [
        (Base.tumbling, .append, 0), (Base.sliding, .append, 0), (Base.tumbling, .update, 0),
        (Base.sliding, .update, 0),
        (Base.tumbling, .update, 100), (Base.sliding, .update, 100), (Base.tumbling, .complete, 0),
        (Base.sliding, .complete, 0), (nil, .update, 0), (nil, .complete, 0),
    ]

    @Test("spilled groups of every aggregate give what those in memory give", arguments: UInt64(0)..<4)
    func spillingDoesNotMatter(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 120)
        let epochs = feed.epochs(cut: seed)
        for (index, (kind, mode, lateness)) in Self.cases.enumerated() {
            let operation = Base.operation(kind, mode: mode, onLate: .restate, lateness: lateness, Self.calls(seed))
            for shards in [[1, 3], [2, 7]][index % 2] {
                try operation.expectSpillingDoesNotMatter(epochs, shards: shards, bytes: Self.tiny)
            }
        }
    }

    @Test(
        "a crash after any epoch changes nothing, from changelogs or snapshots of spilled state",
        arguments: UInt64(0)..<4)
    func crashesDoNotMatter(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 120)
        let epochs = feed.epochs(cut: seed)
        for (index, (kind, mode, lateness)) in Self.cases.enumerated() where index % 4 == Int(seed) {
            let operation = Base.operation(
                kind, mode: mode, onLate: .restate, lateness: lateness, Self.calls(seed + 1))
            try operation.expectCrashesDoNotMatter(epochs, bytes: Self.tiny)
        }
    }

    /// So many readings of keys of their own, all in one window.
    private static func keys(_ range: Range<Int>, times: Int64 = 1) -> ColumnBatch {
        ReadingFeed.batch(
            range.map { .init(time: times, site: "site \($0)", number: Int64($0), level: 0.5, price: 1) })
    }

    private static let counting = [
        AggregateCall(
            name: "n", function: .count, arguments: [], isDistinct: false, filter: nil, type: .bigint, nullable: false,
            text: "count(*)"),
        AggregateCall(
            name: "s", function: .sum, arguments: [ReadingFeed.column(2)], isDistinct: false, filter: nil,
            type: .bigint, nullable: true, text: "sum(number)"),
    ]

    @Test func memoryStaysWithinTheShareAndTheRestIsSpilled() throws {
        let operation = Base.operation(Base.tumbling, Self.counting)
        let (area, share) = (MemorySpillArea(), 100_000)
        let shard = operation.makeShard(ShardMemory(bytes: share, area: area))
        let intake = operation.makeIntake()
        for number in 0..<200 {
            let context = IntakeContext(
                evaluation: EvaluationContext(epochMicros: 0), watermark: .none, order: Int64(number) << 20)
            _ = try intake.take(Self.keys(number * 100..<(number * 100 + 200)), input: 0, context: context)
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
            _ = try shard.finish(FinishContext(evaluation: context.evaluation, watermark: .none)) { _ in }
            _ = shard.takeChanges()
            #expect(shard.size.memoryBytes <= share + 40_000)
        }
        #expect(shard.size.spilledBytes > 500_000)
        var (rows, largest) = (0, 0)
        let last = FinishContext(evaluation: EvaluationContext(epochMicros: 0), watermark: .end)
        let output = try shard.finish(last) { batch in
            rows += batch.rowCount
            largest = max(largest, batch.rowCount)
            for row in batch.rows where row[3] == .bigint(2) { #expect(row[0] != .null) }
        }
        #expect(rows == 20_100)
        #expect(largest < 4_000, "the rows come in parts")
        #expect(output.removedRows == 20_100)
        #expect(shard.size == StateSize(epochs: 0))
        #expect(area.fileCount == 0)
    }

    @Test func slidingWindowsThatDoNotFitBesideTheirSlicesComeInParts() throws {
        let operation = Base.operation(Base.sliding, Self.counting)
        func windows(_ memory: ShardMemory) throws -> (rows: [String], largest: Int) {
            let (shard, intake) = (operation.makeShard(memory), operation.makeIntake())
            let evaluation = EvaluationContext(epochMicros: 0)
            for time in stride(from: Int64(0), to: 125, by: 5) {
                // Some keys come and go.
                let keys = Self.keys(Int(time)..<(Int(time) + 200), times: time)
                _ = try intake.take(
                    keys, input: 0, context: IntakeContext(evaluation: evaluation, watermark: .none, order: time << 20))
            }
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
            var (rows, largest) = ([String](), 0)
            _ = try shard.finish(FinishContext(evaluation: evaluation, watermark: .end)) { batch in
                rows += batch.rows.map { "\($0)" }
                largest = max(largest, batch.rowCount)
            }
            return (rows.sorted(), largest)
        }
        let area = MemorySpillArea()
        let (whole, parts) = (try windows(.unbounded), try windows(ShardMemory(bytes: 500_000, area: area)))
        #expect(parts.rows == whole.rows)
        #expect(whole.rows.count > 3_000)
        #expect(whole.largest > 250 && parts.largest < 200)
        #expect(area.filesMade == 0)
    }

    @Test func updatesReadOnlyTheBlocksOfChangedGroups() throws {
        let operation = Base.operation(nil, mode: .update, Self.counting)
        let area = MemorySpillArea()
        let shard = operation.makeShard(ShardMemory(bytes: 200_000, area: area))
        func epoch(_ rows: ColumnBatch) throws -> [[Value]] {
            let intake = operation.makeIntake()
            let context = IntakeContext(evaluation: EvaluationContext(epochMicros: 0), watermark: .none, order: 0)
            _ = try intake.take(rows, input: 0, context: context)
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
            let output = try shard.finish(FinishContext(evaluation: context.evaluation, watermark: .none))
            _ = shard.takeChanges()
            return output.batches.flatMap(\.rows)
        }
        for number in 0..<50 { _ = try epoch(Self.keys(number * 1_000..<(number * 1_000 + 1_000))) }
        let before = area.blocksRead
        let changed = try epoch(Self.keys(70..<73))
        #expect(Set(changed) == Set((70..<73).map { [.string("site \($0)"), .bigint(2), .bigint(Int64($0) * 2)] }))
        #expect(area.blocksRead - before <= 12)
    }

    @Test func aFullDiskAndDamagedRowsAreErrors() {
        Base.operation(Base.tumbling).expectFullDiskAndDamagedRowsAreErrors(
            ReadingFeed(seed: 1, count: 200).epochs(cut: 1), bytes: Self.tiny)
    }
}
