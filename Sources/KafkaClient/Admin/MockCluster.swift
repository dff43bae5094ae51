// SPDX-License-Identifier: Apache-2.0
import CRdkafka
public import Failures

/// A Kafka cluster inside this process, on loopback: librdkafka's mock, for demonstrations and simple tests.
///
/// Holds about 5 MB of records per partition and silently drops older ones. Has no admin calls, no look-up by time, and its
/// transactions mean nothing: aborted records are seen.
@safe
public final class MockCluster: @unchecked Sendable {
    private let host: KafkaHandle
    private let cluster: OpaquePointer
    /// `host:port` of the brokers, comma-separated.
    public let brokers: String

    /// Starts a cluster on free ports.
    public init(brokerCount: Int = 1) throws(PipelineError) {
        host = try KafkaHandle(.producer, KafkaConfiguration(brokers: "127.0.0.1:9"), events: { _ in })
        // SAFETY: the host client outlives the cluster, which deinit destroys first.
        guard let cluster = unsafe rd_kafka_mock_cluster_new(host.pointer, Int32(brokerCount)) else {
            throw PipelineError(.internalError, "the mock cluster cannot be started")
        }
        unsafe self.cluster = unsafe cluster
        brokers = unsafe String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    // SAFETY: the cluster is ours alone and destroyed once, before its host client.
    deinit { unsafe rd_kafka_mock_cluster_destroy(cluster) }

    /// Creates a topic.
    public func createTopic(_ name: String, partitions: Int) throws(PipelineError) {
        // SAFETY: the cluster is alive as long as self.
        try host.check(
            unsafe rd_kafka_mock_topic_create(cluster, name, Int32(partitions), 1), "the topic cannot be created",
            at: [.init("topic", name)])
    }

    /// Ends the broker's connections and refuses new ones, or takes them again. Brokers count from 1.
    public func setBroker(_ number: Int = 1, down: Bool) {
        // SAFETY: the cluster is alive as long as self.
        if down {
            _ = unsafe rd_kafka_mock_broker_set_down(cluster, Int32(number))
        } else {
            _ = unsafe rd_kafka_mock_broker_set_up(cluster, Int32(number))
        }
    }
}
