// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import StreamTesting
import Testing

@testable import Sources

@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"))
struct KafkaDataLossTests {
    private func deleteRecords(_ bench: KafkaBench, before offset: Int64) async throws {
        try await bench.onThread { () throws(PipelineError) in
            try bench.admin.deleteRecords(of: KafkaPartition(bench.topic, 0), before: offset)
        }
    }

    @Test func aCheckpointBelowTheLogIsRefusedWithBothOffsets() async throws {
        let bench = try await KafkaBench("overtaken")
        try await bench.send(0..<20)
        try await deleteRecords(bench, before: 12)
        let source = try bench.source()
        let error = await #expect(throws: PipelineError.self) {
            _ = try await source.plan(after: bench.committed(5), limits: EpochLimits())
        }
        #expect(error?.code == .dataLoss)
        #expect(error?.what.contains("offset 5 to 11") == true)
        #expect(error?.what.contains("begins at 12") == true)
        #expect(error?.places.first == .init("partition", "\(bench.topic)-0"))
        await source.close()
    }

    @Test func aCheckpointBelowTheLogIsCountedAndPassedWhenThePipelineSaysSo() async throws {
        let bench = try await KafkaBench("passed")
        try await bench.send(0..<20)
        try await deleteRecords(bench, before: 12)
        let events = RecordedEvents()
        let source = try bench.source(onDataLoss: .continue, events: events)
        let ranges = try await source.plan(after: bench.committed(5), limits: EpochLimits())
        #expect(ranges == bench.range(12, 20))
        #expect(try await source.rows(ranges) == (12..<20).map { "v\($0)" })
        #expect(events.notes.filter { $0.contains("the offsets 5 to 11 (7)") }.count == 1)
        await source.close()
    }

    @Test(arguments: [KafkaSourceOptions.OnDataLoss.fail, .continue])
    func recordsThatGoBetweenPlanAndReading(onDataLoss: KafkaSourceOptions.OnDataLoss) async throws {
        let bench = try await KafkaBench("between")
        try await bench.send(0..<20)
        try await deleteRecords(bench, before: 12)
        let events = RecordedEvents()
        let source = try bench.source(onDataLoss: onDataLoss, events: events)
        // A range that was planned before the records went, as a checkpoint gives it back after a crash.
        switch onDataLoss {
        case .fail:
            let error = await #expect(throws: PipelineError.self) { _ = try await source.rows(bench.range(5, 18)) }
            #expect(error?.code == .dataLoss)
        case .continue:
            #expect(try await source.rows(bench.range(5, 18)) == (12..<18).map { "v\($0)" })
            #expect(events.notes.filter { $0.contains("the offsets 5 to 11 (7)") }.count == 1)
            #expect(try await source.rows(bench.range(18, 20)) == ["v18", "v19"])
        }
        await source.close()
    }

    @Test func aWholeRangeThatIsGoneEndsAndTheNextOneIsRead() async throws {
        let bench = try await KafkaBench("whole")
        try await bench.send(0..<20)
        try await deleteRecords(bench, before: 15)
        let source = try bench.source(onDataLoss: .continue)
        #expect(try await source.rows(bench.range(0, 10)) == [])
        #expect(try await source.rows(bench.range(10, 20)) == (15..<20).map { "v\($0)" })
        await source.close()
    }

    @Test func retentionOvertakesTheCheckpoint() async throws {
        let bench = try await KafkaBench(
            "retention", configuration: ["segment.bytes": "1048576", "retention.ms": "1000", "segment.ms": "500"])
        try await bench.send(0..<5, timestampMillis: 1_700_000_000_000)
        try await bench.send(5..<10, timestampMillis: 1_700_000_000_000)
        let source = try bench.source()
        var code: PipelineError.Code?
        for _ in 0..<400 where code == nil {
            do throws(PipelineError) {
                _ = try await source.plan(after: bench.committed(2), limits: EpochLimits())
            } catch {
                code = error.code
            }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
        #expect(code == .dataLoss)
        await source.close()
    }

    @Test func aTopicThatWasDeletedAndCreatedAgainIsRefused() async throws {
        let bench = try await KafkaBench("recreated")
        try await bench.send(0..<20)
        let source = try bench.source(onDataLoss: .continue)
        let ranges = try await source.plan(after: [:], limits: EpochLimits())
        #expect(try await source.rows(ranges).count == 20)
        try await bench.broker.replaceTopic(bench.topic, partitions: 1)
        try await bench.awaitEnds([0])
        try await bench.send(100..<105)
        let later = try bench.source(onDataLoss: .continue)
        let error = await #expect(throws: PipelineError.self) {
            _ = try await later.planSomething(after: bench.committed(20))
        }
        #expect(error?.code == .topicRecreated)
        #expect(error?.what.contains("up to offset 20") == true)
        #expect(error?.what.contains("ends at 5") == true)
        await source.close()
        await later.close()
    }

    @Test func aTopicThatCameBackWithFewerPartitionsIsRefused() async throws {
        let bench = try await KafkaBench("fewer", partitions: 2)
        try await bench.broker.replaceTopic(bench.topic, partitions: 1)
        let source = try bench.source()
        let error = await #expect(throws: PipelineError.self) {
            for _ in 0..<400 {
                _ = try await source.plan(after: [bench.partition(1): Offset(3)], limits: EpochLimits())
                try await Task.sleep(nanoseconds: 10_000_000)
            }
        }
        #expect(error?.code == .topicRecreated)
        await source.close()
    }

    @Test func gapsOfACompactedTopicAreNoLoss() async throws {
        let bench = try await KafkaBench(
            "compacted",
            configuration: [
                "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.001",
                "delete.retention.ms": "0", "max.compaction.lag.ms": "100",
            ])
        let (broker, topic) = (bench.broker, bench.topic)
        // Five rounds over the same ten keys, of which the last survives.
        for round in 0..<5 {
            try await bench.onThread { () throws(PipelineError) in
                let producer = try KafkaProducer(broker.configuration)
                for key in 0..<10 {
                    try producer.send(
                        KafkaRecord(
                            topic: topic, partition: 0, key: Array("k\(key)".utf8),
                            value: Array("v\(round)-\(key)".utf8)))
                }
                try producer.flush()
            }
            try await Task.sleep(nanoseconds: 150_000_000)
        }
        var rows: [String] = []
        for attempt in 0..<200 {
            let source = try bench.source()
            rows = try await source.rows(bench.range(0, 50))
            await source.close()
            if rows.count == 10 { break }
            if attempt % 10 == 0 { try await bench.send(50..<51, key: "k") }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
        #expect(rows == (0..<10).map { "v4-\($0)" })
        // Ends inside a gap are reached too.
        let source = try bench.source()
        let first = try await source.rows(bench.range(0, 7))
        let second = try await source.rows(bench.range(7, 50))
        #expect(first + second == rows)
        await source.close()
    }
}
