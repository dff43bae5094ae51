// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

/// Deduplication gives the first row of each key, however the rows fall into epochs, batches and shards.
struct DeduplicateTests {
    private static func operation(within: Int64?, onLate: LateAction = .deadLetter) -> Deduplicate {
        Deduplicate(
            name: "once",
            plan: DeduplicatePlan(
                keys: [Expression(.column(0), type: .string, nullable: true, text: "key")],
                eventTime: within == nil ? nil : 1, withinMicros: within), input: JoinFeed.schema, onLate: onLate)
    }

    private static func twin(_ feed: JoinFeed, within: Int64?) -> [String] {
        var known: [String?: Int64] = [:]
        var rows: [[Value]] = []
        for row in feed.rows {
            let time = row.time ?? 0
            if let end = known[row.key], within == nil || time < end { continue }
            known[row.key] = time + (within ?? 0)
            rows.append(row.values)
        }
        return rows.map { "\($0)" }.sorted()
    }

    @Test(
        "the answer is that of one pass, however rows are split, with restarts and other workers",
        arguments: UInt64(0)..<40)
    func anySplit(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        let within: Int64? = [nil, 1, 30, 200][Int(seed) % 4]
        var feed = JoinFeed.random(&generator, count: 400, keys: 12)
        for index in feed.rows.indices { feed.rows[index].input = 0 }
        let steps = feed.steps(&generator, isOneSided: true)
        var run = OperatorRun(Self.operation(within: within))
        run.workers = [[1], [2], [3], [7], [1, 1, 3, 3, 2]][Int(seed / 4) % 5]
        run.restarts = Set((0..<steps.count).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 })
        run.snapshots = Set((0..<steps.count).filter { _ in Int.random(in: 0..<6, using: &generator) == 0 })
        let result = try run.run(steps)
        #expect(result.rejected.isEmpty)
        #expect(result.sorted == Self.twin(feed, within: within))
        #expect(result.size.rows == (within == nil ? Set(feed.rows.map(\.key)).count : 0))
    }

    private static func step(_ rows: [JoinFeed.Row], order: Int64 = 0, watermark: Int64) -> OperatorRun.Step {
        .init(
            arrivals: rows.isEmpty ? [] : [.init(input: 0, rows: JoinFeed.batch(rows), order: order)],
            watermark: Watermark(micros: watermark))
    }

    @Test func theFirstOfTheOrderWinsWhateverTheWorker() throws {
        var run = OperatorRun(Self.operation(within: 100))
        run.workers = [2]
        let result = try run.run([
            .init(
                arrivals: [
                    .init(input: 0, rows: JoinFeed.batch([JoinFeed.left("a", 50, 2)]), order: 7),
                    .init(input: 0, rows: JoinFeed.batch([JoinFeed.left("a", 60, 1)]), order: 3),
                ], watermark: Watermark(micros: 0))
        ])
        #expect(result.rows == [JoinFeed.left("a", 60, 1).values])
    }

    @Test func aRecordSentAgainBelowTheWatermarkIsADuplicateAndNotLate() throws {
        let result = try OperatorRun(Self.operation(within: 100)).run([
            Self.step([JoinFeed.left("a", 50, 1)], watermark: 120),
            Self.step([JoinFeed.left("a", 50, 2)], watermark: 149),
            Self.step([JoinFeed.left("a", 50, 3)], watermark: 150),
            Self.step([JoinFeed.left("a", 50, 4), JoinFeed.left("a", 150, 5)], watermark: 160),
        ])
        #expect(result.rows == [JoinFeed.left("a", 50, 1).values, JoinFeed.left("a", 150, 5).values])
        #expect(result.rejected.map(\.code) == [.lateRecord])
    }

    @Test func aRowWithoutEventTimeIsRefused() throws {
        let result = try OperatorRun(Self.operation(within: 100)).run([
            Self.step([JoinFeed.left("a", nil, 1), JoinFeed.left("a", 5, 2)], watermark: 0)
        ])
        #expect(result.rejected.map(\.code) == [.missingValue])
        #expect(result.rejected.map(\.row) == [0])
        #expect(result.rows == [JoinFeed.left("a", 5, 2).values])
    }

    @Test func eventTimeAmongTheKeysForgetsThemAsTheWatermarkPasses() throws {
        let plan = DeduplicatePlan(
            keys: [
                Expression(.column(0), type: .string, nullable: true),
                Expression(.column(1), type: .timestamp, nullable: true),
            ], eventTime: 1)
        let once = Deduplicate(name: "once", plan: plan, input: JoinFeed.schema, onLate: .drop)
        let result = try OperatorRun(once).run([
            Self.step([JoinFeed.left("a", 50, 1), JoinFeed.left("a", 51, 2)], watermark: 50),
            Self.step([JoinFeed.left("a", 50, 3)], watermark: 51),
            Self.step([JoinFeed.left("a", 50, 4)], watermark: 51),
        ])
        #expect(result.rows == [JoinFeed.left("a", 50, 1).values, JoinFeed.left("a", 51, 2).values])
        #expect(result.counts.lateDropped == 1)
        #expect(result.size.rows == 1)
    }

    @Test func changesAreTheNewKeysAlone() throws {
        let many = (0..<3000).map { JoinFeed.left("k\($0)", 10, Int32($0)) }
        let result = try OperatorRun(Self.operation(within: 100)).run([
            Self.step(many, watermark: 0), Self.step(many + [JoinFeed.left("new", 10, -1)], watermark: 0),
        ])
        #expect(result.logged.map(\.rows.rowCount) == [1])
        #expect(result.rows.count == 3001)
    }

    @Test func forgottenKeysGiveTheirMemoryBack() throws {
        let steps = (0..<20).map { epoch in
            Self.step(
                (0..<2000).map { JoinFeed.left("k\(epoch)-\($0)", Int64(epoch) * 100, 0) },
                watermark: Int64(epoch) * 100)
        }
        let result = try OperatorRun(Self.operation(within: 100)).run(steps)
        #expect(result.rows.count == 40_000)
        #expect(result.size.rows == 2000)
    }
}
