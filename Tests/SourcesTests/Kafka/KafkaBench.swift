// SPDX-License-Identifier: Apache-2.0
import Blocking
import Columnar
import Failures
import KafkaClient
import StreamCore
import StreamTesting
import Synchronization

@testable import Sources

/// A topic of its own on the shared broker, and what tests do with it.
struct KafkaBench {
    let broker: KafkaBroker
    let topic: String
    let admin: KafkaAdmin
    let thread = BlockingThread(label: "kafka bench")

    /// A new topic.
    init(
        _ name: String, partitions: Int = 1, configuration: [String: String] = [:], broker: KafkaBroker? = nil
    ) async throws {
        let running: KafkaBroker
        if let broker { running = broker } else { running = try await KafkaBroker.shared() }
        self.broker = running
        topic = "\(name)-\(UInt32.random(in: 0 ... .max))"
        admin = try KafkaAdmin(running.configuration)
        try await createTopic(partitions: partitions, configuration: configuration)
    }

    func createTopic(partitions: Int, configuration: [String: String] = [:]) async throws {
        try await broker.createTopics(topic, partitions: partitions, configuration: configuration)
    }

    /// Waits until the brokers give these ends for the topic's partitions; changes of topics take a moment to come through.
    func awaitEnds(_ ends: [Int64]) async throws {
        let wanted = Dictionary(
            uniqueKeysWithValues: ends.enumerated().map { (KafkaPartition(topic, Int32($0)), $1) })
        for _ in 0..<1000 {
            if await broker.ends(of: Array(wanted.keys)) == wanted { return }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        throw PipelineError(.internalError, "the topic did not get the ends \(ends)")
    }

    func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws(PipelineError) -> Result
    ) async throws -> Result {
        try await thread.run(body)
    }

    /// Sends values `v<number>` to a partition and waits until they are there.
    func send(
        _ numbers: Range<Int>, to partition: Int32 = 0, key: String? = nil,
        timestampMillis: Int64? = nil
    ) async throws {
        let (broker, topic) = (broker, topic)
        try await thread.run { () throws(PipelineError) in
            let producer = try KafkaProducer(broker.configuration)
            for number in numbers {
                try producer.send(
                    KafkaRecord(
                        topic: topic, partition: partition, key: key.map { Array($0.utf8) },
                        value: Array("v\(number)".utf8), timestampMillis: timestampMillis))
                if KafkaBroker.needsSingleRecords { try producer.flush() }
            }
            try producer.flush()
        }
    }

    /// A source of the topic whose records are one STRING each.
    func source(
        starting: KafkaSourceOptions.StartingOffsets = .earliest, onDataLoss: KafkaSourceOptions.OnDataLoss = .fail,
        brokers: String? = nil, properties: [String: String] = [:], metadata: [String] = [],
        events: RecordedEvents = RecordedEvents(), configure: (inout KafkaSourceOptions) -> Void = { _ in }
    ) throws -> KafkaSource {
        var options = KafkaSourceOptions(brokers: brokers ?? broker.brokers)
        options.topics = [topic]
        options.startingOffsets = starting
        options.onDataLoss = onDataLoss
        options.properties = properties
        configure(&options)
        return try Self.source(options, metadata: metadata, events: events)
    }

    /// A source whose records are one STRING each.
    static func source(
        _ options: KafkaSourceOptions, metadata: [String] = [], events: RecordedEvents
    ) throws -> KafkaSource {
        let connector = SourceConnector.kafka(options)
        let declaration = SourceDeclaration(
            name: "s", connector: connector, format: .text, schema: Schema([Field("value", .string)]),
            metadataColumns: connector.metadataFields.filter { metadata.contains($0.name) })
        return try KafkaSource(
            declaration, options, pipeline: "test", memoryBytes: 16 << 20, clock: RealClock(), events: events)
    }

    func partition(_ number: Int32 = 0) -> SourcePartition { SourcePartition("\(topic)-\(number)") }

    /// Offsets of the only partition, as a checkpoint has them.
    func committed(_ offset: Int64) -> SourceOffsets { [partition(): Offset(offset)] }

    func range(_ start: Int64, _ end: Int64, of number: Int32 = 0) -> SourceRanges {
        [partition(number): OffsetRange(start: Offset(start), end: Offset(end))]
    }
}

extension KafkaSource {
    /// Everything in the ranges, by partition and offset: the first column as text.
    func rows(_ ranges: SourceRanges) async throws -> [String] {
        var rows: [String] = []
        for batch in try await batches(ranges) {
            for row in 0..<batch.rows.rowCount {
                if case .string(let text) = batch.rows.columns[0].value(at: row) { rows.append(text) }
            }
        }
        return rows
    }

    func batches(_ ranges: SourceRanges) async throws -> [SourceBatch] {
        var batches: [SourceBatch] = []
        for (partition, range) in ranges.sorted(by: { $0.key < $1.key }) {
            let reader = try await open(partition, range)
            while let batch = try await reader.next() { batches.append(batch) }
        }
        return batches
    }

    /// Plans until there is something to read.
    func planSomething(after committed: SourceOffsets, limits: EpochLimits = EpochLimits()) async throws -> SourceRanges
    {
        while true {
            let ranges = try await plan(after: committed, limits: limits)
            if ranges.values.contains(where: { $0.start < $0.end }) { return ranges }
            try await Task.sleep(nanoseconds: 5_000_000)
        }
    }
}

extension KafkaSource {
    /// Plans until these are the ranges; markers of transactions come a moment after the call that ends one. Gives the last plan.
    func plan(after committed: SourceOffsets, until wanted: SourceRanges) async throws -> SourceRanges {
        for _ in 0..<400 {
            let ranges = try await plan(after: committed, limits: EpochLimits())
            if ranges == wanted { return ranges }
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        return try await plan(after: committed, limits: EpochLimits())
    }
}

extension SourceOffsets {
    /// Where a source stands after these ranges.
    func after(_ ranges: SourceRanges) -> SourceOffsets { merging(ranges.mapValues(\.end)) { $1 } }
}
