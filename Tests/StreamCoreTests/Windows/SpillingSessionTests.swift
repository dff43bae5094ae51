// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamTesting
import Testing

@testable import StreamCore

/// Sessions that do not fit into a shard's memory: the same answers, whatever lies on disk.
struct SpillingSessionTests {
    private typealias Base = SessionAggregateTests

    /// Little enough that every few rows spill.
    private static let tiny = 400
    private static let modes = [OutputMode.append, .update, .complete]

    /// A quarter of all aggregates.
    private static func calls(_ number: UInt64) -> [AggregateCall] {
        let all = WindowedAggregateTests.calls
        return all.indices.filter { UInt64($0) % 4 == number % 4 }.map { all[$0] }
    }

    @Test("spilled sessions of every aggregate give what those in memory give", arguments: UInt64(0)..<4)
    func spillingDoesNotMatter(seed: UInt64) throws {
        let epochs = ReadingFeed(seed: seed, count: 120).epochs(cut: seed)
        for (index, mode) in Self.modes.enumerated() {
            let operation = Base.operation(mode, Self.calls(seed))
            for shards in [[1, 3], [2, 7]][(index + Int(seed)) % 2] {
                try operation.expectSpillingDoesNotMatter(epochs, shards: shards, bytes: Self.tiny)
            }
        }
    }

    @Test(
        "a crash after any epoch changes nothing, from changelogs or snapshots of spilled state",
        arguments: UInt64(0)..<3)
    func crashesDoNotMatter(seed: UInt64) throws {
        let epochs = ReadingFeed(seed: seed, count: 120).epochs(cut: seed)
        for (index, mode) in Self.modes.enumerated() where index == Int(seed) % 3 {
            try Base.operation(mode, Self.calls(seed + 1)).expectCrashesDoNotMatter(epochs, bytes: Self.tiny)
        }
    }

    // MARK: Many keys

    /// An intake, a shard, and what the last epochs of the shard were like.
    private struct Life {
        let operation: SessionAggregate
        let shard: any OperatorShard
        private(set) var watermark = Watermark.none

        init(_ operation: SessionAggregate, _ memory: ShardMemory = .unbounded) {
            self.operation = operation
            shard = operation.makeShard(memory)
        }

        mutating func epoch(
            _ rows: [(time: Int64, site: String)], to next: Watermark = .none,
            _ give: (ColumnBatch) -> Void = { _ in }
        ) throws -> ShardOutput {
            let batch = ReadingFeed.batch(
                rows.map { .init(time: $0.time, site: $0.site, number: $0.time % 7, level: 0.5, price: 1) })
            let intake = operation.makeIntake()
            let evaluation = EvaluationContext(epochMicros: 0)
            let context = IntakeContext(evaluation: evaluation, watermark: watermark, order: 0)
            _ = try intake.take(batch, input: 0, context: context)
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
            watermark = max(watermark, next)
            var given: [ColumnBatch] = []
            var output = try shard.finish(FinishContext(evaluation: evaluation, watermark: watermark)) { batch in
                give(batch)
                given.append(batch)
            }
            output.batches = given
            return output
        }

        var snapshot: [String] {
            get throws {
                var rows: [String] = []
                for groups in [0..<50, 50..<128] {
                    try shard.snapshot(groups: groups) { rows += $0.rows.rows.map { "\($0)" } }
                }
                return rows.sorted()
            }
        }
    }

    private static func text(_ output: ShardOutput) -> [String] {
        output.batches.flatMap(\.rows).map { "\($0)" }.sorted()
    }

    /// Sums and lists, in the order of the rows.
    private static let ordered = WindowedAggregateTests.calls.filter {
        [.count, .sum, .collectList, .first(ignoresNulls: false), .last(ignoresNulls: true)].contains($0.function)
    }

