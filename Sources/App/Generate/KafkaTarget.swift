// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore

/// A Kafka topic, without keys.
final class KafkaTarget: RecordTarget {
    private let producer: KafkaProducer
    private let topic: String

    init(brokers: String, topic: String, partitions: Int?) throws(PipelineError) {
        self.topic = topic
        let configuration = KafkaConfiguration(brokers: brokers)
        if let partitions {
            let admin = try KafkaAdmin(configuration)
            do throws(PipelineError) {
                try admin.createTopic(topic, partitions: partitions)
            } catch {
                let known = try admin.metadata(topics: [topic])
                guard known.contains(where: { $0.partitionCount > 0 }) else { throw error }
            }
        }
        producer = try KafkaProducer(configuration)
    }

    func write(_ records: RawRecords) throws(PipelineError) {
        try producer.send(to: topic, bytes: records.bytes, starts: records.starts, ends: records.ends)
    }

    func finish() throws(PipelineError) {
        try producer.flush()
        if producer.failedCount > 0 {
            throw PipelineError(
                .sinkUnavailable, "\(producer.failedCount) records did not arrive", at: [.init("topic", topic)])
        }
    }
}
