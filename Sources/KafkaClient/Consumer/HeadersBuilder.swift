// SPDX-License-Identifier: Apache-2.0
import CRdkafka
import Columnar

/// Gathers the headers of records as ARRAY<STRUCT<key: STRING, value: BINARY>>.
struct HeadersBuilder: ~Copyable {
    private var listOffsets = BufferBuilder<Int32>()
    private var names = BufferBuilder<UInt8>()
    private var nameOffsets = BufferBuilder<Int32>()
    private var values = BufferBuilder<UInt8>()
    private var valueOffsets = BufferBuilder<Int32>()
    private var validity = BitmapBuilder()

    init() {
        listOffsets.append(0)
        nameOffsets.append(0)
        valueOffsets.append(0)
    }

    /// Appends the headers of `messages[first..<last]`.
    @unsafe
    mutating func append(_ messages: KafkaMessages, _ first: Int, _ last: Int) {
        var (count, nameBytes, valueBytes) = (0, 0, 0)
        // SAFETY: the shim counts what it writes below: count headers, the bytes of their names and values, one list end per message.
        unsafe millrace_header_sizes(messages, first, last, &count, &nameBytes, &valueBytes)
        let bases = (Int32(nameOffsets.count - 1), Int32(names.count), Int32(values.count))
        var present = BufferBuilder<UInt8>(capacity: count)
        unsafe listOffsets.append(uninitializedCount: last - first) { lists in
            unsafe names.append(uninitializedCount: nameBytes) { names in
                unsafe nameOffsets.append(uninitializedCount: count) { nameEnds in
                    unsafe values.append(uninitializedCount: valueBytes) { values in
                        unsafe valueOffsets.append(uninitializedCount: count) { valueEnds in
                            unsafe present.append(uninitializedCount: count) { present in
                                unsafe millrace_copy_headers(
                                    messages, first, last, bases.0, lists.baseAddress, bases.1, names.baseAddress,
                                    nameEnds.baseAddress, bases.2, values.baseAddress, valueEnds.baseAddress,
                                    present.baseAddress)
                            }
                        }
                    }
                }
            }
        }
        validity.append(flags: present.span)
    }

    /// The headers of `count` records.
    consuming func finish(count: Int) -> Column {
        let headerCount = nameOffsets.count - 1
        let name = Column(
            .string, count: headerCount, validity: nil,
            storage: .bytes(offsets: nameOffsets.finish(), bytes: names.finish()))
        let value = Column(
            .binary, count: headerCount, validity: validity.finishValidity(),
            storage: .bytes(offsets: valueOffsets.finish(), bytes: values.finish()))
        guard case .array(let type, _) = KafkaRecords.headersType else { preconditionFailure("headers are an array") }
        let element = Column(type, count: headerCount, validity: nil, storage: .fields([name, value]))
        return Column(
            KafkaRecords.headersType, count: count, validity: nil,
            storage: .list(offsets: listOffsets.finish(), element: element))
    }
}
