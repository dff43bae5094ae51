// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import Synchronization

extension KafkaSink {
    /// How long the brokers are waited for at the start.
    private static let patienceNanos: Int64 = 300_000_000_000
    /// How long a topic may take to become known that was created just before.
    private static let topicPatienceNanos: Int64 = 2_000_000_000
    /// What a batch costs beside key and value of its only record, generously.
    private static let recordOverheadBytes = 512

    /// Connects as often as it takes, and says once that it waits.
    func connectPatiently() async throws(PipelineError) -> KafkaEpochRecord? {
        let started = clock.monotonicNanos
        var attempt = 0
        while true {
            do throws(PipelineError) {
                let record = try await call { () throws(PipelineError) in try self.connect() }
                if attempt > 0 { events.note(.info, component, "the brokers answer now") }
                return record
            } catch {
                if let trouble = trouble.current, trouble.code.isAuthentication {
                    throw .kafka(trouble.code, "no connection", configuration: configuration, detail: trouble.text)
                }
                let waited = clock.monotonicNanos - started
                if error.code == .topicNotFound && waited < Self.topicPatienceNanos {
                    await clock.sleep(nanos: 100_000_000)
                    continue
                }
                let isOver = waited > Self.patienceNanos
                guard error.retry == .withBackoff, !isOver, !Task.isCancelled else {
                    guard error.code == .sourceUnavailable else { throw error }
                    throw PipelineError(
                        .sinkUnavailable, error.what, at: error.places, hint: error.hint, cause: error.cause)
                }
                if attempt == 0 {
                    let reason = trouble.current?.text ?? error.cause
                    events.note(
                        .warning, component, "the brokers \(options.brokers) do not answer: waiting (\(reason))")
                }
                await clock.sleep(nanos: min(100_000_000 << Int64(min(attempt, 4)), 1_000_000_000))
                attempt += 1
            }
        }
    }

    /// A new producer, which fences any other one of this sink, and what the group says after that. On the blocking thread.
    func connect() throws(PipelineError) -> KafkaEpochRecord? {
        state.withLock { $0.producer = nil }
        let trouble = trouble
        let consumer = try KafkaConsumer(configuration, groupId: identity, queueBytes: 1 << 20) { trouble.take($0) }
        try checkTopic(consumer)
        let limit = recordLimit()
        var settings = configuration
        settings.properties["message.max.bytes"] = "\(limit)"
        if settings.properties["partitioner"] == nil { settings.properties["partitioner"] = "murmur2_random" }
        let isTransactional = options.delivery == .transactional
        let producer = try KafkaProducer(settings, transactionalId: isTransactional ? identity : nil) {
            trouble.take($0)
        }
        var record: KafkaEpochRecord?
        if isTransactional {
            try producer.initTransactions()
            record = try consumer.position(in: place, timeoutMillis: 10_000).map { KafkaEpochRecord($0) }
        }
        trouble.forget()
        state.withLock { state in
            state.producer = producer
            state.maxRecordBytes = max(1, limit - Self.recordOverheadBytes)
        }
        return record
    }

    private func checkTopic(_ consumer: KafkaConsumer) throws(PipelineError) {
        let topics = try consumer.metadata(topics: [options.topic], timeoutMillis: 5000)
        guard let topic = topics.first, topic.error == .none else {
            if let error = topics.first?.error, !error.isUnknownTopic {
                throw .kafka(
                    error, "the topic cannot be written", configuration: configuration, fallback: .sinkUnavailable)
            }
            throw PipelineError(
                .topicNotFound, "the topic '\(options.topic)' does not exist",
                hint: "Create it, or correct \"topic\"; brokers: \(options.brokers)")
        }
    }

    /// How large a batch of records may be: as the pipeline file says, but never more than the topic takes.
    private func recordLimit() -> Int {
        let wanted = options.properties["message.max.bytes"].flatMap { Int($0) }
        let trouble = trouble
        // Who may not look at the topic's settings goes by librdkafka's own bound, which is below the brokers'.
        let admin = try? KafkaAdmin(configuration, timeoutMillis: 5000) { trouble.take($0) }
        let topic = (try? admin?.setting("max.message.bytes", of: options.topic)).flatMap { Int($0) }
        return max(1000, min(wanted ?? topic ?? 1_000_000, topic ?? .max, 1_000_000_000))
    }

    /// The first transaction of this sink in this topic: it says that nothing was published yet. Later, a group that says nothing
    /// was forgotten by the brokers.
    func commitFirstRecordPatiently(before epoch: Epoch) async throws(PipelineError) {
        let record = KafkaEpochRecord(next: epoch, id: nil, provenance: nil)
        let begun = clock.monotonicNanos
        while true {
            let started = clock.monotonicNanos
            do throws(PipelineError) {
                try await commitFirst(record, before: epoch)
                state.withLock { $0.record = record }
                return
            } catch {
                state.withLock { $0.producer = nil }
                let error = explained(error, started)
                let isOver = clock.monotonicNanos - begun > Self.patienceNanos
                guard error.retry == .withBackoff, !isOver, !Task.isCancelled else { throw error }
                events.note(.warning, component, "committing that nothing was published yet again: \(error)")
                guard let found = try await connectPatiently() else { continue }
                guard found.isSame(as: record) else { throw fenced(found, before: epoch) }
                state.withLock { $0.record = found }
                return
            }
        }
    }

    private func commitFirst(_ record: KafkaEpochRecord, before epoch: Epoch) async throws(PipelineError) {
        guard let producer = state.withLock({ $0.producer }) else {
            throw PipelineError(.internalError, "the sink is not connected")
        }
        try await call { () throws(PipelineError) in try producer.beginTransaction() }
        stepHook(.begun, epoch)
        try await call { () throws(PipelineError) in
            try producer.sendPosition(record.position, of: self.identity, in: self.place)
        }
        stepHook(.produced, epoch)
        let timeout = commitTimeoutMillis
        try await call { () throws(PipelineError) in try producer.commitTransaction(timeoutMillis: timeout) }
        stepHook(.committed, epoch)
    }
}
