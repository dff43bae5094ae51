// SPDX-License-Identifier: Apache-2.0
import CRdkafka
public import Failures
import Glibc
import Synchronization

/// Reads chosen partitions from chosen offsets. No group membership: nothing is assigned or taken away by others.
///
/// All calls but `close` and `start` may block up to their time-out; run them on a `BlockingThread`.
@safe
public final class KafkaConsumer: Sendable {
    private let client: KafkaHandle
    private let commits: CommitsInFlight

    /// A consumer; waits for nothing.
    ///
    /// - Parameters:
    ///   - groupId: the group whose offsets `commit` writes, for lag monitors; `group.id` among the properties wins.
    ///   - queueBytes: about how much memory each partition's queue may take.
    public init(
        _ configuration: KafkaConfiguration, groupId: String, queueBytes: Int, events: @escaping KafkaEventHandler
    ) throws(PipelineError) {
        let commits = CommitsInFlight()
        self.commits = commits
        // A queued record costs the library some 400 bytes besides its value.
        let kilobytes = min(max(queueBytes / 2 / 1024, 64), 2_097_151)
        let records = min(max(queueBytes / 2 / 400, 100), 10_000_000)
        // A full queue is filled up by one more answer, so answers must be small beside it.
        let answerBytes = min(max(queueBytes / 4, 65_536), 1 << 20)
        client = try KafkaHandle(
            .consumer,
            configuration.withDefaults([
                "group.id": groupId, "isolation.level": "read_committed", "client.id": "millrace",
                "queued.max.messages.kbytes": "\(kilobytes)", "queued.min.messages": "\(records)",
                "reconnect.backoff.max.ms": "1000", "fetch.error.backoff.ms": "100",
                "fetch.wait.max.ms": "100", "fetch.message.max.bytes": "\(answerBytes)",
            ]),
            required: [
                "enable.auto.commit": "false", "enable.auto.offset.store": "false", "enable.partition.eof": "true",
                "auto.offset.reset": "error",
            ],
            optional: ["fetch.queue.backoff.ms": "2"]
        ) { event in
            if case .committed = event { commits.end() }
            events(event)
        }
    }

    /// The topics by name, or all that the user may see. A topic that does not exist is there with its error.
    public func metadata(
        topics: [String]?, timeoutMillis: Int
    ) throws(PipelineError) -> [KafkaTopicMetadata] {
        try client.metadata(topics: topics, timeoutMillis: timeoutMillis)
    }

    /// The offset that stands for a moment in a partition.
    public enum Moment: Hashable, Sendable {
        /// The first record that is still there.
        case earliest
        /// The end: the last stable offset with `read_committed`, otherwise the high watermark.
        case latest
        /// The first record at or after a time, in milliseconds since 1970; the offset is −1 when there is none.
        case time(millis: Int64)

        fileprivate var millis: Int64 {
            switch self {
            case .earliest: Int64(RD_KAFKA_OFFSET_BEGINNING)
            case .latest: Int64(RD_KAFKA_OFFSET_END)
            case .time(let millis): max(0, millis)
            }
        }
    }

    /// Looks the offsets of moments up, with one request per broker.
    ///
    /// - Throws: the first partition's failure when any has one.
    public func offsets(
        of moments: [KafkaPartition: Moment], timeoutMillis: Int
    ) throws(PipelineError) -> [KafkaPartition: Int64] {
        guard !moments.isEmpty else { return [:] }
        let list = KafkaPartitionList(moments.sorted { $0.key < $1.key }.map { ($0.key, $0.value.millis) })
        try client.check(
            // SAFETY: client and list are alive for the call.
            unsafe rd_kafka_offsets_for_times(client.pointer, list.pointer, Int32(timeoutMillis)),
            "the brokers do not tell the offsets")
        var offsets: [KafkaPartition: Int64] = [:]
        for result in list.results {
            guard result.error == .none else {
                throw client.failure(
                    result.error, "the brokers do not tell the offsets",
                    at: [.init("partition", result.partition.description)])
            }
            offsets[result.partition] = result.offset
        }
        return offsets
    }

    /// Starts fetching a partition from an offset.
    public func start(_ partition: KafkaPartition, at offset: Int64) throws(PipelineError) -> KafkaPartitionQueue {
        guard let queue = KafkaPartitionQueue(client, partition, at: offset) else {
            throw PipelineError(.internalError, "the partition has no queue", at: [.init("partition", "\(partition)")])
        }
        try assign(partition, at: offset)
        return queue
    }

