// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamTesting
import Testing

@testable import StreamCore

struct OpenSessionsTests {
    private struct Interval: Hashable {
        var key: Int32
        var start: Int64
        var end: Int64
    }

    @Test("sessions equal those of a list that is searched from end to end", arguments: UInt64(0)..<20)
    func twin(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        var sessions = OpenSessions(patience: 3)
        sessions.growKeys(to: 4)
        var model: Set<Interval> = []
        var watermark: Int64 = 0
        for _ in 0..<300 {
            var merged: [Int32: Int32] = [:]
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let start = watermark + Int64.random(in: -20...60, using: &random)
                var placed = Interval(
                    key: .random(in: 0..<4, using: &random), start: start,
                    end: start + Int64.random(in: 1...15, using: &random))
                let touching = model.filter {
                    $0.key == placed.key && $0.start <= placed.end && placed.start <= $0.end
                }
                let before = merged.count
                let session = sessions.place(placed.key, placed.start, placed.end, &merged)
                model.subtract(touching)
                placed.start = min(placed.start, touching.map(\.start).min() ?? .max)
                placed.end = max(placed.end, touching.map(\.end).max() ?? .min)
                model.insert(placed)
                #expect(merged.count - before == max(0, touching.count - 1))
                #expect(Self.intervals(sessions, Buffer([session])) == [placed])
            }
            let changed = Self.intervals(sessions, sessions.takeChanged())
            #expect(changed.isSubset(of: model))
            watermark += Int64.random(in: 0...12, using: &random)
            let due = sessions.due(at: Watermark(micros: watermark))
            let closed = model.filter { $0.end + 3 <= watermark }
            #expect(Self.intervals(sessions, due) == closed)
            sessions.remove(due)
            model.subtract(closed)
            if Int.random(in: 0..<10, using: &random) == 0 {
                let open = sessions.sessions { _ in true }
                sessions.renumber(open, keys: Buffer(Array(0..<4)))
                #expect(sessions.numbers == model.count)
            }
            #expect(Self.intervals(sessions, sessions.sessions { _ in true }) == model)
            #expect(sessions.count == model.count)
        }
    }

    private static func intervals(_ sessions: borrowing OpenSessions, _ numbers: Buffer<Int32>) -> Set<Interval> {
        let (owners, starts) = (sessions.owners(of: numbers), sessions.starts(of: numbers))
        let ends = sessions.ends(of: numbers)
        return Set((0..<numbers.count).map { Interval(key: owners[$0], start: starts[$0], end: ends[$0]) })
    }

    /// A shard with as many open sessions, ten apart, as there are times; all of one key, or each of its own.
    private static func shard(sessions: Int, areOfOneKey: Bool) throws -> SessionShard {
        let shard = try #require(SessionAggregateTests.counting.makeShard() as? SessionShard)
        try absorb((0..<sessions).map { (Int64($0) * 10, areOfOneKey ? "one" : "key \($0)") }, shard)
        _ = try finish(shard, 0)
        #expect(shard.size.rows == sessions)
        return shard
    }

    private static func absorb(_ rows: [(time: Int64, site: String)], _ shard: SessionShard) throws {
        let batch = ReadingFeed.batch(
            rows.map { ReadingFeed.Reading(time: $0.time, site: $0.site, number: 1, level: 0, price: 0) })
        let intake = SessionAggregateTests.counting.makeIntake()
        let context = IntakeContext(evaluation: EvaluationContext(epochMicros: 0), watermark: .none, order: 0)
        #expect(try intake.take(batch, input: 0, context: context).isEmpty)
        for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
    }

    private static func finish(_ shard: SessionShard, _ watermark: Int64) throws -> ShardOutput {
        let output = try shard.finish(
            FinishContext(evaluation: EvaluationContext(epochMicros: 0), watermark: Watermark(micros: watermark)))
        _ = shard.takeChanges()
        return output
    }

    @Test("an epoch looks at what ends, however much is open", arguments: [false, true])
    func endingFollowsWhatEnds(areOfOneKey: Bool) throws {
        let shard = try Self.shard(sessions: 20_000, areOfOneKey: areOfOneKey)
        var watermark: Int64 = 0
        for count in 1...20 {
            let before = shard.visits
            watermark += Int64(count) * 10
            #expect(try Self.finish(shard, watermark).removedRows == count)
            // Once when its turn comes, once when it is taken out.
            #expect(shard.visits - before == 2 * count)
        }
        let before = shard.visits
        let idle = try Self.finish(shard, watermark + 4)
        #expect(idle.removedRows == 0)
        #expect(shard.visits == before)
    }

    @Test("all sessions together, with what makes room for others, cost a few looks each", arguments: [false, true])
    func theWholeIsLinear(areOfOneKey: Bool) throws {
        let count = 20_000
        let shard = try Self.shard(sessions: count, areOfOneKey: areOfOneKey)
        var removed = 0
        for epoch in 1...(count / 20) { removed += try Self.finish(shard, Int64(epoch) * 200).removedRows }
        #expect(removed == count)
        #expect(shard.visits <= 8 * count)
        #expect(shard.size.rows == 0)
    }

    @Test func whatMakesSessionsGrowIsLookedAtAndNotWhatIsOpen() throws {
        let shard = try Self.shard(sessions: 20_000, areOfOneKey: false)
        var before = shard.visits
        for step in 1...100 {
            // A session that goes on all the time.
            let time = 1_000_000 + Int64(step)
            try Self.absorb([(time, "long")], shard)
            _ = try Self.finish(shard, 1)
            #expect(shard.visits - before <= 4)
            before = shard.visits
        }
        #expect(shard.size.rows == 20_000 + 1)
        let last = try Self.finish(shard, 1_000_105)
        #expect(last.removedRows == 20_001)
    }
}
