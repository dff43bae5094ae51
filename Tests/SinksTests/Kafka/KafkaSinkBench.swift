// SPDX-License-Identifier: Apache-2.0
import Blocking
import Columnar
import Failures
import KafkaClient
import Sinks
import StreamCore
import StreamTesting

/// A topic of its own on the shared broker, and sinks that write to it.
struct KafkaSinkBench {
    static let schema = Schema([
        Field("n", .bigint, nullable: false), Field("s", .string), Field("day", .date), Field("raw", .binary),
    ])

    let broker: KafkaBroker
    let topic: String
    let folder = TemporaryFolder()
    let events = RecordedEvents()

    init(_ name: String, partitions: Int = 2, configuration: [String: String] = [:], broker: KafkaBroker? = nil)
        async throws
    {
        let running: KafkaBroker
        if let broker { running = broker } else { running = try await KafkaBroker.shared() }
        self.broker = running
        topic = "\(name)-\(UInt32.random(in: 0 ... .max))"
        try await running.createTopics(topic, partitions: partitions, configuration: configuration)
    }

    func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws(PipelineError) -> Result
    ) async throws -> Result {
        try await BlockingThread(label: "kafka sink bench").run(body)
    }

    func sink(
        commitTimeoutMillis: Int = -1, brokers: String? = nil, properties: [String: String] = [:],
        configure: (inout KafkaSinkOptions) -> Void = { _ in },
        stepHook: @escaping @Sendable (KafkaSink.Step, Epoch) -> Void = { _, _ in }
    ) throws -> KafkaSink {
        var options = KafkaSinkOptions(brokers: brokers ?? broker.brokers, topic: topic)
        options.properties = properties
        options.appId = topic
        configure(&options)
        let declaration = SinkDeclaration(
            name: "out", from: "rows", schema: Self.schema, connector: .kafka(options))
        return try KafkaSink(
            declaration: declaration, options: options, pipeline: "p", checkpoint: folder.path, clock: RealClock(),
            events: events, commitTimeoutMillis: commitTimeoutMillis, stepHook: stepHook)
    }

    func batch(_ numbers: [Int64]) -> ColumnBatch {
        ColumnBatch(
            schema: Self.schema,
            columns: [
                Column(.bigint, numbers.map { .bigint($0) }),
                Column(.string, numbers.map { $0 % 3 == 0 ? .null : .string("row \"\($0)\"") }),
                Column(.date, numbers.map { .date(Int32($0)) }),
                Column(.binary, numbers.map { .binary([UInt8(truncatingIfNeeded: $0), 0x41]) }),
            ], rowCount: numbers.count)
    }

    func provenance(_ epoch: Int64) -> Provenance {
        Provenance(
            pipeline: "p", pipelineHash: "h", epoch: Epoch(epoch),
            offsets: ["in": [SourcePartition("a"): Offset(epoch * 10)]],
            starts: ["in": [SourcePartition("a"): Offset(0)]])
    }

    func prepare(_ sink: KafkaSink, _ epoch: Int64, _ shares: [[Int64]]) async throws -> SinkToken {
        var writers: [any SinkWriter] = []
        for share in shares {
            let writer = try sink.makeWriter(for: Epoch(epoch))
            try writer.append(batch(share))
            writers.append(writer)
        }
        return try await sink.prepare(Epoch(epoch), writers: writers)
    }

    /// Publishes as the engine does: again after failures that a repetition can cure.
    func publish(_ sink: KafkaSink, _ epoch: Int64, _ token: SinkToken) async throws -> PublishOutcome {
        for _ in 0..<100 {
            do throws(PipelineError) {
                return try await sink.publish(Epoch(epoch), token, provenance: provenance(epoch))
            } catch {
                guard error.retry == .withBackoff else { throw error }
                try await Task.sleep(nanoseconds: 50_000_000)
            }
        }
        throw PipelineError(.internalError, "a hundred tries were not enough")
    }

    /// What consumers see once that are these numbers, or else at last: markers of transactions come a moment after the call that ends
    /// one.
    func numbers(until wanted: [Int]) async throws -> [Int] {
        for _ in 0..<1000 {
            let numbers = try await numbers()
            if numbers == wanted { return numbers }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
        return try await numbers()
    }

    /// What consumers see: the numbers in order.
    func numbers() async throws -> [Int] {
        let lines = try await KafkaReader.lines(of: topic, brokers: broker.brokers)
        return lines.compactMap { line in
            Int(line.drop { !$0.isNumber }.prefix { $0.isNumber })
        }.sorted()
    }

    var spoolFiles: [String] { folder.files(below: "spool/out") }
}