    /// Starts fetching a partition again, from another offset. What was fetched is forgotten.
    public func restart(_ queue: KafkaPartitionQueue, at offset: Int64) throws(PipelineError) {
        let list = KafkaPartitionList([(queue.partition, offset)])
        // SAFETY: client and list are alive for the call.
        unsafe try check(rd_kafka_incremental_unassign(client.pointer, list.pointer), queue.partition)
        queue.reset(at: offset)
        try assign(queue.partition, at: offset)
    }

    /// Stops fetching a partition.
    public func stop(_ partition: KafkaPartition) {
        let list = KafkaPartitionList([(partition, 0)])
        // SAFETY: client and list are alive for the call; the returned error, if any, is given back.
        if let error = unsafe rd_kafka_incremental_unassign(client.pointer, list.pointer) {
            unsafe rd_kafka_error_destroy(error)
        }
    }

    private func assign(_ partition: KafkaPartition, at offset: Int64) throws(PipelineError) {
        let list = KafkaPartitionList([(partition, offset)])
        // SAFETY: client and list are alive for the call.
        unsafe try check(rd_kafka_incremental_assign(client.pointer, list.pointer), partition)
    }

    private func check(_ error: OpaquePointer?, _ partition: KafkaPartition) throws(PipelineError) {
        guard let error = unsafe error else { return }
        // SAFETY: the error is ours and given back once.
        defer { unsafe rd_kafka_error_destroy(error) }
        throw client.failure(
            KafkaErrorCode(unsafe rd_kafka_error_code(error)), "the partition cannot be read",
            at: [.init("partition", "\(partition)")], detail: unsafe String(cString: rd_kafka_error_string(error)))
    }

    /// Commits group offsets in the background; `KafkaEvent.committed` tells the outcome.
    public func commit(_ offsets: [KafkaPartition: Int64]) {
        guard !offsets.isEmpty else { return }
        let list = KafkaPartitionList(offsets.map { ($0.key, $0.value) })
        commits.begin()
        // SAFETY: client and list are alive for the call; the library copies the list and holds the queue itself.
        let background = unsafe rd_kafka_queue_get_background(client.pointer)
        let code = unsafe rd_kafka_commit_queue(client.pointer, list.pointer, background, nil, nil)
        unsafe rd_kafka_queue_destroy(background)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { commits.end() }
    }

    /// Waits until commits are through, at most so long.
    public func finishCommits(timeoutMillis: Int) {
        for _ in 0..<timeoutMillis where !commits.areDone { usleep(1000) }
    }

    /// Blocks for a moment between two looks at the brokers.
    public func pause(millis: Int) { usleep(UInt32(millis) * 1000) }

    /// What the group has committed for a partition, with its text; `nil` when there is nothing. With `read_committed`, waits for a
    /// transaction that is about to change it.
    public func position(
        in partition: KafkaPartition, timeoutMillis: Int
    ) throws(PipelineError) -> KafkaGroupPosition? {
        let list = KafkaPartitionList([(partition, Int64(RD_KAFKA_OFFSET_INVALID))])
        try client.check(
            // SAFETY: client and list are alive for the call.
            unsafe rd_kafka_committed(client.pointer, list.pointer, Int32(timeoutMillis)),
            "the group's position cannot be read")
        for result in list.results {
            try client.check(result.error.raw, "the group's position cannot be read")
        }
        return list.position
    }

    /// The offsets that are committed for the group; −1 where there is none. For tests and status; never used to go on from.
    public func committed(
        _ partitions: [KafkaPartition], timeoutMillis: Int
    ) throws(PipelineError) -> [KafkaPartition: Int64] {
        let list = KafkaPartitionList(partitions.map { ($0, Int64(RD_KAFKA_OFFSET_INVALID)) })
        try client.check(
            // SAFETY: client and list are alive for the call.
            unsafe rd_kafka_committed(client.pointer, list.pointer, Int32(timeoutMillis)),
            "the committed offsets cannot be read")
        return Dictionary(list.results.map { ($0.partition, $0.offset < 0 ? -1 : $0.offset) }) { $1 }
    }
}

/// How many group commits wait for the brokers' answer.
private final class CommitsInFlight: Sendable {
    private let count = Atomic<Int>(0)

    func begin() { count.add(1, ordering: .relaxed) }
    func end() { count.subtract(1, ordering: .relaxed) }
    var areDone: Bool { count.load(ordering: .relaxed) <= 0 }
}
