// SPDX-License-Identifier: Apache-2.0
import Blocking
import Failures
import Foundation
import KafkaClient
import StreamTesting
import Testing

/// Stopping a run whose sink waits for a broker that is dead, with a broker of its own.
@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"), .timeLimit(.minutes(10)))
struct KafkaSinkStopTests {
    private let folder = TemporaryFolder()

    private var url: URL { URL(fileURLWithPath: folder.path) }

    private func create(_ topic: String, _ broker: KafkaBroker) async throws {
        try await BlockingThread(label: "kafka sink stop").run { () throws(PipelineError) in
            let admin = try KafkaAdmin(broker.configuration)
            try admin.createTopic(topic, partitions: 1)
            for _ in 0..<500 {
                if try admin.metadata(topics: [topic]).first?.partitionCount == 1 { return }
            }
        }
    }

    /// Files into a topic.
    private func write(_ broker: KafkaBroker) async throws {
        try await create("out", broker)
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
        try add(0..<10)
        let pipeline = """
            {
              "name": "stop-sink", "trigger": { "interval": "10 ms" },
              "sources": { "numbers": { "type": "files", "path": "in", "schema": "id BIGINT NOT NULL" } },
              "sinks": {
                "topic": { "type": "kafka", "from": "numbers", "brokers": "\(broker.brokers)", "topic": "out" }
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

    private func start() throws -> (Process, errors: Pipe) {
        let process = Process()
        process.executableURL = MillraceProcess.binary
        process.arguments = ["run", "p.json", "--progress", "none"]
        process.currentDirectoryURL = url
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        return (process, errors)
    }

    /// Stops the process, and gives what it said and how long it took.
    private func stop(_ process: Process, _ errors: Pipe) -> (text: String, seconds: Double) {
        let clock = ContinuousClock()
        let started = clock.now
        process.terminate()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let took = started.duration(to: clock.now).components
        return (text, Double(took.seconds) + Double(took.attoseconds) / 1e18)
    }

    private func spooled() -> Bool { !folder.files(below: "state/spool/topic").isEmpty }

    @Test func aDecidedEpochIsLeftToTheNextRunSoon() async throws {
        let broker = try await KafkaBroker.start()
        try await write(broker)
        let (process, errors) = try start()
        while try await KafkaReader.lines(of: "out", brokers: broker.brokers).count < 10, process.isRunning {}
        while spooled(), process.isRunning { try await Task.sleep(nanoseconds: 10_000_000) }
        try await broker.kill()
        try add(10..<20)
        while !spooled(), process.isRunning { try await Task.sleep(nanoseconds: 10_000_000) }
        let (text, seconds) = stop(process, errors)
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(seconds < 15, "it took \(seconds) s: \(text)")
        #expect(
            text.contains("epoch 1 is decided, but not in every sink yet; the next run publishes it"), "\(text)")
        // The next run waits for the broker before it knows what is in the topic, and may be stopped as soon.
        let (second, secondErrors) = try start()
        var said = ""
        while !said.contains("do not answer: waiting"), second.isRunning {
            said += String(decoding: secondErrors.fileHandleForReading.availableData, as: UTF8.self)
        }
        let (rest, secondSeconds) = stop(second, secondErrors)
        #expect(second.terminationStatus == 0, "\(said + rest)")
        #expect(secondSeconds < 15, "it took \(secondSeconds) s: \(said + rest)")
        try await broker.restart()
        let outcome = try await MillraceProcess.run(
            ["run", "p.json", "--progress", "none", "--available-now"], in: url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            try await KafkaReader.lines(of: "out", brokers: broker.brokers, atLeast: 20)
                == (0..<20).map { "{\"id\":\($0)}" }.sorted())
    }

    @Test func aStopFinishesAnEpochWhoseBrokerAnswers() async throws {
        let broker = try await KafkaBroker.shared()
        let topic = "stopped-\(UInt32.random(in: 0 ... .max))"
        try await create(topic, broker)
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
        // Large enough that the transaction is not over when the stop comes.
        try add(0..<200_000)
        try """
        {
          "name": "\(topic)", "trigger": { "interval": "10 ms" },
          "sources": { "numbers": { "type": "files", "path": "in", "schema": "id BIGINT NOT NULL" } },
          "sinks": {
            "topic": { "type": "kafka", "from": "numbers", "brokers": "\(broker.brokers)", "topic": "\(topic)" }
          },
          "checkpoint": "state"
        }
        """.write(toFile: folder.path + "/p.json", atomically: true, encoding: .utf8)
        let (process, errors) = try start()
        while !spooled(), process.isRunning { try await Task.sleep(nanoseconds: 1_000_000) }
        let (text, _) = stop(process, errors)
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(!text.contains("the next run publishes it"), "\(text)")
        // It is all there before the next run starts: the stop waited for it.
        let lines = try await KafkaReader.lines(of: topic, brokers: broker.brokers, atLeast: 1)
        #expect(!lines.isEmpty && lines.count == Set(lines).count)
        let rest = try await MillraceProcess.run(
            ["run", "p.json", "--progress", "none", "--available-now"], in: url)
        #expect(rest.status == 0, "\(rest.errors)")
        let all = try await KafkaReader.lines(of: topic, brokers: broker.brokers, atLeast: 200_000)
        #expect(all.count == 200_000 && Set(all).count == 200_000)
    }
}
