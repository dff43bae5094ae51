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

    /// Ends the broker's connections and refuses new ones, for good: its port may be somebody else's by now. Brokers count from 1.
    public func takeDown(_ number: Int = 1) {
        // SAFETY: the cluster is alive as long as self.
        _ = unsafe rd_kafka_mock_broker_set_down(cluster, Int32(number))
    }

    /// Lets each answer of a broker take so long; 0 is at once. Brokers count from 1.
    public func delayAnswers(of number: Int = 1, millis: Int) {
        // SAFETY: the cluster is alive as long as self.
        _ = unsafe rd_kafka_mock_broker_set_rtt(cluster, Int32(number), Int32(millis))
    }

    /// Answers the next requests that bring records as a broker does that has not heard yet that a partition is its own.
    public func refuseRecords(times: Int) {
        let errors = [rd_kafka_resp_err_t](repeating: RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, count: times)
        // SAFETY: the cluster is alive as long as self; the array lives for the call, which copies it.
        unsafe rd_kafka_mock_push_request_errors_array(cluster, Self.produceKey, times, errors)
    }

    /// The number of Produce among the requests of Kafka's protocol.
    private static let produceKey: Int16 = 0
}
