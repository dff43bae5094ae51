// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import Synchronization

/// A Kafka topic, without keys.
final class KafkaTarget: RecordTarget {
    private let producer: KafkaProducer
    private let topic: String

    /// - Parameter log: is told once when the brokers cannot be reached; then they are waited for.
    init(brokers: String, topic: String, partitions: Int?, log: Logger) throws(PipelineError) {
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
        let trouble = FirstTrouble()
        producer = try KafkaProducer(configuration) { event in
            guard case .trouble(let code, let text, _) = event, code != .allBrokersDown else { return }
            guard trouble.isFirst() else { return }
            log.log(.warning, "waiting for the brokers \(brokers): \(text)")
        }
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

/// Tells the first trouble of a client from those that follow.
private final class FirstTrouble: Sendable {
    private let seen = Atomic(false)

    func isFirst() -> Bool { !seen.exchange(true, ordering: .relaxed) }
}
