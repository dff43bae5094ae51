// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import StreamTesting
import Testing

@testable import Sources

@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"))
struct KafkaTransactionTests {
    private func send(_ producer: KafkaProducer, _ topic: String, _ numbers: Range<Int>) throws(PipelineError) {
        for number in numbers {
            try producer.send(KafkaRecord(topic: topic, partition: 0, value: Array("v\(number)".utf8)))
        }
    }

    @Test func abortedRecordsAreNeverSeenAndEndsOnControlRecordsAreReached() async throws {
        let bench = try await KafkaBench("transactions")
        let (broker, topic) = (bench.broker, bench.topic)
        try await bench.onThread { () throws(PipelineError) in
            let producer = try KafkaProducer(broker.configuration, transactionalId: topic)
            try producer.initTransactions(timeoutMillis: 120_000)
            for (numbers, commits) in [(0..<10, true), (10..<20, false), (20..<30, true), (30..<40, false)] {
                try producer.beginTransaction()
                try send(producer, topic, numbers)
                try producer.flush()
                if commits { try producer.commitTransaction() } else { try producer.abortTransaction() }
            }
        }
        let kept = (Array(0..<10) + Array(20..<30)).map { "v\($0)" }
        let source = try bench.source()
        let ranges = try await source.plan(after: [:], until: bench.range(0, 44))
        // 40 records and 4 control records; the last record of the range is an abort marker.
        #expect(ranges == bench.range(0, 44))
        #expect(try await source.rows(ranges) == kept)
        // Any cut of the same range gives the same records, also by a source that starts there.
        for cut: Int64 in [5, 10, 11, 15, 21, 22, 33, 43] {
            let again = try bench.source()
            let left = try await again.rows(bench.range(0, cut))
            let right = try await again.rows(bench.range(cut, 44))
            #expect(left + right == kept, "cut at \(cut)")
            await again.close()
        }
        await source.close()
    }

    @Test func anOpenTransactionHoldsTheEndBack() async throws {
        let bench = try await KafkaBench("open")
        try await bench.send(0..<3)
        let (broker, topic) = (bench.broker, bench.topic)
        let producer = try await bench.onThread { () throws(PipelineError) in
            let producer = try KafkaProducer(broker.configuration, transactionalId: topic)
            try producer.initTransactions(timeoutMillis: 120_000)
            try producer.beginTransaction()
            try send(producer, topic, 3..<6)
            try producer.flush()
            return producer
        }
        try await bench.send(6..<8)
        let source = try bench.source()
        let first = try await source.plan(after: [:], limits: EpochLimits())
        #expect(first == bench.range(0, 3))
        #expect(try await source.rows(first) == ["v0", "v1", "v2"])
        try await bench.onThread { () throws(PipelineError) in try producer.commitTransaction() }
        let second = try await source.plan(after: bench.committed(3), until: bench.range(3, 9))
        #expect(second == bench.range(3, 9))
        #expect(try await source.rows(second) == ["v3", "v4", "v5", "v6", "v7"])
        await source.close()
    }

    @Test func readUncommittedSeesEverythingWhenAskedTo() async throws {
        let bench = try await KafkaBench("uncommitted")
        let (broker, topic) = (bench.broker, bench.topic)
        try await bench.onThread { () throws(PipelineError) in
            let producer = try KafkaProducer(broker.configuration, transactionalId: topic)
            try producer.initTransactions(timeoutMillis: 120_000)
            try producer.beginTransaction()
            try send(producer, topic, 0..<3)
            try producer.flush()
            try producer.abortTransaction()
        }
        let source = try bench.source(properties: ["isolation.level": "read_uncommitted"])
        let ranges = try await source.plan(after: [:], until: bench.range(0, 4))
        #expect(ranges == bench.range(0, 4))
        #expect(try await source.rows(ranges) == ["v0", "v1", "v2"])
        await source.close()
    }
}
