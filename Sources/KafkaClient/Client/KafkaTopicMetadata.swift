// SPDX-License-Identifier: Apache-2.0
import CRdkafka
import Failures

/// What the brokers say of a topic.
public struct KafkaTopicMetadata: Hashable, Sendable {
    /// The name.
    public let name: String
    /// How many partitions it has; 0 when `error` is not `none`.
    public let partitionCount: Int
    /// `none`, or why nothing is known, for example an unknown topic or a missing right.
    public let error: KafkaErrorCode

    /// What is said of a topic.
    public init(name: String, partitionCount: Int, error: KafkaErrorCode) {
        self.name = name
        self.partitionCount = partitionCount
        self.error = error
    }
}

extension KafkaHandle {
    /// Asks for topics; `nil` for all that the user may see. Blocks up to `timeoutMillis`.
    func metadata(
        topics: [String]?, timeoutMillis: Int
    ) throws(PipelineError) -> [KafkaTopicMetadata] {
        // The library asks for the topics it knows, and it knows those that have a handle.
        var handles: [OpaquePointer] = unsafe []
        // SAFETY: each handle was returned by the library and is given back once.
        defer { unsafe handles.forEach { unsafe rd_kafka_topic_destroy($0) } }
        for topic in topics ?? [] {
            if let handle = unsafe rd_kafka_topic_new(pointer, topic, nil) { unsafe handles.append(handle) }
        }
        var found: UnsafePointer<rd_kafka_metadata>?
        try check(
            // SAFETY: found is a local that the library sets to an answer we give back below.
            unsafe rd_kafka_metadata(pointer, topics == nil ? 1 : 0, nil, &found, Int32(timeoutMillis)),
            "the brokers do not tell which topics there are")
        guard let metadata = unsafe found else { return [] }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        var result: [KafkaTopicMetadata] = []
        for index in 0..<(unsafe Int(metadata.pointee.topic_cnt)) {
            // SAFETY: the answer holds topic_cnt topics, each with a name.
            let topic = unsafe metadata.pointee.topics[index]
            let error = KafkaErrorCode(unsafe topic.err)
            result.append(
                KafkaTopicMetadata(
                    name: unsafe String(cString: topic.topic),
                    partitionCount: error == .none ? unsafe Int(topic.partition_cnt) : 0, error: error))
        }
        guard let topics else { return result }
        let wanted = Set(topics)
        return result.filter { wanted.contains($0.name) }
    }
}
