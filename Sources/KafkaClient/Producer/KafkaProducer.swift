// SPDX-License-Identifier: Apache-2.0
import CRdkafka
public import Columnar
public import Failures
import Synchronization

/// Writes records, batched and in the background. Idempotent unless `enable.idempotence` says otherwise, with one request at a time
/// to each broker then.
///
/// Calls may block while the queue is full; run them on a `BlockingThread`.
@safe
public final class KafkaProducer: Sendable {
    private let client: KafkaHandle
    private let failures: Failures

    /// The deliveries that failed, counted by the library's thread.
    private final class Failures: Sendable {
        let count = Atomic<Int>(0)
        let first = Mutex<(KafkaErrorCode, String)?>(nil)

        func add(_ code: KafkaErrorCode, _ topic: String, _ partition: Int) {
            count.add(1, ordering: .relaxed)
            // What is purged failed because of something else.
            first.withLock { if $0 == nil || $0?.0.isPurge == true { $0 = (code, "\(topic)-\(partition)") } }
        }
    }

    /// A producer; waits for nothing. `transactionalId` makes it transactional.
    public init(
        _ configuration: KafkaConfiguration, transactionalId: String? = nil,
        events: @escaping KafkaEventHandler = { _ in }
    ) throws(PipelineError) {
        let failures = Failures()
        self.failures = failures
        var defaults = [
            "client.id": "millrace", "enable.idempotence": "true", "linger.ms": "5", "compression.type": "lz4",
            "queue.buffering.max.messages": "500000", "queue.buffering.max.kbytes": "262144",
            "reconnect.backoff.max.ms": "1000",
        ]
        if let transactionalId { defaults["transactional.id"] = transactionalId }
        client = try KafkaHandle(
            .producer, configuration.withDefaults(defaults), required: Self.required(configuration)
        ) { event in
            if case .deliveryFailed(let code, let topic, let partition) = event { failures.add(code, topic, partition) }
            events(event)
        }
    }

    /// Refuses properties that decide about loss and are set otherwise. Makes no client.
    public static func check(_ configuration: KafkaConfiguration) throws(PipelineError) {
        try configuration.check(required: required(configuration))
    }

    private static func required(_ configuration: KafkaConfiguration) -> [String: String] {
        var required = ["delivery.report.only.error": "true"]
        if configuration.properties["enable.idempotence"] != "false" {
            // A broker takes any sequence number from a producer that it does not know yet (KAFKA-15591). When it refuses the first
            // request and takes the second one that is under way already, librdkafka counts the records of both as delivered.
            for name in ["max.in.flight", "max.in.flight.requests.per.connection"] { required[name] = "1" }
        }
        return required
    }

    /// How many records will not arrive.
    public var failedCount: Int { failures.count.load(ordering: .relaxed) }

    /// How many records have not been answered for yet.
    public var queuedCount: Int {
        // SAFETY: the client is alive.
        Int(unsafe rd_kafka_outq_len(client.pointer))
    }

    /// Hands one record over. Blocks while the queue is full, up to `timeoutMillis`.
    public func send(_ record: KafkaRecord, timeoutMillis: Int = 60_000) throws(PipelineError) {
        let (value, key) = (record.value ?? [], record.key ?? [])
        for attempt in 0...max(1, timeoutMillis / 10) {
            if attempt > 0 { pause() }
            var headers: OpaquePointer?
            if !record.headers.isEmpty { unsafe headers = unsafe Self.headers(record.headers) }
            // SAFETY: arrays live for the call, which copies them and takes the headers over only when it succeeds.
            let code = unsafe value.withUnsafeBufferPointer { value in
                unsafe key.withUnsafeBufferPointer { key in
                    unsafe millrace_produce(
                        client.pointer, record.topic, record.partition ?? -1,
                        record.value == nil ? nil : Self.address(value), value.count,
                        record.key == nil ? nil : Self.address(key), key.count, record.timestampMillis ?? 0, headers)
                }
            }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            if let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
            if code != RD_KAFKA_RESP_ERR__QUEUE_FULL {
                throw client.failure(KafkaErrorCode(code), "the record is refused", at: [.init("topic", record.topic)])
            }
        }
        throw queueStaysFull(record.topic)
    }

