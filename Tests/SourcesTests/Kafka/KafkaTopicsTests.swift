// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import KafkaClient
import StreamCore
import StreamTesting
import Synchronization
import Testing

@testable import Sources

@Suite(
    .enabled(if: KafkaBroker.has(.basics), "needs a broker (MILLRACE_KAFKA or MILLRACE_TANSU)"),
    .timeLimit(.minutes(10))
)
struct KafkaTopicsTests {
    @Test(.enabled(if: KafkaBroker.has(.apacheKafka), "adds partitions: needs Apache Kafka (MILLRACE_KAFKA)"))
    func addedPartitionsAreFoundAndReadFromTheirBeginning() async throws {
        let bench = try await KafkaBench("added")
        try await bench.send(0..<3)
        let events = RecordedEvents()
        let source = try bench.source(starting: .latest, events: events)
        var committed = SourceOffsets().after(try await source.plan(after: [:], limits: EpochLimits()))
        #expect(committed == bench.committed(3))
        try await bench.onThread { () throws(PipelineError) in
            try bench.admin.createPartitions(bench.topic, total: 3)
        }
        try await bench.awaitEnds([3, 0, 0])
        try await bench.send(10..<12, to: 2)
        var rows: [String] = []
        while rows.count < 2 {
            let ranges = try await source.planSomething(after: committed)
            rows += try await source.rows(ranges)
            committed = committed.after(ranges)
        }
        #expect(rows == ["v10", "v11"])
        #expect(committed[bench.partition(2)] == Offset(2))
        #expect(events.notes.filter { $0.contains("found 2 new partitions") }.count == 1)
        await source.close()
    }

    @Test(.enabled(if: KafkaBroker.has(.apacheKafka), "adds partitions: needs Apache Kafka (MILLRACE_KAFKA)"))
    func queuesAreMadeSmallerForMorePartitionsAndNothingIsLost() async throws {
        let bench = try await KafkaBench("more")
        try await bench.send(0..<100)
        let source = try bench.source()
        var committed: SourceOffsets = [:]
        // Half of what was fetched is still waiting when the client is made anew.
        let first = try await source.planSomething(after: committed, limits: EpochLimits(records: 50))
        var rows = try await source.rows(first)
        committed = committed.after(first)
        try await bench.onThread { () throws(PipelineError) in
            try bench.admin.createPartitions(bench.topic, total: 32)
        }
        try await bench.awaitEnds([100] + [Int64](repeating: 0, count: 31))
        try await bench.send(100..<110, to: 31)
        while rows.count < 110 {
            let ranges = try await source.planSomething(after: committed)
            rows += try await source.rows(ranges)
            committed = committed.after(ranges)
        }
        #expect(Set(rows) == Set((0..<110).map { "v\($0)" }))
        #expect(rows.count == 110)
        #expect(source.state.withLock { $0.fittedPartitions } == 32)
        await source.close()
    }

    @Test func aTopicThatDoesNotExistYetIsWaitedFor() async throws {
        let bench = try await KafkaBench("later")
        let events = RecordedEvents()
        let source = try bench.source(starting: .latest, events: events) { $0.topics = ["\(bench.topic)-more"] }
        for _ in 0..<3 { #expect(try await source.plan(after: [:], limits: EpochLimits()) == [:]) }
        #expect(
            events.notes == ["warning source 's': the topic '\(bench.topic)-more' does not exist yet: waiting for it"])
        try await bench.broker.createTopics("\(bench.topic)-more", partitions: 1)
        try await bench.onThread { () throws(PipelineError) in
            let producer = try KafkaProducer(bench.broker.configuration)
            try producer.send(KafkaRecord(topic: "\(bench.topic)-more", partition: 0, value: Array("x".utf8)))
            try producer.flush()
        }
        // It did not exist when we started, so all of it came later.
        let ranges = try await source.planSomething(after: [:])
        #expect(try await source.rows(ranges) == ["x"])
        await source.close()
    }

