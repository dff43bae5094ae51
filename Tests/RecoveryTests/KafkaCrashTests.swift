// SPDX-License-Identifier: Apache-2.0
import Blocking
import Failures
import Foundation
import KafkaClient
import Sinks
import StreamCore
import StreamTesting
import Testing

/// A pipeline from a Kafka topic into a Delta table and a second topic, run as a process.
private struct KafkaWorkspace {
    let folder = TemporaryFolder()
    let broker: KafkaBroker
    let input: String
    let output: String
    private let thread = BlockingThread(label: "kafka crash tests")

    init() async throws {
        let broker = try await KafkaBroker.shared()
        self.broker = broker
        let suffix = UInt32.random(in: 0 ... .max)
        let names = ["in-\(suffix)", "out-\(suffix)"]
        (input, output) = (names[0], names[1])
        try await thread.run { () throws(PipelineError) in
            let admin = try KafkaAdmin(broker.configuration)
            for name in names { try admin.createTopic(name, partitions: 2) }
            // The broker's own list of topics follows a moment later.
            for _ in 0..<500 {
                if try admin.metadata(topics: names).allSatisfy({ $0.partitionCount == 2 }) { return }
            }
        }
        let pipeline = """
            {
              "name": "crash-\(suffix)",
              "trigger": { "availableNow": true },
              "maxRecordsPerEpoch": 10,
              "workers": 2,
              "sources": {
                "numbers": {
                  "type": "kafka", "brokers": "\(broker.brokers)", "topics": ["\(input)"],
                  "format": { "type": "json" }, "schema": "id BIGINT NOT NULL"
                }
              },
              "transforms": { "doubled": { "sql": "SELECT id, id * 2 AS twice FROM numbers" } },
              "sinks": {
                "table": { "type": "delta", "from": "numbers", "table": "table" },
                "topic": {
                  "type": "kafka", "from": "doubled", "brokers": "\(broker.brokers)", "topic": "\(output)", "key": "id"
                }
              },
              "deadLetters": { "type": "delta", "table": "dead" },
              "checkpoint": "state"
            }
            """
        try pipeline.write(toFile: folder.path + "/p.json", atomically: true, encoding: .utf8)
    }

    var url: URL { URL(fileURLWithPath: folder.path) }

    func send(_ numbers: Range<Int>) async throws {
        let (broker, input) = (broker, input)
        try await thread.run { () throws(PipelineError) in
            let producer = try KafkaProducer(broker.configuration)
            for number in numbers {
                try producer.send(
                    KafkaRecord(topic: input, partition: Int32(number % 2), value: Array("{\"id\":\(number)}".utf8)))
            }
            try producer.flush()
        }
    }

    func run(_ arguments: [String] = [], crashAt: String? = nil) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(
            ["run", "p.json", "--progress", "none"] + arguments, in: url,
            environment: crashAt.map { ["MILLRACE_CRASH_AT": $0] } ?? [:])
    }

    func runWell(_ arguments: [String] = []) async throws {
        let outcome = try await run(arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// Each record is in the table and in the topic once.
    func expectExact(_ count: Int) async throws {
        let table = try await DeltaReader.rows(of: url.appendingPathComponent("table"), columns: ["id"])
        #expect(table == (0..<count).map { "{\"id\": \($0)}" }.sorted())
        let topic = try await KafkaReader.lines(of: output, brokers: broker.brokers, format: "%k %s")
        #expect(topic == (0..<count).map { "\($0) {\"id\":\($0),\"twice\":\($0 * 2)}" }.sorted())
    }
}

@Suite(
    .enabled(
        if: KafkaBroker.has(.apacheKafka) && DeltaReader.python != nil,
        "needs Apache Kafka (MILLRACE_KAFKA) and MILLRACE_PYTHON with deltalake"), .timeLimit(.minutes(10)))
struct KafkaCrashTests {
    private static var steps: [String] {
        CrashPoint.allCases.map(\.rawValue) + KafkaSink.Step.allCases.map(\.rawValue)
    }

    @Test func crashesAtEveryStepWithKafkaOnBothSidesAreRepaired() async throws {
        let workspace = try await KafkaWorkspace()
        var count = 0
        for step in Self.steps {
            // Three epochs, the second of which crashes.
            try await workspace.send(count..<count + 30)
            let epoch = count / 10 + 1
            count += 30
            let crashed = try await workspace.run(crashAt: "\(step)@\(epoch)")
            #expect(crashed.status == 99, "\(step): \(crashed.errors)")
            let repaired = try await workspace.run()
            #expect(repaired.status == 0, "\(step): \(repaired.errors)")
            try await workspace.expectExact(count)
        }
    }

    @Test func aLostCheckpointIsRefusedAndTheTopicTellsWhereToGoOn() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<20)
        try await workspace.runWell()
        try FileManager.default.removeItem(atPath: workspace.folder.path + "/state")
        try await workspace.send(20..<30)
        let refused = try await workspace.run()
        #expect(refused.status == 4, "\(refused.errors)")
        #expect(refused.errors.contains("has already published epoch 1"), "\(refused.errors)")
        let recovered = try await workspace.run(["--recover-from-table"])
        #expect(recovered.status == 0, "\(recovered.errors)")
        try await workspace.expectExact(30)
    }

    @Test func anOlderCopyOfThePipelineIsRefusedOnceTheNewerOneHasPublished() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<10)
        try await workspace.runWell()
        let state = workspace.folder.path + "/state"
        try FileManager.default.copyItem(atPath: state, toPath: state + "-copy")
        try await workspace.send(10..<20)
        try await workspace.runWell()
        let copy = try await workspace.run(["--set", "checkpoint=state-copy"])
        #expect(copy.status == 4, "\(copy.errors)")
        try await workspace.expectExact(20)
    }

    @Test func aRunningZombieIsFencedByALaterRunOnACopyOfItsCheckpoint() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<10)
        try await workspace.runWell()
        let state = workspace.folder.path + "/state"
        // The Delta table would tell them apart first.
        let only = [
            "--set", "sinks.table.appId=zombie-\(workspace.output)", "--set", "sinks.table.table=zombie-table",
        ]
        let zombie = Process()
        zombie.executableURL = MillraceProcess.binary
        zombie.arguments = ["run", "p.json", "--progress", "json", "--set", "trigger={\"interval\":\"10 ms\"}"] + only
        zombie.currentDirectoryURL = workspace.url
        let (output, errors) = (Pipe(), Pipe())
        (zombie.standardOutput, zombie.standardError) = (output, errors)
        try zombie.run()
        try await workspace.send(10..<20)
        #expect(!output.fileHandleForReading.availableData.isEmpty)
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
        try FileManager.default.copyItem(atPath: state, toPath: state + "-copy")
        try? FileManager.default.removeItem(atPath: state + "-copy/lock")
        // The later run takes over, with nothing to do yet; then both find the same records.
        try await workspace.runWell(["--set", "checkpoint=state-copy"] + only)
        try await workspace.send(20..<30)
        let limit = Task {
            try await Task.sleep(for: .seconds(60))
            zombie.terminate()
        }
        zombie.waitUntilExit()
        limit.cancel()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(zombie.terminationStatus == 4, "\(text)")
        #expect(text.contains("fenced"), "\(text)")
        let topic = try await KafkaReader.lines(
            of: workspace.output, brokers: workspace.broker.brokers, format: "%k")
        #expect(Set(topic).count == topic.count)
    }
}