    /// Hands many values of one topic over: value `i` is `bytes[starts[i]..<ends[i]]`. Without `partition`, keys or chance choose it.
    public func send(
        to topic: String, partition: Int32? = nil, bytes: Buffer<UInt8>, starts: Buffer<Int32>, ends: Buffer<Int32>,
        keys: (bytes: Buffer<UInt8>, starts: Buffer<Int32>, ends: Buffer<Int32>)? = nil, timeoutMillis: Int = 60_000
    ) throws(PipelineError) {
        precondition(starts.count == ends.count && keys.map { $0.starts.count == starts.count } ?? true)
        guard let handle = unsafe rd_kafka_topic_new(client.pointer, topic, nil) else {
            throw PipelineError(.invalidArgument, "the topic cannot be written", at: [.init("topic", topic)])
        }
        // SAFETY: the topic handle is ours and given back once.
        defer { unsafe rd_kafka_topic_destroy(handle) }
        let none = Buffer<Int32>()
        let noBytes = Buffer<UInt8>()
        var (done, attempts) = (0, 0)
        while done < starts.count {
            var code = RD_KAFKA_RESP_ERR_NO_ERROR
            let from = done
            // SAFETY: buffers live for the call; the shim reads elements from..<count and the bytes they point at, which it copies.
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe starts.withUnsafeBufferPointer { starts in
                    unsafe ends.withUnsafeBufferPointer { ends in
                        unsafe (keys?.bytes ?? noBytes).withUnsafeBufferPointer { keyBytes in
                            unsafe (keys?.starts ?? none).withUnsafeBufferPointer { keyStarts in
                                unsafe (keys?.ends ?? none).withUnsafeBufferPointer { keyEnds in
                                    done = unsafe millrace_produce_run(
                                        handle, partition ?? -1, bytes.baseAddress, starts.baseAddress,
                                        ends.baseAddress, keys == nil ? nil : keyBytes.baseAddress,
                                        keyStarts.baseAddress, keyEnds.baseAddress, from, starts.count, &code)
                                }
                            }
                        }
                    }
                }
            }
            if done == starts.count { return }
            if code != RD_KAFKA_RESP_ERR__QUEUE_FULL {
                throw client.failure(KafkaErrorCode(code), "the record is refused", at: [.init("topic", topic)])
            }
            attempts = done > from ? 0 : attempts + 1
            if attempts > timeoutMillis / 10 { throw queueStaysFull(topic) }
            pause()
        }
    }

    /// Hands the records of a block over, which the library copies.
    ///
    /// - Throws: `corruptFile` when the block is none.
    public func send(
        _ block: KafkaBlock, to topic: String, timeoutMillis: Int = 60_000
    ) throws(PipelineError) {
        guard let handle = unsafe rd_kafka_topic_new(client.pointer, topic, nil) else {
            throw PipelineError(.invalidArgument, "the topic cannot be written", at: [.init("topic", topic)])
        }
        // SAFETY: the topic handle is ours and given back once.
        defer { unsafe rd_kafka_topic_destroy(handle) }
        let names = block.layout.headers.map { Array($0.utf8CString) }
        var (done, attempts) = (0, 0)
        while done < block.count {
            var code = RD_KAFKA_RESP_ERR_NO_ERROR
            let from = done
            // SAFETY: bytes and names live for the call; the shim checks that what it reads lies in the bytes, and copies it.
            done = unsafe block.bytes.withUnsafeBufferPointer { bytes in
                unsafe CStrings.withPointers(names) { names in
                    unsafe millrace_produce_block(
                        client.pointer, handle, bytes.baseAddress, bytes.count, block.count,
                        block.layout.hasKeys ? 1 : 0,
                        names, block.layout.headers.count, from, &code)
                }
            }
            if done == block.count { return }
            if code == RD_KAFKA_RESP_ERR__BAD_MSG {
                throw PipelineError(.corruptFile, "a block of records is damaged", at: [.init("topic", topic)])
            }
            if code != RD_KAFKA_RESP_ERR__QUEUE_FULL {
                throw client.failure(KafkaErrorCode(code), "the record is refused", at: [.init("topic", topic)])
            }
            attempts = done > from ? 0 : attempts + 1
            if attempts > timeoutMillis / 10 { throw queueStaysFull(topic) }
            pause()
        }
    }

    /// Why the first record did not arrive, when the brokers or the library refused one.
    public var firstFailure: PipelineError? {
        guard let (code, place) = failures.first.withLock({ $0 }), !code.isPurge else { return nil }
        return client.failure(code, "\(failedCount) records could not be sent", at: [.init("partition", place)])
    }

    /// Sends what is queued, for at most so long.
    public func pause(millis: Int = 10) {
        // SAFETY: the client is alive. The library's own thread takes the answers meanwhile.
        _ = unsafe rd_kafka_flush(client.pointer, Int32(millis))
    }

    private func queueStaysFull(_ topic: String) -> PipelineError {
        PipelineError(
            .sinkUnavailable, "the brokers do not take records: the producer's queue stays full",
            at: [.init("topic", topic)], hint: "Check that \"brokers\" (\(client.configuration.brokers)) run")
    }

    /// A pointer that is not NULL for an empty array, since NULL means "no value".
    private static func address(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeRawPointer? {
        unsafe bytes.baseAddress.map { unsafe UnsafeRawPointer($0) } ?? UnsafeRawPointer(bitPattern: 1)
    }

    private static func headers(_ headers: [KafkaRecord.Header]) -> OpaquePointer? {
        let list = unsafe rd_kafka_headers_new(headers.count)
        for header in headers {
            // SAFETY: the list is alive; name and value live for the call, which copies them.
            let value = header.value ?? []
            _ = unsafe value.withUnsafeBufferPointer { value in
                unsafe rd_kafka_header_add(
                    list, header.name, header.name.utf8.count, header.value == nil ? nil : address(value), value.count)
            }
        }
        return unsafe list
    }

    /// Waits until every record has arrived or failed.
    ///
    /// - Throws: `sinkUnavailable` when the time is over, or when records failed; then with the first one's reason.
    public func flush(timeoutMillis: Int = 60_000) throws(PipelineError) {
        // SAFETY: the client is alive.
        try client.check(unsafe rd_kafka_flush(client.pointer, Int32(timeoutMillis)), "not all records could be sent")
        if let (code, place) = failures.first.withLock({ $0 }) {
            throw client.failure(code, "\(failedCount) records could not be sent", at: [.init("partition", place)])
        }
    }

    // MARK: Transactions

    /// Makes earlier producers with this transactional id unable to write, and finishes or aborts what they left.
    public func initTransactions(timeoutMillis: Int = 30_000) throws(PipelineError) {
        unsafe try check(
            rd_kafka_init_transactions(client.pointer, Int32(timeoutMillis)), "transactions cannot be used")
    }

    /// Begins a transaction.
    public func beginTransaction() throws(PipelineError) {
        unsafe try check(rd_kafka_begin_transaction(client.pointer), "the transaction cannot begin")
    }

    /// Makes a group's position part of the transaction: it is committed with the records, or not at all.
    public func sendPosition(
        _ position: KafkaGroupPosition, of group: String, in partition: KafkaPartition, timeoutMillis: Int = 30_000
    ) throws(PipelineError) {
        let metadata = Array(position.metadata.utf8)
        // SAFETY: texts and array live for the call, which copies them.
        let error = unsafe metadata.withUnsafeBufferPointer { metadata in
            unsafe millrace_send_position(
                client.pointer, group, partition.topic, partition.number, position.offset, metadata.baseAddress,
                metadata.count, Int32(timeoutMillis))
        }
        unsafe try check(error, "the group's position cannot be committed")
    }

    /// Makes what was sent since the beginning visible.
    public func commitTransaction(timeoutMillis: Int = 30_000) throws(PipelineError) {
        unsafe try check(
            rd_kafka_commit_transaction(client.pointer, Int32(timeoutMillis)), "the transaction cannot be committed")
    }

    /// Makes what was sent since the beginning invisible for ever.
    public func abortTransaction(timeoutMillis: Int = 30_000) throws(PipelineError) {
        unsafe try check(
            rd_kafka_abort_transaction(client.pointer, Int32(timeoutMillis)), "the transaction cannot be aborted")
    }

    private func check(_ error: OpaquePointer?, _ doing: String) throws(PipelineError) {
        guard let error = unsafe error else { return }
        // SAFETY: the error is ours and given back once.
        defer { unsafe rd_kafka_error_destroy(error) }
        throw client.failure(
            KafkaErrorCode(unsafe rd_kafka_error_code(error)), doing,
            detail: unsafe String(cString: rd_kafka_error_string(error)))
    }
}