    @Test func aRunWithAnEndRefusesATopicThatDoesNotExist() async throws {
        let bench = try await KafkaBench("never")
        let source = try bench.source { $0.topics = [bench.topic, "\(bench.topic)-typo"] }
        let error = await #expect(throws: PipelineError.self) {
            _ = try await source.plan(after: [:], limits: EpochLimits(availableUntilMicros: 1))
        }
        #expect(error?.code == .topicNotFound)
        #expect(error?.what == "the topic '\(bench.topic)-typo' does not exist")
        await source.close()
    }

    @Test func aPatternTakesAllTopicsThatMatchAsAWhole() async throws {
        let bench = try await KafkaBench("pattern-a")
        let stem = bench.topic.dropFirst("pattern-a-".count)
        let other = "pattern-b-\(stem)"
        let longer = "pattern-a-\(stem)-not"
        try await bench.broker.createTopics(other, longer, partitions: 1)
        try await bench.onThread { () throws(PipelineError) in
            let producer = try KafkaProducer(bench.broker.configuration)
            for topic in [bench.topic, other, longer] {
                try producer.send(KafkaRecord(topic: topic, partition: 0, value: Array(topic.utf8)))
            }
            try producer.flush()
        }
        let source = try bench.source {
            $0.topics = []
            $0.topicPattern = "pattern-[ab]-\(stem)"
        }
        var committed: SourceOffsets = [:]
        var rows: [String] = []
        while rows.count < 2 {
            let ranges = try await source.planSomething(after: committed)
            rows += try await source.rows(ranges)
            committed = committed.after(ranges)
        }
        #expect(rows.sorted() == [bench.topic, other])
        await source.close()
    }

    @Test func groupOffsetsAreCommittedForLagMonitors() async throws {
        let bench = try await KafkaBench("group")
        try await bench.send(0..<3)
        let source = try bench.source()
        let ranges = try await source.plan(after: [:], limits: EpochLimits())
        #expect(try await source.rows(ranges).count == 3)
        try await source.release(bench.committed(3))
        let committed = try await bench.onThread { () throws(PipelineError) in
            let consumer = try KafkaConsumer(
                bench.broker.configuration, groupId: "millrace-test-s", queueBytes: 1 << 20, events: { _ in })
            let partition = KafkaPartition(bench.topic, 0)
            for _ in 0..<100 {
                // The coordinator of a group may still be moving in.
                let offset = (try? consumer.committed([partition], timeoutMillis: 10_000))?[partition]
                if offset == 3 { return offset }
                consumer.pause(millis: 50)
            }
            return nil
        }
        #expect(committed == 3)
        await source.close()
    }

    @Test func metadataColumnsSayWhereARecordCameFrom() async throws {
        let bench = try await KafkaBench("metadata", partitions: 2)
        try await bench.onThread { () throws(PipelineError) in
            let producer = try KafkaProducer(bench.broker.configuration)
            let records = [
                KafkaRecord(
                    topic: bench.topic, partition: 1, key: Array("k".utf8), value: Array("a".utf8),
                    timestampMillis: 1_700_000_000_123, headers: [.init("h", Array("1".utf8)), .init("h", nil)]),
                KafkaRecord(topic: bench.topic, partition: 1, value: nil, timestampMillis: 1_700_000_000_124),
                KafkaRecord(
                    topic: bench.topic, partition: 1, value: Array("b".utf8), timestampMillis: 1_700_000_000_125),
            ]
            for record in records { try producer.send(record) }
            try producer.flush()
        }
        let source = try bench.source(metadata: ["_key", "_topic", "_partition", "_offset", "_timestamp", "_headers"])
        #expect(
            source.schema.fields.map(\.name)
                == ["value", "_key", "_topic", "_partition", "_offset", "_timestamp", "_headers"])
        let batches = try await source.batches(bench.range(0, 3, of: 1))
        let batch = try #require(batches.first)
        #expect(
            batch.rows.rows == [
                [
                    .string("a"), .binary(Array("k".utf8)), .string(bench.topic), .int(1), .bigint(0),
                    .timestamp(1_700_000_000_123_000),
                    .array([.structure([.string("h"), .binary(Array("1".utf8))]), .structure([.string("h"), .null])]),
                ],
                [
                    .string("b"), .null, .string(bench.topic), .int(1), .bigint(2), .timestamp(1_700_000_000_125_000),
                    .array([]),
                ],
            ])
        #expect(batch.recordIndices.array == [0, 2])
        // The tombstone keeps its place and its offset.
        #expect(batch.records.positions.array == [0, 1, 2])
        #expect(
            batch.malformed == [
                MalformedRecord(recordIndex: 1, code: .missingValue, message: "the record has no value (a tombstone)")
            ])
        await source.close()
    }

    @Test func aBoundIsSharedOverPartitionsAndEverythingIsReadOnce() async throws {
        let bench = try await KafkaBench("bounded", partitions: 3)
        for (partition, count) in [(0, 10), (1, 100), (2, 1000)] {
            try await bench.send(0..<count, to: Int32(partition))
        }
        let source = try bench.source()
        var committed: SourceOffsets = [:]
        var counts: [Int] = []
        while true {
            let ranges = try await source.plan(after: committed, limits: EpochLimits(records: 300))
            if ranges.isEmpty { break }
            counts.append(try await source.rows(ranges).count)
            committed = committed.after(ranges)
        }
        #expect(counts == [300, 300, 300, 210])
        #expect(
            committed == [
                bench.partition(0): Offset(10), bench.partition(1): Offset(100), bench.partition(2): Offset(1000),
            ])
        await source.close()
    }

    @Test func aRunWithAnEndLeavesWhatCameLater() async throws {
        let bench = try await KafkaBench("end")
        try await bench.send(0..<10)
        let source = try bench.source()
        let limits = EpochLimits(records: 4, availableUntilMicros: RealClock().nowMicros)
        var committed: SourceOffsets = [:]
        var rows: [String] = []
        while true {
            let ranges = try await source.plan(after: committed, limits: limits)
            if ranges.isEmpty { break }
            rows += try await source.rows(ranges)
            committed = committed.after(ranges)
            try await bench.send(100..<105)
        }
        #expect(rows == (0..<10).map { "v\($0)" })
        await source.close()
    }
}
