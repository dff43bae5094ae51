// SPDX-License-Identifier: Apache-2.0
import Foundation
import KafkaClient
import StreamTesting
import Testing

/// Stopping while a broker does not answer, with the cluster of librdkafka inside the test's process.
@Suite(.enabled(if: DeltaReader.python != nil, "needs MILLRACE_PYTHON with deltalake"), .timeLimit(.minutes(10)))
struct KafkaStopTests {
    private let folder = TemporaryFolder()
    private let cluster: MockCluster

    init() throws {
        cluster = try MockCluster()
        try cluster.createTopic("in", partitions: 1)
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers))
        for number in 0..<10 {
            try producer.send(KafkaRecord(topic: "in", partition: 0, value: Array("{\"id\":\(number)}".utf8)))
        }
        try producer.flush()
        let pipeline = """
            {
              "name": "stop", "trigger": { "availableNow": true },
              "sources": {
                "numbers": {
                  "type": "kafka", "brokers": "\(cluster.brokers)", "topics": ["in"], "schema": "id BIGINT NOT NULL"
                }
              },
              "sinks": { "table": { "type": "delta", "from": "numbers", "table": "table" } },
              "deadLetters": { "type": "delta", "table": "dead" },
              "checkpoint": "state"
            }
            """
        try pipeline.write(toFile: folder.path + "/p.json", atomically: true, encoding: .utf8)
    }

    private var url: URL { URL(fileURLWithPath: folder.path) }

    @Test func aReadThatWaitsForABrokerIsGivenUpAndItsEpochReadAgain() async throws {
        let planned = try await MillraceProcess.run(
            ["run", "p.json"], in: url, environment: ["MILLRACE_CRASH_AT": "plan.after"])
        #expect(planned.status == 99, "\(planned.errors)")
        cluster.delayAnswers(millis: 600_000)
        let process = try MillraceProcess.start(["run", "p.json", "--progress", "none"], in: url)
        await process.wait { process.errors.contains("reading epoch 0 again") }
        let stopped = await process.stop()
        #expect(stopped.status == 0, "\(stopped.errors)")
        #expect(stopped.errors.contains("stopped while waiting"), "\(stopped.errors)")
        cluster.delayAnswers(millis: 0)
        let outcome = try await MillraceProcess.run(["run", "p.json", "--progress", "none"], in: url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let rows = try await DeltaReader.rows(of: url.appendingPathComponent("table"), columns: ["id"])
        #expect(rows == (0..<10).map { "{\"id\": \($0)}" })
    }
}