    @Test(
        "every epoch's rows, counts, changes and state are those of a shard in memory", arguments: UInt64(0)..<3,
        [500, 20_000])
    func everyEpochIsTheSame(seed: UInt64, share: Int) throws {
        var random = SeededNumbers(seed: seed)
        let area = MemorySpillArea()
        let operation = Base.operation(Self.modes[Int(seed) % 3], Self.ordered)
        var expected = Life(operation)
        var spilling = Life(operation, ShardMemory(bytes: share, area: area))
        var moment: Int64 = 0
        for epoch in 0..<12 {
            let rows = (0..<Int.random(in: 0..<120, using: &random)).map { _ in
                let ahead: Int64 = Int.random(in: 0..<3, using: &random) == 0 ? 100 : 10
                return (
                    time: moment + Int64.random(in: 0..<ahead, using: &random),
                    site: "site \(Int.random(in: 0..<40, using: &random))"
                )
            }
            moment += Int64.random(in: 0..<12, using: &random)
            let next: Watermark = epoch == 11 ? .end : epoch == 0 ? .none : Watermark(micros: moment)
            let (one, other) = (try expected.epoch(rows, to: next), try spilling.epoch(rows, to: next))
            #expect(Self.text(other) == Self.text(one))
            #expect(other.updatedRows == one.updatedRows)
            #expect(other.removedRows == one.removedRows)
            #expect(other.closedThrough == one.closedThrough)
            #expect(spilling.shard.size.rows == expected.shard.size.rows)
            if epoch % 4 == 2 { #expect(try spilling.snapshot == expected.snapshot) }
            let (mine, theirs) = (expected.shard.takeChanges(), spilling.shard.takeChanges())
            #expect(theirs.map(\.rows.rows) == mine.map(\.rows.rows))
            #expect(spilling.shard.size.memoryBytes <= share + 3_000)
        }
        #expect(area.filesMade > 0)
        if Self.modes[Int(seed) % 3] != .complete { #expect(area.fileCount == 0) }
    }

    private static func sites(_ range: Range<Int>, time: (Int) -> Int64 = { _ in 1 }) -> [(time: Int64, site: String)] {
        range.map { (time: time($0), site: "site \($0)") }
    }

    @Test func memoryStaysWithinTheShareAndTheRestIsSpilled() throws {
        let (area, share) = (MemorySpillArea(), 60_000)
        var life = Life(Base.counting, ShardMemory(bytes: share, area: area))
        for number in 0..<40 {
            _ = try life.epoch(Self.sites(number * 100..<(number * 100 + 200)))
            _ = life.shard.takeChanges()
            #expect(life.shard.size.memoryBytes <= share)
        }
        #expect(life.shard.size.rows == 4_100)
        #expect(life.shard.size.spilledBytes > 100_000)
        let output = try life.epoch([], to: .end)
        let rows = output.batches.flatMap(\.rows)
        #expect(rows.count == 4_100)
        #expect(rows.count { $0[2] == .bigint(2) } == 3_900)
        #expect(output.batches.allSatisfy { $0.rowCount < 2_000 }, "the rows come in parts")
        #expect(output.removedRows == 4_100)
        #expect(life.shard.size == Life(Base.counting).shard.size)
        #expect(area.fileCount == 0)
    }

    @Test("an epoch that touches more than fits is worked in by parts", arguments: [OutputMode.update, .append])
    func manyKeysOfOneEpoch(mode: OutputMode) throws {
        let share = 60_000
        var life = Life(Base.counting(mode), ShardMemory(bytes: share, area: MemorySpillArea()))
        for round in 1...2 {
            // What an epoch changes is in memory until its changelog is written.
            var (most, largest) = (0, 0)
            let shard = life.shard
            let output = try life.epoch(Self.sites(0..<4_000)) { batch in
                largest = max(largest, batch.rowCount)
                most = max(most, shard.size.memoryBytes)
            }
            let changed = shard.takeChanges().reduce(0) { $0 + $1.rows.byteCount }
            #expect(output.updatedRows == 4_000)
            #expect(shard.size.memoryBytes <= share)
            guard mode == .update else { continue }
            #expect(most - changed <= share + 10_000)
            #expect(largest < 1_500)
            let rows = output.batches.flatMap(\.rows)
            #expect(Set(rows.map { $0[0] }).count == 4_000)
            #expect(rows.allSatisfy { $0[2] == .bigint(Int64(round)) })
        }
        #expect(life.shard.size.rows == 4_000)
    }

    @Test func aKeyThatIsTouchedReadsOnlyItsBlocksAndGivesOnlyWhatChanged() throws {
        let area = MemorySpillArea()
        var life = Life(Base.counting(.update), ShardMemory(bytes: 150_000, area: area))
        for number in 0..<5 {
            for time in [Int64(0), 100] {
                _ = try life.epoch(Self.sites(number * 1_000..<(number * 1_000 + 1_000)) { _ in time })
            }
        }
        _ = life.shard.takeChanges()
        let before = area.blocksRead
        let output = try life.epoch(Self.sites(70..<73) { _ in 102 })
        let window = Value.structure([.timestamp(100), .timestamp(106)])
        #expect(
            Set(output.batches.flatMap(\.rows)) == Set((70..<73).map { [.string("site \($0)"), window, .bigint(2)] }))
        #expect(output.updatedRows == 3)
        #expect(area.blocksRead - before <= 16)
        #expect(life.shard.size.rows == 10_000)
    }

    @Test func whatEndsReadsOnlyWhatStandsBesideIt() throws {
        let area = MemorySpillArea()
        var life = Life(Base.counting, ShardMemory(bytes: 100_000, area: area))
        _ = try life.epoch(Self.sites(0..<8_000) { Int64($0) })
        let all = area.blocksRead
        _ = try life.snapshot
        let blocks = area.blocksRead - all
        #expect(blocks > 20)
        var (before, given) = (area.blocksRead, 0)
        for epoch in 1...10 {
            let output = try life.epoch([], to: Watermark(micros: Int64(epoch) * 100 + 4))
            given += output.batches.reduce(0) { $0 + $1.rowCount }
            #expect(output.removedRows == 100)
        }
        #expect(given == 1_000)
        #expect(area.blocksRead - before <= blocks / 4)
        before = area.blocksRead
        #expect(try life.epoch([], to: .end).removedRows == 7_000)
        #expect(area.blocksRead - before <= blocks, "each block is read once")
    }

    @Test func completeModeGivesAllInParts() throws {
        var life = Life(Base.counting(.complete), ShardMemory(bytes: 50_000, area: MemorySpillArea()))
        _ = try life.epoch(Self.sites(0..<5_000))
        let output = try life.epoch(Self.sites(10..<20), to: .end)
        let rows = output.batches.flatMap(\.rows)
        #expect(rows.count == 5_000)
        #expect(rows.count { $0[2] == .bigint(2) } == 10)
        #expect(output.batches.allSatisfy { $0.rowCount < 4_000 })
        #expect(output.removedRows == 0)
        #expect(life.shard.size.rows == 5_000)
    }

    @Test func restoringSpillsToo() throws {
        let (area, share) = (MemorySpillArea(), 100_000)
        var life = Life(Base.counting)
        _ = try life.epoch(Self.sites(0..<5_000))
        var restored = Life(Base.counting, ShardMemory(bytes: share, area: area))
        for start in stride(from: 0, to: KeyGroups.count, by: 4) {
            try life.shard.snapshot(groups: start..<(start + 4)) { rows throws(PipelineError) in
                try restored.shard.restore(rows)
            }
            #expect(restored.shard.size.memoryBytes <= share * 5 / 4)
        }
        #expect(restored.shard.size.spilledBytes > 100_000)
        #expect(try restored.epoch(Self.sites(0..<100), to: .end).removedRows == 5_000)
    }

    @Test func aFullDiskAndDamagedRowsAreErrors() {
        Base.operation().expectFullDiskAndDamagedRowsAreErrors(
            ReadingFeed(seed: 1, count: 200).epochs(cut: 1), bytes: Self.tiny)
    }
}
