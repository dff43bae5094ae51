// SPDX-License-Identifier: Apache-2.0
import Blocking
import Failures
import Foundation
import KafkaClient
import StreamTesting
import Testing

/// What partitions of a real topic do to windows: a lagging one holds them, an idle one does not, and progress names the one that does.
@Suite(
    .enabled(
        if: KafkaBroker.has(.apacheKafka) && DeltaReader.python != nil,
        "needs Apache Kafka (MILLRACE_KAFKA) and MILLRACE_PYTHON with deltalake"), .timeLimit(.minutes(10)))
struct KafkaWatermarkTests {
    private let folder = TemporaryFolder()
    private let thread = BlockingThread(label: "kafka watermark tests")
    private let broker: KafkaBroker
    private let topic: String

    init() async throws {
        broker = try await KafkaBroker.shared()
        topic = "times-\(UInt32.random(in: 0 ... .max))"
        try await broker.createTopics(topic, partitions: 2)
        let pipeline = """
            {
              "name": "times", "maxRecordsPerEpoch": 40, "workers": 2,
              "sources": {
                "events": {
                  "type": "kafka", "brokers": "\(broker.brokers)", "topics": ["\(topic)"],
                  "schema": "ts TIMESTAMP NOT NULL, p INT NOT NULL",
                  "watermark": { "column": "ts", "delay": "0 seconds", "idleAfter": "2 seconds" }
                }
              },
              "transforms": {
                "minutes": {
                  "sql": "SELECT window.start AS start, count(*) AS n, sum(p) AS p FROM events GROUP BY window(ts, '1 minute')"
                }
              },
              "sinks": { "table": { "type": "delta", "from": "minutes", "table": "table" } },
              "deadLetters": { "type": "delta", "table": "dead" },
              "checkpoint": "state"
            }
            """
        try pipeline.write(toFile: folder.path + "/p.json", atomically: true, encoding: .utf8)
    }

    private var url: URL { URL(fileURLWithPath: folder.path) }

    /// Sends a record for each of these seconds after midnight to a partition.
    private func send(_ seconds: some Sequence<Int> & Sendable, to partition: Int32) async throws {
        let (broker, topic) = (broker, topic)
        try await thread.run { () throws(PipelineError) in
            let producer = try KafkaProducer(broker.configuration)
            for second in seconds {
                let value = "{\"ts\":\"2026-01-01T\(Self.time(second))Z\",\"p\":\(partition)}"
                try producer.send(KafkaRecord(topic: topic, partition: partition, value: Array(value.utf8)))
            }
            try producer.flush()
        }
    }

    private static func time(_ second: Int) -> String {
        [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    private func windows() async throws -> [String] {
        let rows = try? await DeltaReader.rows(of: url.appendingPathComponent("table"), columns: ["start", "n", "p"])
        return rows ?? []
    }

    private static func window(_ minute: Int, n: Int, p: Int) -> String {
        "{\"n\": \(n), \"p\": \(p), \"start\": \"2026-01-01 \(time(minute * 60))+00:00\"}"
    }

    /// What an event of a run's progress says of the source.
    private struct Progress: Sendable {
        let holder: String?
        let lag: Int
        let watermark: String?
    }

    /// A run that tells its progress.
    private struct Run {
        let process: RunningProcess

        /// The events so far.
        func progress() throws -> [Progress] {
            // The last line may not be whole yet.
            let lines = process.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            return try lines.compactMap { line in
                let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                guard let sources = event?["sources"] as? [[String: Any]],
                    let metrics = sources.first?["metrics"] as? [String: Any]
                else { return nil }
                return Progress(
                    holder: metrics["watermarkPartition"] as? String, lag: metrics["lag"] as? Int ?? 0,
                    watermark: metrics["watermark"] as? String)
            }
        }

        /// Waits until an event is as wanted.
        func wait(until isWanted: (Progress) -> Bool, _ meanwhile: () async throws -> Void = {}) async throws {
            while try !progress().contains(where: isWanted), process.isRunning {
                try await meanwhile()
                try await Task.sleep(nanoseconds: 100_000_000)
            }
        }

        func stop() async { #expect(await process.stop().status == 0) }
    }

    private func start(interval: String) throws -> Run {
        Run(
            process: try MillraceProcess.start(
                ["run", "p.json", "--progress", "json", "--set", "trigger={\"interval\":\"\(interval)\"}"], in: url))
    }

    private func expectNothingLate() async throws {
        #expect(try await DeltaReader.rows(of: url.appendingPathComponent("dead"), columns: ["code"]) == [])
    }

    @Test func aLaggingPartitionHoldsTheWindowsHoweverLongAndIsNamed() async throws {
        // Partition 0 is past the tenth minute at once; partition 1 has a thousand records of the first minute, 40 an epoch.
        try await send([600], to: 0)
        try await send((0..<1000).map { $0 * 59 / 1000 }, to: 1)
        let run = try start(interval: "200 ms")
        try await run.wait(until: { $0.lag == 0 })
        await run.stop()
        let lagging = try run.progress().prefix { $0.lag > 0 }
        let held = lagging.drop { $0.holder != "\(topic)-1" }
        // Longer than the two seconds after which partition 0, at its end, is idle.
        #expect(held.count >= 15, "\(lagging)")
        #expect(held.allSatisfy { $0.holder == "\(topic)-1" }, "\(held)")
        #expect(lagging.allSatisfy { ($0.watermark ?? "") <= "2026-01-01T00:00:59.000Z" }, "\(lagging)")
        // Both are read to their end now: the first minute closes without a record of it being late.
        let rest = try start(interval: "10 ms")
        while try await windows().isEmpty, rest.process.isRunning {}
        await rest.stop()
        #expect(try await windows() == [Self.window(0, n: 1000, p: 1000)])
        try await expectNothingLate()
    }

    @Test func anIdlePartitionLetsTheWindowsGoOnOnceItsTimeIsOver() async throws {
        try await send([0, 30], to: 0)
        try await send(stride(from: 0, through: 600, by: 10), to: 1)
        let run = try start(interval: "10 ms")
        // Partition 0 stands at half a minute and holds all windows until it has been idle for two seconds; partition 1 goes on.
        var second = 600
        try await run.wait(until: { $0.holder == "\(topic)-1" }) {
            second += 1
            try await send([second], to: 1)
        }
        #expect(second < 660)
        while try await windows().count < 10, run.process.isRunning {}
        await run.stop()
        let seen = try run.progress()
        let held = seen.prefix { $0.holder == "\(topic)-0" }
        #expect(!held.isEmpty)
        #expect(held.allSatisfy { ($0.watermark ?? "") <= "2026-01-01T00:00:30.000Z" }, "\(held)")
        let went = seen.filter { $0.holder == "\(topic)-1" }
        #expect(went.contains { ($0.watermark ?? "") >= "2026-01-01T00:10:00.000Z" }, "\(seen)")
        #expect(
            try await windows()
                == ([Self.window(0, n: 8, p: 6)] + (1..<10).map { Self.window($0, n: 6, p: 6) }).sorted())
        try await expectNothingLate()
    }
}
