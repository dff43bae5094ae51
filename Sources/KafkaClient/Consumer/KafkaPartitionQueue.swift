// SPDX-License-Identifier: Apache-2.0
import CRdkafka
public import Columnar

/// The fetched records of one assigned partition, filled by the library in the background, read by one task at a time.
///
/// Not reading is pausing: the library stops fetching when its queue is full.
@safe
public final class KafkaPartitionQueue: @unchecked Sendable {
    /// The partition.
    public let partition: KafkaPartition
    /// Every record before this has been given, or does not exist.
    public private(set) var position: Int64
    /// The offset of the last record given since the queue was started; −1 when none was.
    public var lastGiven: Int64 { lastRecord?.offset ?? -1 }
    /// The last record given since the queue was started.
    public private(set) var lastRecord: KafkaFingerprint?
    /// Where the queue was started.
    public private(set) var origin: Int64

    private let client: KafkaHandle
    private let queue: OpaquePointer
    private let gate = ArrivalGate()
    private let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private var head = 0
    private var count = 0
    private var expected = (records: 0, bytes: 0)
    private static let capacity = 4096
    /// Values that take less do not need a block.
    private static let smallBytes = 1 << 20

    init?(_ client: KafkaHandle, _ partition: KafkaPartition, at position: Int64) {
        // SAFETY: the client is alive as long as self holds it; the queue reference is given back in deinit.
        guard let queue = unsafe rd_kafka_queue_get_partition(client.pointer, partition.topic, partition.number) else {
            return nil
        }
        self.client = client
        self.partition = partition
        self.position = position
        origin = position
        unsafe self.queue = unsafe queue
        unsafe messages = .allocate(capacity: Self.capacity)
        // Keeps this partition's records out of the common queue. It has to come before the partition is assigned.
        unsafe rd_kafka_queue_forward(queue, nil)
        // SAFETY: the gate lives as long as self, and deinit ends the callbacks first.
        unsafe rd_kafka_queue_cb_event_enable(queue, kafkaArrived, Unmanaged.passUnretained(gate).toOpaque())
    }

    deinit {
        // SAFETY: callbacks run under the queue's lock, so none runs after they are disabled; the rest is ours alone.
        unsafe rd_kafka_queue_cb_event_enable(queue, nil, nil)
        dropMessages()
        unsafe messages.deallocate()
        unsafe rd_kafka_queue_destroy(queue)
    }

    /// Forgets what was fetched, before the partition is assigned at `position`.
    func reset(at position: Int64) {
        dropMessages()
        self.position = position
        origin = position
        lastRecord = nil
        // SAFETY: the queue is alive as long as self.
        unsafe rd_kafka_queue_forward(queue, nil)
    }

    private func dropMessages() {
        // SAFETY: messages[head..<count] are ours and are given back once.
        unsafe millrace_destroy(messages, head, count)
        (head, count) = (0, 0)
    }

    /// Waits until something has arrived since `read` gave `nothingYet`, or the task is cancelled, or `wake` is called.
    public func wait() async { await gate.wait() }

    /// Ends a wait.
    public func wake() { gate.signal() }

    /// Takes what has arrived of the records before `end`, without waiting: at most `maxRecords`, and no more than `maxBytes` of
    /// values unless the first record alone is larger.
    ///
    /// - Parameter blocks: where the values go when they fill much of a block.
    public func read(
        upTo end: Int64, maxRecords: Int, maxBytes: Int, parts: KafkaRecords.Parts = [], blocks: BlockPool? = nil
    ) -> KafkaRead {
        let expectedBytes = min(maxBytes, expected.bytes)
        let block = expectedBytes > Self.smallBytes ? blocks : nil
        var builder = KafkaRecordsBuilder(
            parts, expectedRecords: min(maxRecords, expected.records),
            bytes: block?.builder() ?? BufferBuilder(capacity: expectedBytes))
        while position < end && builder.count < maxRecords {
            if head == count && !fill() {
                if builder.count == 0 { return .nothingYet }
                break
            }
            if let event = takeEvent(hasRecords: builder.count > 0) {
                switch event {
                case .goOn: continue
                case .stop: return given(builder.finish())
                case .report(let read): return read
                }
            }
            // SAFETY: head is below count, and all messages below count are set.
            let offset = unsafe messages[head].map { unsafe $0.pointee.offset } ?? end
            if offset >= end {
                position = offset
                break
            }
            if !appendRun(to: &builder, end: end, maxRecords: maxRecords, maxBytes: maxBytes) { break }
        }
        return builder.count == 0 ? .end : given(builder.finish())
    }

