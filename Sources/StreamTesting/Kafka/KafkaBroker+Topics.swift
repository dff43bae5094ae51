// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Failures
public import KafkaClient

extension KafkaBroker {
    /// Creates topics and waits until all their partitions answer, which comes a moment after the call that creates them.
    ///
    /// - Throws: `objectExists` when one is there already.
    public func createTopics(
        _ names: String..., partitions: Int, configuration: [String: String] = [:]
    ) async throws(PipelineError) {
        let kafka = self.configuration
        try await BlockingThread(label: "kafka topics").run { () throws(PipelineError) in
            let admin = try KafkaAdmin(kafka)
            for name in names { try admin.createTopic(name, partitions: partitions, configuration: configuration) }
        }
        let all = names.flatMap { name in (0..<partitions).map { KafkaPartition(name, Int32($0)) } }
        for _ in 0..<1000 {
            if await ends(of: all) != nil { return }
            await pause()
        }
        throw PipelineError(.topicNotFound, "the topics \(names) were created, but do not answer")
    }

    /// Deletes a topic with its records and creates it anew.
    public func replaceTopic(_ name: String, partitions: Int) async throws(PipelineError) {
        let kafka = configuration
        try await BlockingThread(label: "kafka topics").run { () throws(PipelineError) in
            try KafkaAdmin(kafka).deleteTopic(name)
        }
        for _ in 0..<1000 {
            do throws(PipelineError) {
                return try await createTopics(name, partitions: partitions)
            } catch {
                // A deletion takes a moment to come through.
                guard error.code == .objectExists else { throw error }
                await pause()
            }
        }
        throw PipelineError(.objectExists, "the topic \(name) was deleted, but is still there")
    }

    /// The ends of partitions; `nil` while not all of them answer.
    public func ends(of partitions: [KafkaPartition]) async -> [KafkaPartition: Int64]? {
        let kafka = configuration
        return try? await BlockingThread(label: "kafka ends").run { () throws(PipelineError) in
            let consumer = try KafkaConsumer(kafka, groupId: "ends", queueBytes: 1 << 20, events: { _ in })
            return try consumer.offsets(
                of: Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), timeoutMillis: 5000)
        }
    }

    private func pause() async { try? await Task.sleep(nanoseconds: 20_000_000) }
}
