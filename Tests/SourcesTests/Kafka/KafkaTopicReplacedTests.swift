// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import StreamTesting
import Testing

@testable import Sources

/// Offsets know the record before them, and a source looks whether that is still the same before it reads on.
@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"), .timeLimit(.minutes(10)))
struct KafkaTopicReplacedTests {
    private static let firstMillis: Int64 = 1_700_000_000_000

    /// Reads what is there with a source of its own, and gives the offsets as a checkpoint keeps them.
    private func readAll(_ bench: KafkaBench, after committed: SourceOffsets = [:]) async throws -> SourceOffsets {
        let source = try bench.source()
        let ranges = try await source.planSomething(after: committed)
        _ = try await source.rows(ranges)
        let marked = source.marked(ranges)
        await source.close()
        #expect(marked.mapValues(\.end.position) == ranges.mapValues(\.end.position))
        #expect(marked.allSatisfy { $0.value.end.incarnation != nil })
        return committed.after(marked)
    }

    @Test(
        "a record at the same offset that differs in time or in content is refused",
        arguments: [
            (
                firstMillis + 86_400_000, 100,
                "a record of 2023-11-14T22:13:20.000000Z, and there is one of 2023-11-15T22:13:20.000000Z now"
            ),
            (
                firstMillis, 100,
                "a record of 2023-11-14T22:13:20.000000Z, and there is one of 2023-11-14T22:13:20.000000Z now with another content"
            ),
        ])
    func refusal(millis: Int64, first: Int, text: String) async throws {
        let bench = try await KafkaBench("replaced")
        try await bench.send(0..<20, timestampMillis: Self.firstMillis)
        let committed = try await readAll(bench)
        try await bench.broker.replaceTopic(bench.topic, partitions: 1)
        try await bench.awaitEnds([0])
        try await bench.send(first..<first + 30, timestampMillis: millis)
        let source = try bench.source(onDataLoss: .continue)
        let error = await #expect(throws: PipelineError.self) {
            _ = try await source.planSomething(after: committed)
        }
        #expect(error?.code == .topicRecreated)
        #expect(
            error?.what
                == "the topic '\(bench.topic)' was deleted and created again: at offset 19 this pipeline has read \(text)"
        )
        #expect(error?.places == [.init("partition", "\(bench.topic)-0"), .init("offset", "19")])
        await source.close()
        // A range that was planned before, which is read without a plan.
        let later = try bench.source()
        let planned = OffsetRange(
            start: Offset(20), end: Offset(25, incarnation: committed[bench.partition()]?.incarnation))
        let again = await #expect(throws: PipelineError.self) { _ = try await later.open(bench.partition(), planned) }
        #expect(again?.code == .topicRecreated)
        await later.close()
    }

    @Test func theSameTopicIsReadOnWhereverItStands() async throws {
        let bench = try await KafkaBench("same", partitions: 3)
        try await bench.send(0..<20)
        try await bench.send(0..<5, to: 1)
        let committed = try await readAll(bench)
        #expect(committed.count == 2)
        // Nothing new, then something in one of two partitions, then in one that was never read.
        let quiet = try bench.source()
        #expect(try await quiet.plan(after: committed, limits: EpochLimits()) == [:])
        await quiet.close()
        try await bench.send(20..<25)
        try await bench.send(7..<8, to: 2)
        let source = try bench.source()
        let ranges = try await source.plan(after: committed, limits: EpochLimits())
        #expect(ranges.mapValues(\.start.position) == [bench.partition(0): 20, bench.partition(2): 0])
        #expect(try await source.rows(ranges) == (20..<25).map { "v\($0)" } + ["v7"])
        await source.close()
    }

    @Test func aRecordThatIsGoneSaysNothing() async throws {
        let bench = try await KafkaBench("gone")
        try await bench.send(0..<20)
        let committed = try await readAll(bench)
        try await bench.onThread { () throws(PipelineError) in
            try bench.admin.deleteRecords(of: KafkaPartition(bench.topic, 0), before: 20)
        }
        try await bench.send(20..<23)
        let source = try bench.source()
        let ranges = try await source.planSomething(after: committed)
        #expect(try await source.rows(ranges) == ["v20", "v21", "v22"])
        // It keeps the mark of before until something else was read, and then has a new one.
        #expect(ranges[bench.partition()]?.end.incarnation == committed[bench.partition()]?.incarnation)
        let mark = source.marked(ranges)[bench.partition()]?.end.incarnation.flatMap { KafkaFingerprint($0) }
        #expect(mark?.offset == 22)
        await source.close()
    }

    @Test func offsetsOfAnOlderCheckpointAndOffsetsFromATableGoOn() async throws {
        let bench = try await KafkaBench("unmarked")
        try await bench.send(0..<20)
        for unknown in [nil, "", "2:19:0:0", "1:x:0:0"] {
            let source = try bench.source()
            let ranges = try await source.plan(
                after: [bench.partition(): Offset(15, incarnation: unknown)], limits: EpochLimits())
            #expect(try await source.rows(ranges) == (15..<20).map { "v\($0)" })
            await source.close()
        }
    }

    @Test func aRewoundCheckpointReadsAgainWhatLiesBeforeItsMark() async throws {
        let bench = try await KafkaBench("rewound")
        try await bench.send(0..<20)
        let mark = try await readAll(bench)[bench.partition()]?.incarnation
        for position: Int64 in [0, 5, 19, 20] {
            let source = try bench.source()
            let ranges = try await source.plan(
                after: [bench.partition(): Offset(position, incarnation: mark)], limits: EpochLimits())
            #expect(try await source.rows(ranges) == (Int(position)..<20).map { "v\($0)" }, "from \(position)")
            await source.close()
        }
    }

    @Test func transactionsLeaveTheLastCommittedRecordAsTheMark() async throws {
        let bench = try await KafkaBench("marked-transactions")
        let (broker, topic) = (bench.broker, bench.topic)
        let send: @Sendable (Range<Int>, Bool, KafkaProducer) throws(PipelineError) -> Void = {
            numbers, commits, producer throws(PipelineError) in
            try producer.beginTransaction()
            for number in numbers {
                try producer.send(KafkaRecord(topic: topic, partition: 0, value: Array("v\(number)".utf8)))
            }
            try producer.flush()
            if commits { try producer.commitTransaction() } else { try producer.abortTransaction() }
        }
        let producer = try await bench.onThread { () throws(PipelineError) in
            let producer = try KafkaProducer(broker.configuration, transactionalId: topic)
            try producer.initTransactions(timeoutMillis: 120_000)
            try send(0..<10, true, producer)
            try send(10..<20, false, producer)
            return producer
        }
        // Ten records, a marker, ten records that were aborted, a marker.
        let first = try bench.source()
        let ranges = try await first.plan(after: [:], until: bench.range(0, 22))
        #expect(try await first.rows(ranges) == (0..<10).map { "v\($0)" })
        let committed = SourceOffsets().after(first.marked(ranges))
        await first.close()
        #expect(committed[bench.partition()]?.incarnation.flatMap { KafkaFingerprint($0) }?.offset == 9)
        try await bench.onThread { () throws(PipelineError) in try send(20..<25, true, producer) }
        let second = try bench.source()
        let more = try await second.planSomething(after: committed)
        #expect(try await second.rows(more) == (20..<25).map { "v\($0)" })
        await second.close()
    }

    @Test func aTopicThatWasAwayForAMomentIsLookedAtAgain() async throws {
        let bench = try await KafkaBench("moment")
        try await bench.send(0..<20)
        let committed = try await readAll(bench)
        let events = RecordedEvents()
        let source = try bench.source(events: events)
        #expect(try await source.plan(after: committed, limits: EpochLimits()) == [:])
        try await bench.onThread { () throws(PipelineError) in try bench.admin.deleteTopic(bench.topic) }
        while !events.notes.contains(where: { $0.contains("is not there any more") }) {
            _ = try await source.plan(after: committed, limits: EpochLimits())
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        try await bench.createTopic(partitions: 1)
        try await bench.send(100..<130)
        let error = await #expect(throws: PipelineError.self) {
            _ = try await source.planSomething(after: committed)
        }
        #expect(error?.code == .topicRecreated)
        await source.close()
    }
}