    private func given(_ records: KafkaRecords) -> KafkaRead {
        expected = (records.count, records.bytes.count)
        return .records(records)
    }

    /// Copies records up to the next event, the end or a bound. Returns false when the byte bound is met.
    private func appendRun(
        to builder: inout KafkaRecordsBuilder, end: Int64, maxRecords: Int, maxBytes: Int
    ) -> Bool {
        let room = maxBytes - builder.bytes.count
        if room <= 0 && builder.count > 0 { return false }
        let limit = min(count, head + maxRecords - builder.count)
        var valueBytes = 0
        // SAFETY: messages[head..<limit] are set; the shim reads no others.
        let last = unsafe millrace_run(messages, head, limit, end, max(0, room), &valueBytes)
        if builder.count > 0 && valueBytes > room { return false }
        unsafe builder.append(messages, head, last, valueBytes: valueBytes)
        // SAFETY: last is above head, since the message at head is a record before end.
        lastRecord = unsafe messages[last - 1].map { unsafe Self.fingerprint($0) } ?? lastRecord
        position = lastGiven + 1
        unsafe millrace_destroy(messages, head, last)
        head = last
        return true
    }

    /// O(bytes), up to a bound; once for each run of records.
    private static func fingerprint(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> KafkaFingerprint {
        var millis: Int64 = -1
        var messages: UnsafeMutablePointer<rd_kafka_message_t>? = unsafe message
        // SAFETY: the message is alive for the calls; the shim reads it as a run of one and writes one timestamp.
        unsafe millrace_copy_timestamps(&messages, 0, 1, &millis)
        let hash = unsafe millrace_record_hash(message, KafkaFingerprint.mostBytes)
        return unsafe KafkaFingerprint(offset: message.pointee.offset, timestampMillis: millis, hash: hash)
    }

    /// Takes what the library has queued. Returns false when there is nothing.
    private func fill() -> Bool {
        // SAFETY: messages has room for as many as are asked for; the library blocks for 0 ms.
        let taken = unsafe rd_kafka_consume_batch_queue(queue, 0, messages, Self.capacity)
        (head, count) = (0, max(0, taken))
        if taken > 0 && taken < Self.capacity { poke() }
        return count > 0
    }

    /// Makes the broker's thread look at once whether this partition, whose queue is empty now, wants records.
    ///
    /// librdkafka stops fetching a partition whose queue is full, and looks again when something else happens on that
    /// connection, or after a second. Asking for an offset without waiting for the answer is such a thing.
    private func poke() {
        let list = KafkaPartitionList([(partition, Int64(RD_KAFKA_OFFSET_BEGINNING))])
        // SAFETY: client and list are alive for the call, which waits 0 ms.
        _ = unsafe rd_kafka_offsets_for_times(client.pointer, list.pointer, 0)
    }

    private enum Event {
        case goOn
        case stop
        case report(KafkaRead)
    }

    /// Handles what stands in the queue between records; `nil` when a record is next.
    private func takeEvent(hasRecords: Bool) -> Event? {
        // SAFETY: head is below count, and all messages below count are set and ours.
        guard let message = unsafe messages[head] else { return nil }
        let code = KafkaErrorCode(unsafe message.pointee.err)
        let offset = unsafe message.pointee.offset
        if code == .none {
            guard offset < position else { return nil }
            discardHead()
            return .goOn
        }
        if code.raw == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            position = max(position, offset)
            discardHead()
            return .goOn
        }
        if hasRecords { return .stop }
        // SAFETY: the text of an event is a C string that lives as long as the message.
        let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) } ?? code.description
        discardHead()
        return .report(code.isOutOfRange ? .outOfRange(position: position) : .failed(code, text))
    }

    private func discardHead() {
        // SAFETY: messages[head] is ours and is given back once.
        unsafe millrace_destroy(messages, head, head + 1)
        head += 1
    }
}

private func kafkaArrived(_ client: OpaquePointer?, _ gate: UnsafeMutableRawPointer?) {
    guard let gate = unsafe gate else { return }
    // SAFETY: the opaque is the gate of a queue that ends its callbacks before it lets go of the gate.
    unsafe Unmanaged<ArrivalGate>.fromOpaque(gate).takeUnretainedValue().signal()
}
