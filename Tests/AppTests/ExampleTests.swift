// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import KafkaClient
import StreamTesting
import Testing

/// Runs every pipeline of `examples/` as its README says, and reads the tables with an independent reader.
@Suite(.enabled(if: DeltaReader.python != nil, "needs Python with deltalake: MILLRACE_PYTHON"))
struct ExampleTests {
    private static var names: [String] {
        let folder = ProjectFolder.project.appending(path: "examples")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.contains(".") && !$0.hasSuffix("-kafka") }.sorted()
    }

    private let folder = ProjectFolder()

    init() throws {
        try FileManager.default.copyItem(
            at: ProjectFolder.project.appending(path: "examples"), to: folder.url.appending(path: "examples"))
    }

    @Test(arguments: names)
    func exampleOfFilesGivesItsRowsOnce(name: String) async throws {
        let pipeline = "examples/\(name)/pipeline.json"
        #expect(try await folder.millrace("validate", pipeline).status == 0)
        for _ in 0..<2 {
            let outcome = try await folder.millrace("run", pipeline, "--available-now", "--progress", "none")
            #expect(outcome.status == 0, "\(outcome.errors)")
            try await compare(name)
        }
    }

    @Test func testsOfExamplesPass() async throws {
        let outcome = try await folder.millrace("test", "examples")
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func kafkaExampleGivesItsRowsOnce() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("iot.readings", partitions: 4)
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers))
        let lines = try folder.read("examples/iot-kafka/input/readings.jsonl").split(separator: "\n")
        for (index, line) in lines.enumerated() {
            try producer.send(
                KafkaRecord(topic: "iot.readings", partition: Int32(index % 4), value: Array(line.utf8)))
        }
        try producer.flush()
        for _ in 0..<2 {
            let outcome = try await folder.millrace(
                "run", "examples/iot-kafka/pipeline.json", "--available-now", "--progress", "none",
                environment: ["KAFKA_BROKERS": cluster.brokers])
            #expect(outcome.status == 0, "\(outcome.errors)")
            try await compare("iot-kafka")
        }
        #expect(try folder.versions(of: "data/iot-kafka/readings").count == 2)
        let inferred = try await folder.millrace(
            "infer", "kafka://\(cluster.brokers)/iot.readings", "--format", "json")
        let answer = try JSONValue(parsing: inferred.output)
        #expect(
            answer["schema"]
                == "device STRING, ts TIMESTAMP, temperature DOUBLE, humidity DOUBLE, site STRING, seq BIGINT, ok BOOLEAN"
        )
        #expect(answer["source"]?["topics"] == ["iot.readings"])
    }

    @Test(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"))
    func exampleIntoATopicGivesItsRecordsOnce() async throws {
        let broker = try await KafkaBroker.shared()
        try await broker.createTopics("iot.alerts", partitions: 4)
        let expected = try folder.read("examples/files-to-kafka/expected/topics/iot.alerts.txt")
            .split(separator: "\n").map(String.init)
        for _ in 0..<2 {
            let outcome = try await folder.millrace(
                "run", "examples/files-to-kafka/pipeline.json", "--available-now", "--progress", "none",
                environment: ["KAFKA_BROKERS": broker.brokers])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let records = try await KafkaReader.lines(
                of: "iot.alerts", brokers: broker.brokers, format: "%k [%h] %s", atLeast: expected.count)
            #expect(records == expected)
            try await compare("files-to-kafka")
        }
    }

    /// Compares each table with the file of the same name below `expected`, which also says which columns.
    private func compare(_ name: String) async throws {
        let expected = folder.url.appending(path: "examples/\(name)/expected")
        let files = try FileManager.default.subpathsOfDirectory(atPath: expected.path).filter { $0.hasSuffix(".jsonl") }
        #expect(!files.isEmpty)
        for file in files {
            let lines = try String(contentsOf: expected.appending(path: file), encoding: .utf8)
                .split(separator: "\n").map(String.init)
            let first = try JSONValue(parsing: try #require(lines.first))
            let rows = try await DeltaReader.rows(
                of: folder.url.appending(path: String(file.dropLast(6))), columns: (first.members ?? []).map(\.name))
            #expect(rows == lines, "\(file)")
        }
    }
}
