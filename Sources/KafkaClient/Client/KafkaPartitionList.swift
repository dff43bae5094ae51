// SPDX-License-Identifier: Apache-2.0
import CRdkafka

/// Owns a list of partitions with an offset each, in the library's form.
@safe
struct KafkaPartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// A list of partitions and offsets (or times, or whatever the call wants in their place).
    init(_ offsets: [(KafkaPartition, Int64)]) {
        unsafe pointer = unsafe rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for (partition, offset) in offsets {
            // SAFETY: the list is alive, and the element it returns is one of its own.
            unsafe rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.number).pointee.offset = offset
        }
    }

    // SAFETY: the list is ours alone.
    deinit { unsafe rd_kafka_topic_partition_list_destroy(pointer) }

    /// What the library wrote into the list: an offset or an error for each partition.
    var results: [(partition: KafkaPartition, offset: Int64, error: KafkaErrorCode)] {
        // SAFETY: the library keeps cnt elements at elems, each with a topic name.
        (0..<(unsafe Int(pointer.pointee.cnt))).map { index in
            let element = unsafe pointer.pointee.elems[index]
            let partition = unsafe KafkaPartition(String(cString: element.topic), element.partition)
            return (partition, unsafe element.offset, KafkaErrorCode(unsafe element.err))
        }
    }

    /// What is committed for the first partition; `nil` when nothing is.
    var position: KafkaGroupPosition? {
        // SAFETY: the library keeps cnt elements at elems, each with metadata_size bytes at metadata.
        guard unsafe pointer.pointee.cnt > 0 else { return nil }
        let element = unsafe pointer.pointee.elems[0]
        guard unsafe element.offset >= 0 else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: element.metadata, count: element.metadata_size)
        return KafkaGroupPosition(
            offset: unsafe element.offset, metadata: unsafe String(decoding: bytes, as: UTF8.self))
    }
}
