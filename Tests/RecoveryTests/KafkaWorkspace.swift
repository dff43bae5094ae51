// SPDX-License-Identifier: Apache-2.0
import Blocking
import Failures
import Foundation
import KafkaClient
import StreamTesting
import Testing

/// A pipeline from a Kafka topic into a Delta table and a second topic, run as a process.
struct KafkaWorkspace {
    let folder = TemporaryFolder()
    let broker: KafkaBroker
    let input: String
    let output: String
    private let thread = BlockingThread(label: "kafka crash tests")

    init() async throws {
        let broker = try await KafkaBroker.shared()
        self.broker = broker
        let suffix = UInt32.random(in: 0 ... .max)
        (input, output) = ("in-\(suffix)", "out-\(suffix)")
        try await broker.createTopics(input, output, partitions: 2)
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
            try producer.flush(timeoutMillis: 180_000)
        }
    }

    /// Deletes the topic that is read, creates it again, and fills it with other records.
    func recreateInput(_ numbers: Range<Int>) async throws {
        try await broker.replaceTopic(input, partitions: 2)
        try await send(numbers)
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
        let topic = try await KafkaReader.lines(of: output, brokers: broker.brokers, format: "%k %s", atLeast: count)
        #expect(topic == (0..<count).map { "\($0) {\"id\":\($0),\"twice\":\($0 * 2)}" }.sorted())
    }
}
