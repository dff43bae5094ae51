// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Columnar
public import Failures
import Formats
import KafkaClient
public import StreamCore
import Synchronization

/// Topics of a Kafka cluster as a source: partition `topic-number`, position the Kafka offset.
///
/// - Ends of an epoch are the last stable offsets at its plan, so that the same range read again gives the same records; aborted
///   transactions and control records are never given.
/// - Partitions are fetched in the background from epoch to epoch; not reading one pauses it when its queue is full.
/// - A broker that is away is waited for; what waiting cannot cure is thrown: see `plan` and `PartitionReader.next`.
/// - A record without a value (tombstone) is malformed with `missingValue`.
/// - Offsets carry a fingerprint of the last record that was read before them. A partition that has another record there is
///   refused, before any of it is read by this process: its topic was deleted and created again (librdkafka does not tell topic ids).
/// - Not guaranteed: that this is noticed when that record is gone, or when the topic goes and comes back between two looks
///   at the topics, a second apart, and has got past what we had read.
public final class KafkaSource: Source {
    /// The declared columns, then the metadata columns that SQL names.
    public let schema: Schema

    let declaration: SourceDeclaration
    let options: KafkaSourceOptions
    let configuration: KafkaConfiguration
    let events: any RunEvents
    let clock: any Clock
    let thread: BlockingThread
    let state: Mutex<State>
    /// What the client has said by itself. Knows nothing of the client, since the client's threads hold it.
    let journal: KafkaJournal
    /// Where readers put the values of a batch; a few of them read at once.
    let blocks = BlockPool(blockBytes: KafkaPartitionReader.bytesPerBatch, keepingAtMost: 4)
    private let groupId: String
    private let memoryBytes: Int

    /// What changes over a run.
    struct State: Sendable {
        var consumer: KafkaConsumer?
        var feeds: [KafkaPartition: KafkaFeed] = [:]
        /// For how many partitions the client's queues are sized.
        var fittedPartitions = KafkaSource.usualPartitions
        var catalog = KafkaCatalog()
        /// Where partitions start that the first plan found and the checkpoint did not know.
        var firstStarts: [KafkaPartition: Int64]?
        /// Where this run ends, when it has an end.
        var finalEnds: [KafkaPartition: Int64]?
        var plans = 0
        /// The first and the end of the records of each partition at the last plan.
        var bounds: [KafkaPartition: KafkaPlanner.Bounds]?
        var averageRecordBytes = 1024.0
        /// Partitions that are known to hold what was read of them.
        var verified: Set<KafkaPartition> = []
    }

    /// A source; nothing is connected before the first plan.
    ///
    /// - Parameters:
    ///   - options: must be those of the declaration's connector.
    ///   - memoryBytes: about how much memory the records that wait in queues may take, all partitions together.
    /// - Throws: what makes the format and schema impossible to read.
    public init(
        _ declaration: SourceDeclaration, _ options: KafkaSourceOptions, pipeline: String, memoryBytes: Int,
        clock: any Clock, events: any RunEvents
    ) throws(PipelineError) {
        let decoder = try RecordDecoder(
            format: declaration.format, schema: declaration.schema, unknownFields: declaration.unknownFields,
            observer: declaration.unknownFieldObserver)
        schema = Schema(decoder.schema.fields + declaration.metadataColumns)
        self.declaration = declaration
        self.options = options
        self.events = events
        self.clock = clock
        self.memoryBytes = memoryBytes
        configuration = KafkaConfiguration(brokers: options.brokers, properties: options.properties)
        groupId = "millrace-\(pipeline)-\(declaration.name)"
        thread = BlockingThread(label: "kafka.\(declaration.name)")
        state = Mutex(State())
        journal = KafkaJournal(component: "source '\(declaration.name)'", events: events)
    }

    /// Where events of this source come from, in messages.
    var component: String { journal.component }

    /// More than this waiting in one partition's queue only pushes it out of the processor's caches.
    private static let maximumQueueBytes = 16 << 20
    /// For how many partitions a client is set up before it is known how many there are.
    static let usualPartitions = 8

    /// The share of one of so many partitions in the memory for queues.
    func queueBytes(partitions: Int) -> Int { min(Self.maximumQueueBytes, memoryBytes / max(1, partitions)) }

    /// A client that is set up for `partitions` partitions. Waits for nothing.
    func makeConsumer(partitions: Int) throws(PipelineError) -> KafkaConsumer {
        let journal = journal
        return try KafkaConsumer(
            configuration, groupId: groupId, queueBytes: queueBytes(partitions: partitions),
            events: { journal.take($0) })
    }

    /// The client, made when there is none. On the blocking thread.
    func connected() throws(PipelineError) -> KafkaConsumer {
        if let running = state.withLock({ $0.consumer }) { return running }
        let consumer = try makeConsumer(partitions: Self.usualPartitions)
        state.withLock { $0.consumer = consumer }
        return consumer
    }

    /// Opens a planned range. Fetching goes on where it stands when that is the range's start, which is the rule.
    public func open(
        _ partition: SourcePartition, _ range: OffsetRange
    ) async throws(PipelineError) -> any PartitionReader {
        guard let partition = KafkaPartition(name: partition.name) else { throw Self.foreign(partition) }
        let (start, end) = (range.start.position, range.end.position)
        // A range that an earlier run planned comes without a plan of this run.
        if let mark = unverified(partition, range.end) {
            let known = try await thread.run { () throws(PipelineError) in
                try self.feed(of: partition, at: mark.offset)
            }
            try await verify(known, mark)
        }
        let feed = try await thread.run { () throws(PipelineError) in try self.feed(of: partition, at: start) }
        return KafkaPartitionReader(self, feed, end: end)
    }

    /// The partition's feed, standing at `start`. On the blocking thread.
    func feed(of partition: KafkaPartition, at start: Int64) throws(PipelineError) -> KafkaFeed {
        let consumer = try connected()
        if let found = state.withLock({ $0.feeds[partition] }) {
            if !found.stands(at: start) { try consumer.restart(found.queue, at: start) }
            return found
        }
        let decoding = try KafkaRecordDecoding(partition, declaration)
        let feed = KafkaFeed(try consumer.start(partition, at: start), decoding)
        state.withLock { $0.feeds[partition] = feed }
        return feed
    }

    static func foreign(_ partition: SourcePartition) -> PipelineError {
        PipelineError(
            .checkpointMismatch, "the checkpoint has a partition that is none of a Kafka topic",
            at: [.init("partition", partition.name)],
            hint: "The source was of another type before: give it a new name or the pipeline a new \"checkpoint\"")
    }

    /// Commits group offsets in the background, for lag monitors; they are never read back, so failures are only noted.
    public func release(_ offsets: SourceOffsets) async throws(PipelineError) {
        guard let consumer = state.withLock({ $0.consumer }) else { return }
        var committed: [KafkaPartition: Int64] = [:]
        for (partition, offset) in offsets {
            if let partition = KafkaPartition(name: partition.name) { committed[partition] = offset.position }
        }
        consumer.commit(committed)
    }

    /// Ends fetching, after group commits that are under way.
    public func close() async {
        _ = try? await thread.run { () throws(PipelineError) in
            self.state.withLock { $0.consumer }?.finishCommits(timeoutMillis: 1000)
            let parting = self.state.withLock { state in
                defer { (state.feeds, state.consumer) = ([:], nil) }
                return (state.feeds, state.consumer)
            }
            for feed in parting.0.values { feed.queue.wake() }
        }
    }
}
