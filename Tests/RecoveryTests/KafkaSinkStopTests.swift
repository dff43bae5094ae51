// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamTesting
import Testing

/// Stopping a run whose sink waits for a broker that is dead, or for one that is at work.
@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"), .timeLimit(.minutes(10)))
struct KafkaSinkStopTests {
    private let folder = TemporaryFolder()
    private let topic = "stopped-\(UInt32.random(in: 0 ... .max))"

    private var url: URL { URL(fileURLWithPath: folder.path) }

    /// Files into a topic, of which the first are there already.
    private func write(_ broker: KafkaBroker) async throws {
        try await broker.createTopics(topic, partitions: 1)
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
        try add(0..<10)
        let pipeline = """
            {
              "name": "\(topic)", "trigger": { "interval": "10 ms" },
              "sources": { "numbers": { "type": "files", "path": "in", "schema": "id BIGINT NOT NULL" } },
              "sinks": {
                "topic": { "type": "kafka", "from": "numbers", "brokers": "\(broker.brokers)", "topic": "\(topic)" }
              },
              "checkpoint": "state"
            }
            """
        try pipeline.write(toFile: folder.path + "/p.json", atomically: true, encoding: .utf8)
    }

    private func add(_ numbers: Range<Int>) throws {
        let lines = numbers.map { "{\"id\":\($0)}\n" }.joined()
        try lines.write(toFile: folder.path + "/in/\(numbers.lowerBound).jsonl", atomically: true, encoding: .utf8)
    }

    private func start() throws -> RunningProcess {
        try MillraceProcess.start(["run", "p.json", "--progress", "none"], in: url)
    }

    private func spooled() -> Bool { !folder.files(below: "state/spool/topic").isEmpty }

    private func firstEpochIsOver(_ process: RunningProcess, _ broker: KafkaBroker) async throws {
        try await process.poll { try await KafkaReader.lines(of: topic, brokers: broker.brokers).count == 10 }
        await process.wait { [self] in !spooled() }
    }

    @Test func aDecidedEpochIsLeftToTheNextRunSoon() async throws {
        let broker = try await KafkaBroker.start()
        try await write(broker)
        let process = try start()
        try await firstEpochIsOver(process, broker)
        try await broker.kill()
        try add(10..<20)
        await process.wait { [self] in spooled() }
        try await stopSoon(process, saying: "epoch 1 is decided, but not in every sink yet; the next run publishes it")
        // The next run waits for the broker before it knows what is in the topic, and may be stopped as soon.
        let second = try start()
        await second.wait { second.errors.contains("do not answer: waiting") }
        try await stopSoon(second, saying: "do not answer: waiting")
        try await broker.restart()
        try await expectRestGivesAll(20, broker)
    }

    private func stopSoon(_ process: RunningProcess, saying text: String) async throws {
        let clock = ContinuousClock()
        let asked = clock.now
        let outcome = await process.stop()
        #expect(asked.duration(to: clock.now) < .seconds(15), "\(outcome.errors)")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }

    private func expectRestGivesAll(_ count: Int, _ broker: KafkaBroker) async throws {
        let rest = try await MillraceProcess.run(
            ["run", "p.json", "--progress", "none", "--available-now"], in: url)
        #expect(rest.status == 0, "\(rest.errors)")
        let lines = try await KafkaReader.lines(of: topic, brokers: broker.brokers, atLeast: count)
        #expect(lines == (0..<count).map { "{\"id\":\($0)}" }.sorted())
    }

    @Test func aStopFinishesAnEpochWhoseBrokerAnswers() async throws {
        let broker = try await KafkaBroker.shared()
        try await write(broker)
        let process = try start()
        // The first transaction of a broker may take long, since it makes the log of transactions.
        try await firstEpochIsOver(process, broker)
        // Large enough that the transaction is not over when the stop comes.
        try add(10..<50_000)
        await process.wait { [self] in spooled() }
        let stopped = await process.stop()
        #expect(stopped.status == 0, "\(stopped.errors)")
        #expect(!stopped.errors.contains("the next run publishes it"), "\(stopped.errors)")
        // It is all there before the next run starts: the stop waited for it.
        let lines = try await KafkaReader.lines(of: topic, brokers: broker.brokers, atLeast: 11)
        #expect(lines.count > 10 && lines.count == Set(lines).count)
        try await expectRestGivesAll(50_000, broker)
    }
}
