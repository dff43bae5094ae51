// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import StreamTesting
import Testing

@testable import Sources

/// With a broker of its own, which is killed.
@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"), .timeLimit(.minutes(10)))
struct KafkaOutageTests {
    @Test func startingBeforeTheBrokerAndItsKillUnderLoadLoseNothing() async throws {
        let broker = try KafkaBroker()
        let events = RecordedEvents()
        var options = KafkaSourceOptions(brokers: broker.brokers)
        options.topics = ["t"]
        let source = try KafkaBench.source(options, events: events)
        let planning = Task { try await source.planSomething(after: [:]) }
        // The source says that it waits, and goes on waiting.
        let waiting = "warning source 's': the brokers \(broker.brokers) do not answer: waiting ("
        while !events.notes.contains(where: { $0.hasPrefix(waiting) && $0.contains("Connection refused") }) {
            try await Task.sleep(nanoseconds: 10_000_000)
        }

        try await broker.restart()
        let bench = try await KafkaBench("unused", broker: broker)
        try await broker.createTopics("t", partitions: 2)
        let total = 40_000
        let producing = Task {
            try await bench.onThread { () throws(PipelineError) in
                let producer = try KafkaProducer(broker.configuration)
                for number in 0..<total {
                    try producer.send(
                        KafkaRecord(topic: "t", partition: Int32(number % 2), value: Array("v\(number)".utf8)),
                        timeoutMillis: 120_000)
                    if number % 100 == 0 { producer.pause(millis: 5) }
                }
                try producer.flush(timeoutMillis: 120_000)
            }
        }
        var committed: SourceOffsets = [:]
        var seen = Set<String>()
        var count = 0
        var ranges = try await planning.value
        var killed: Task<Void, any Error>?
        while true {
            // Small epochs, so that the kill meets plans and reads.
            for row in try await source.rows(ranges) {
                seen.insert(row)
                count += 1
            }
            committed = committed.after(ranges)
            if count == total { break }
            if killed == nil && count > 2000 {
                killed = Task {
                    try await broker.kill()
                    try await broker.restart()
                }
            }
            ranges = try await source.planSomething(after: committed, limits: EpochLimits(records: 1000))
        }
        try await producing.value
        try await killed?.value
        #expect(count == total)
        #expect(seen.count == total)
        #expect(killed != nil)
        #expect(events.notes.contains { $0.contains("the brokers answer again") })
        await source.close()
    }

    @Test func aWaitingPlanEndsWhenItsTaskIsCancelled() async throws {
        var options = KafkaSourceOptions(brokers: "127.0.0.1:9")
        options.topics = ["t"]
        let source = try KafkaBench.source(options, events: RecordedEvents())
        let planning = Task { try await source.plan(after: [:], limits: EpochLimits()) }
        planning.cancel()
        let error = await #expect(throws: PipelineError.self) { _ = try await planning.value }
        #expect(error?.code == .interrupted)
        await source.close()
    }
}
