// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import KafkaClient
import Testing

/// What the client does against librdkafka's own mock brokers, in this process.
struct MockClusterTests {
    private func consumer(_ cluster: MockCluster) throws -> KafkaConsumer {
        try KafkaConsumer(
            KafkaConfiguration(brokers: cluster.brokers), groupId: "test", queueBytes: 8 << 20, events: { _ in })
    }

    /// Reads `partition` from its queue until `end`.
    private func readAll(
        _ queue: KafkaPartitionQueue, upTo end: Int64, maxRecords: Int = 1000, parts: KafkaRecords.Parts = []
    ) async throws -> [KafkaRecords] {
        var batches: [KafkaRecords] = []
        while true {
            switch queue.read(upTo: end, maxRecords: maxRecords, maxBytes: 1 << 20, parts: parts) {
            case .records(let records): batches.append(records)
            case .end: return batches
            case .nothingYet: await queue.wait()
            case .outOfRange(let position): Issue.record("out of range at \(position)")
            case .failed(let code, let text): Issue.record("\(code) \(text)")
            }
        }
    }

    @Test func recordsComeBackAsTheyWereSent() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers))
        try producer.send(
            KafkaRecord(
                topic: "t", partition: 1, key: Array("k1".utf8), value: Array("one".utf8),
                timestampMillis: 1_700_000_000_123,
                headers: [.init("h", Array("x".utf8)), .init("h", nil)]))
        try producer.send(
            KafkaRecord(topic: "t", partition: 1, key: nil, value: nil, timestampMillis: 1_700_000_000_124))
        try producer.send(KafkaRecord(topic: "t", partition: 1, key: [], value: [], timestampMillis: 1_700_000_000_125))
        try producer.flush()

        let consumer = try consumer(cluster)
        let partition = KafkaPartition("t", 1)
        let queue = try consumer.start(partition, at: 0)
        let batches = try await readAll(queue, upTo: 3, parts: [.keys, .timestamps, .headers])
        let records = try #require(batches.first)
        #expect(batches.count == 1)
        #expect(records.offsets.array == [0, 1, 2])
        #expect(records.bytes.text == "one\n\n\n")
        #expect(records.starts.array == [0, 4, 5])
        #expect(records.ends.array == [3, 4, 5])
        #expect(records.nullValues?.array == [0, 1, 0])
        #expect(records.keys?.values == [.binary(Array("k1".utf8)), .null, .binary([])])
        #expect(
            records.timestamps?.values == [
                .timestamp(1_700_000_000_123_000), .timestamp(1_700_000_000_124_000), .timestamp(1_700_000_000_125_000),
            ])
        #expect(
            records.headers?.values == [
                .array([
                    .structure([.string("h"), .binary(Array("x".utf8))]), .structure([.string("h"), .null]),
                ]), .array([]), .array([]),
            ])
    }

    /// A broker that does not know a producer yet takes records of any sequence number from it. Were the next ones on their way
    /// already when the first ones are refused, it would take them, and the library would believe the first ones delivered.
    @Test func recordsThatAreRefusedAtFirstAreThereOnceAndInOrder() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let eachAlone = ["linger.ms": "0", "batch.num.messages": "1"]
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers, properties: eachAlone))
        cluster.delayAnswers(millis: 20)
        cluster.refuseRecords(times: 1)
        for number in 0..<20 {
            try producer.send(KafkaRecord(topic: "t", partition: 0, value: Array("\(number)".utf8)))
        }
        try producer.flush()
        cluster.delayAnswers(millis: 0)

        let consumer = try consumer(cluster)
        let end = try consumer.offsets(of: [KafkaPartition("t", 0): .latest], timeoutMillis: 5000)
        try #require(end == [KafkaPartition("t", 0): 20])
        let queue = try consumer.start(KafkaPartition("t", 0), at: 0)
        let texts = try await readAll(queue, upTo: 20).map { $0.bytes.text }
        #expect(texts.joined() == (0..<20).map { "\($0)\n" }.joined())
    }

    @Test func readingStopsAtTheEndAskedForAndGoesOnThere() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers))
        let (bytes, starts, ends) = numbered(0..<1000)
        try producer.send(to: "t", partition: 0, bytes: bytes, starts: starts, ends: ends)
        try producer.flush()

        let consumer = try consumer(cluster)
        let queue = try consumer.start(KafkaPartition("t", 0), at: 100)
        let first = try await readAll(queue, upTo: 350, maxRecords: 100)
        #expect(first.map(\.count) == [100, 100, 50])
        #expect(first.flatMap { $0.offsets.array } == Array(100..<350))
        #expect(queue.position == 350)
        let second = try await readAll(queue, upTo: 1000)
        #expect(second.flatMap { texts($0) } == (350..<1000).map { "v\($0)" })
        try consumer.restart(queue, at: 990)
        let third = try await readAll(queue, upTo: 1000)
        #expect(third.flatMap { $0.offsets.array } == Array(990..<1000))
    }

    @Test func batchesKeepToTheirByteBound() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers))
        for size in [10, 500, 2000, 10, 10] {
            try producer.send(KafkaRecord(topic: "t", partition: 0, value: [UInt8](repeating: 65, count: size)))
        }
        try producer.flush()
        let queue = try consumer(cluster).start(KafkaPartition("t", 0), at: 0)
        var counts: [Int] = []
        reading: while true {
            switch queue.read(upTo: 5, maxRecords: 100, maxBytes: 1000) {
            case .records(let records): counts.append(records.bytes.count)
            case .nothingYet: await queue.wait()
            default: break reading
            }
        }
        #expect(counts.reduce(0, +) == 2530 + 5)
        #expect(counts.allSatisfy { $0 <= 1000 || $0 == 2001 })
    }

    @Test func metadataAndOffsetsAreLookedUp() throws {
        let cluster = try MockCluster()
        try cluster.createTopic("there", partitions: 3)
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers))
        let (bytes, starts, ends) = numbered(0..<25)
        try producer.send(to: "there", partition: 2, bytes: bytes, starts: starts, ends: ends)
        try producer.flush()
        let consumer = try consumer(cluster)
        let topics = try consumer.metadata(topics: ["there"], timeoutMillis: 10_000)
        #expect(topics.map(\.name) == ["there"])
        #expect(topics.map(\.partitionCount) == [3])
        let partitions = (0..<3).map { KafkaPartition("there", Int32($0)) }
        let latest = try consumer.offsets(
            of: Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), timeoutMillis: 10_000)
        #expect(latest == [partitions[0]: 0, partitions[1]: 0, partitions[2]: 25])
        let earliest = try consumer.offsets(of: [partitions[2]: .earliest], timeoutMillis: 10_000)
        #expect(earliest == [partitions[2]: 0])
    }

    @Test func groupOffsetsAreCommittedInTheBackground() throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let consumer = try consumer(cluster)
        let partition = KafkaPartition("t", 0)
        _ = try consumer.metadata(topics: ["t"], timeoutMillis: 10_000)
        consumer.commit([partition: 42])
        consumer.finishCommits(timeoutMillis: 10_000)
        #expect(try consumer.committed([partition], timeoutMillis: 10_000) == [partition: 42])
    }

    @Test func aPositionPastTheLogIsReported() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let queue = try consumer(cluster).start(KafkaPartition("t", 0), at: 500)
        while true {
            switch queue.read(upTo: 600, maxRecords: 10, maxBytes: 1000) {
            case .nothingYet: await queue.wait()
            case .outOfRange(let position):
                #expect(position == 500)
                return
            default:
                Issue.record("a position past the log must be out of range")
                return
            }
        }
    }

    @Test func noBrokerIsATimeOutAndNotAnEnd() throws {
        let cluster = try MockCluster()
        let brokers = cluster.brokers
        cluster.takeDown()
        let consumer = try KafkaConsumer(
            KafkaConfiguration(brokers: brokers), groupId: "g", queueBytes: 1 << 20, events: { _ in })
        let error = #expect(throws: PipelineError.self) {
            _ = try consumer.metadata(topics: ["t"], timeoutMillis: 200)
        }
        #expect(error?.code == .sourceUnavailable)
        #expect(error?.retry == .withBackoff)
    }
}

/// Values `v<number>` of a range, one after another.
private func numbered(_ range: Range<Int>) -> (Buffer<UInt8>, Buffer<Int32>, Buffer<Int32>) {
    var bytes: [UInt8] = []
    var (starts, ends): ([Int32], [Int32]) = ([], [])
    for number in range {
        starts.append(Int32(bytes.count))
        bytes += Array("v\(number)".utf8)
        ends.append(Int32(bytes.count))
    }
    return (Buffer(bytes), Buffer(starts), Buffer(ends))
}

private func texts(_ records: KafkaRecords) -> [String] {
    (0..<records.count).map { records.bytes.slice(Int(records.starts[$0])..<Int(records.ends[$0])).text }
}
