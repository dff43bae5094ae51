// SPDX-License-Identifier: Apache-2.0
import CRdkafka
public import Failures

/// Creates, changes and deletes topics. All calls block; run them on a `BlockingThread`.
@safe
public final class KafkaAdmin: Sendable {
    private let client: KafkaHandle
    private let timeoutMillis: Int32

    /// An admin client; waits for nothing.
    public init(
        _ configuration: KafkaConfiguration, timeoutMillis: Int = 30_000, events: @escaping KafkaEventHandler = { _ in }
    ) throws(PipelineError) {
        self.timeoutMillis = Int32(timeoutMillis)
        client = try KafkaHandle(
            .producer, configuration.withDefaults(["client.id": "millrace", "reconnect.backoff.max.ms": "1000"]),
            events: events)
    }

    /// The topics by name, or all that the user may see. A topic that does not exist is there with its error.
    public func metadata(topics: [String]?) throws(PipelineError) -> [KafkaTopicMetadata] {
        try client.metadata(topics: topics, timeoutMillis: Int(timeoutMillis))
    }

    /// Creates a topic.
    ///
    /// - Throws: `objectExists` when it is there already.
    public func createTopic(
        _ name: String, partitions: Int, replication: Int = 1, configuration: [String: String] = [:]
    ) throws(PipelineError) {
        let settings = configuration.flatMap { [$0.key, $0.value] }.map { Array($0.utf8CString) }
        var text = Self.noText
        // SAFETY: strings and arrays live for the call, which copies them; text has the length given.
        let code = unsafe CStrings.withPointers(settings) { pointers in
            unsafe millrace_create_topic(
                client.pointer, name, Int32(partitions), Int32(replication), pointers, settings.count / 2,
                timeoutMillis,
                &text, text.count)
        }
        try check(code, text, "the topic cannot be created", name)
    }

    /// Deletes a topic with its records.
    public func deleteTopic(_ name: String) throws(PipelineError) {
        var text = Self.noText
        // SAFETY: the name lives for the call; text has the length given.
        let code = unsafe millrace_delete_topic(client.pointer, name, timeoutMillis, &text, text.count)
        try check(code, text, "the topic cannot be deleted", name)
    }

    /// Raises the number of partitions of a topic to `total`.
    public func createPartitions(_ name: String, total: Int) throws(PipelineError) {
        var text = Self.noText
        // SAFETY: the name lives for the call; text has the length given.
        let code = unsafe millrace_create_partitions(client.pointer, name, total, timeoutMillis, &text, text.count)
        try check(code, text, "the partitions cannot be added", name)
    }

    /// Deletes the records of a partition before an offset.
    public func deleteRecords(of partition: KafkaPartition, before offset: Int64) throws(PipelineError) {
        let list = KafkaPartitionList([(partition, offset)])
        var text = Self.noText
        // SAFETY: the list lives for the call, which copies it; text has the length given.
        let code = unsafe millrace_delete_records(client.pointer, list.pointer, timeoutMillis, &text, text.count)
        try check(code, text, "the records cannot be deleted", partition.topic)
    }

    /// One setting of a topic, with the brokers' default where the topic has none of its own; `nil` when they know no such setting.
    public func setting(_ name: String, of topic: String) throws(PipelineError) -> String? {
        var text = Self.noText
        // SAFETY: names live for the call; text has the length given.
        let code = unsafe millrace_topic_setting(client.pointer, topic, name, timeoutMillis, &text, text.count)
        try check(code, [], "the topic's settings cannot be read", topic)
        let value = KafkaHandle.string(text)
        return value.isEmpty ? nil : value
    }

    private static var noText: [CChar] { [CChar](repeating: 0, count: 512) }

    private func check(
        _ code: rd_kafka_resp_err_t, _ text: [CChar], _ doing: String, _ topic: String
    ) throws(PipelineError) {
        try client.check(code, doing, at: [.init("topic", topic)], detail: KafkaHandle.string(text))
    }
}
