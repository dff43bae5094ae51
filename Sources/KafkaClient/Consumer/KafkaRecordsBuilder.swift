// SPDX-License-Identifier: Apache-2.0
import CRdkafka
import Columnar

/// Gathers runs of fetched messages into columns.
struct KafkaRecordsBuilder: ~Copyable {
    private let parts: KafkaRecords.Parts
    private(set) var bytes: BufferBuilder<UInt8>
    private var starts: BufferBuilder<Int32>
    private var ends: BufferBuilder<Int32>
    private var offsets: BufferBuilder<Int64>
    private var nullFlags = BufferBuilder<UInt8>()
    private var nullCount = 0
    private var keyBytes = BufferBuilder<UInt8>()
    private var keyOffsets = BufferBuilder<Int32>()
    private var keyValidity = BitmapBuilder()
    private var millis = BufferBuilder<Int64>()
    private var headers = HeadersBuilder()

    /// An empty builder that gathers values in `bytes`.
    init(_ parts: KafkaRecords.Parts, expectedRecords: Int, bytes: consuming BufferBuilder<UInt8>) {
        self.parts = parts
        self.bytes = bytes
        starts = BufferBuilder(capacity: expectedRecords)
        ends = BufferBuilder(capacity: expectedRecords)
        offsets = BufferBuilder(capacity: expectedRecords)
        if parts.contains(.keys) { keyOffsets.append(0) }
    }

    var count: Int { offsets.count }

    /// Appends `messages[first..<last]`, whose values hold `valueBytes` with a line feed after each. The messages stay the caller's.
    @unsafe
    mutating func append(_ messages: KafkaMessages, _ first: Int, _ last: Int, valueBytes: Int) {
        let (count, base) = (last - first, Int32(bytes.count))
        var nulls = 0
        // SAFETY: each builder hands out room for as many elements as the shim writes: valueBytes bytes and one per message.
        unsafe bytes.append(uninitializedCount: valueBytes) { bytes in
            unsafe starts.append(uninitializedCount: count) { starts in
                unsafe ends.append(uninitializedCount: count) { ends in
                    unsafe offsets.append(uninitializedCount: count) { offsets in
                        nulls = unsafe millrace_copy_values(
                            messages, first, last, base, bytes.baseAddress, starts.baseAddress, ends.baseAddress,
                            offsets.baseAddress)
                    }
                }
            }
        }
        unsafe appendNulls(messages, first, last, nulls)
        if parts.contains(.timestamps) {
            // SAFETY: room for one element per message.
            unsafe millis.append(uninitializedCount: count) { millis in
                unsafe millrace_copy_timestamps(messages, first, last, millis.baseAddress)
            }
        }
        if parts.contains(.keys) { unsafe appendKeys(messages, first, last) }
        if parts.contains(.headers) { unsafe headers.append(messages, first, last) }
    }

    private mutating func appendNulls(_ messages: KafkaMessages, _ first: Int, _ last: Int, _ nulls: Int) {
        nullCount += nulls
        guard nullCount > 0 else { return }
        nullFlags.append(repeating: 0, count: offsets.count - (last - first) - nullFlags.count)
        // SAFETY: room for one element per message.
        unsafe nullFlags.append(uninitializedCount: last - first) { flags in
            unsafe millrace_null_values(messages, first, last, flags.baseAddress)
        }
    }

    private mutating func appendKeys(_ messages: KafkaMessages, _ first: Int, _ last: Int) {
        let (count, base) = (last - first, Int32(keyBytes.count))
        var present = BufferBuilder<UInt8>(capacity: count)
        // SAFETY: the shim counted the bytes of the keys just now, and writes one element per message elsewhere.
        let size = unsafe millrace_key_bytes(messages, first, last)
        unsafe keyBytes.append(uninitializedCount: size) { bytes in
            unsafe keyOffsets.append(uninitializedCount: count) { ends in
                unsafe present.append(uninitializedCount: count) { present in
                    unsafe millrace_copy_keys(
                        messages, first, last, base, bytes.baseAddress, ends.baseAddress, present.baseAddress)
                }
            }
        }
        keyValidity.append(flags: present.span)
    }

    /// The records so far.
    consuming func finish() -> KafkaRecords {
        let (parts, nullCount) = (self.parts, self.nullCount)
        let offsets = self.offsets.finish()
        let count = offsets.count
        let keys =
            parts.contains(.keys)
            ? Column(
                .binary, count: count, validity: keyValidity.finishValidity(),
                storage: .bytes(offsets: keyOffsets.finish(), bytes: keyBytes.finish())) : nil
        let timestamps = parts.contains(.timestamps) ? Self.timestamps(millis.finish()) : nil
        return KafkaRecords(
            bytes: bytes.finish(), starts: starts.finish(), ends: ends.finish(), offsets: offsets,
            nullValues: nullCount > 0 ? nullFlags.finish() : nil, keys: keys, timestamps: timestamps,
            headers: parts.contains(.headers) ? headers.finish(count: count) : nil)
    }

    private static func timestamps(_ millis: Buffer<Int64>) -> Column {
        let source = millis.span
        var micros = BufferBuilder<Int64>(capacity: source.count)
        var validity = BitmapBuilder(capacity: source.count)
        for index in source.indices {
            let (value, overflow) = source[index].multipliedReportingOverflow(by: 1000)
            let valid = source[index] >= 0 && !overflow
            micros.append(valid ? value : 0)
            validity.append(valid)
        }
        return Column(
            .timestamp, count: source.count, validity: validity.finishValidity(), storage: .int64(micros.finish()))
    }
}

/// Fetched messages in the library's form.
typealias KafkaMessages = UnsafePointer<UnsafeMutablePointer<rd_kafka_message_t>?>

extension BitmapBuilder {
    /// Appends a bit for each byte: set unless the byte is 0.
    mutating func append(flags: Span<UInt8>) {
        for index in flags.indices { append(flags[index] != 0) }
    }
}
