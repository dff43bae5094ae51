// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import Synchronization

extension KafkaSink {
    /// Publishes a token that holds records.
    func publish(
        _ epoch: Epoch, _ token: KafkaSinkToken, _ provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        guard token.topic == options.topic else {
            throw PipelineError(
                .checkpointMismatch,
                "epoch \(epoch) was prepared for the topic '\(token.topic)', and the sink writes to '\(options.topic)' now",
                hint: "Run once with the old topic, so that the epoch gets there, then change it")
        }
        if token.isDone { return .alreadyPublished }
        let (producer, known) = state.withLock { ($0.producer, $0.record) }
        if producer == nil {
            // An earlier try ended in doubt.
            let found = try await call { () throws(PipelineError) in try self.connect() }
            if try settle(epoch, token, found: found, known: known) { return .alreadyPublished }
        } else if try settle(epoch, token, found: known, known: known) {
            return .alreadyPublished
        }
        let record = KafkaEpochRecord(next: epoch.next, id: token.id, provenance: provenance)
        try await transact(epoch, token, record)
        state.withLock { $0.record = record }
        return .published(version: nil)
    }

    /// Decides from what the group says (`found`) and what it said before (`known`) whether the epoch is in the topic.
    private func settle(
        _ epoch: Epoch, _ token: KafkaSinkToken, found: KafkaEpochRecord?, known: KafkaEpochRecord?
    ) throws(PipelineError) -> Bool {
        guard let found else {
            throw PipelineError(
                .checkpointMismatch, "the brokers have forgotten which epochs of this sink are in the topic",
                hint: "The group '\(identity)' was deleted, or stood still for longer than the brokers' "
                    + "\"offsets.retention.minutes\". Epoch \(epoch) may be in the topic or not: look there, then rewind the "
                    + "checkpoint, or give the sink a new \"appId\" and the pipeline a new \"checkpoint\"")
        }
        if found.next == epoch.next && found.id == token.id {
            state.withLock { $0.record = found }
            return true
        }
        if found.next <= epoch && found.isSame(as: known) { return false }
        throw fenced(found, before: epoch)
    }

    /// The refusal to go on where another run has published.
    func fenced(_ found: KafkaEpochRecord, before epoch: Epoch) -> PipelineError {
        PipelineError(
            .fenced,
            "someone else published under the identity '\(identity)': the topic has the epochs up to "
                + "\(found.next.number - 1), and not with what this pipeline prepared for epoch \(epoch)",
            hint: "Stop the other pipeline, or give one of the two another \"appId\"")
    }

    /// Sends and commits. After a failure there is no producer any more: the next try connects anew and reads back.
    private func transact(
        _ epoch: Epoch, _ token: KafkaSinkToken, _ record: KafkaEpochRecord
    ) async throws(PipelineError) {
        guard let producer = state.withLock({ $0.producer }) else {
            throw PipelineError(.internalError, "the sink is not connected")
        }
        let started = clock.monotonicNanos
        do throws(PipelineError) {
            try await call { () throws(PipelineError) in try producer.beginTransaction() }
            stepHook(.begun, epoch)
            for file in token.files {
                var reader = KafkaSpoolReader(spool, file)
                while let block = try await reader.next() {
                    let topic = options.topic
                    try await call { () throws(PipelineError) in try producer.send(block, to: topic) }
                }
            }
            try await call { () throws(PipelineError) in
                try producer.sendPosition(record.position, of: self.identity, in: self.place)
            }
        } catch {
            if error.code == .interrupted { throw givenUp(error) }
            await abandon(producer, aborting: true)
            throw explained(error.code == .fenced ? error : producer.firstFailure ?? error, started)
        }
        stepHook(.produced, epoch)
        do throws(PipelineError) {
            let timeout = commitTimeoutMillis
            try await call { () throws(PipelineError) in
                try producer.commitTransaction(timeoutMillis: timeout)
            }
        } catch {
            if error.code == .interrupted { throw givenUp(error) }
            let failure = error.code == .fenced ? nil : producer.firstFailure
            // Where a record failed the transaction cannot have been committed; otherwise nobody knows yet.
            await abandon(producer, aborting: failure != nil)
            if let failure { throw explained(failure, started) }
            let error = explained(error, started)
            guard error.code == .sinkUnavailable else { throw error }
            throw PipelineError(
                .outcomeUnknown, "whether the transaction of epoch \(epoch) was committed is not known yet",
                hint: error.hint, cause: error.cause)
        }
        stepHook(.committed, epoch)
    }

    /// A call that was given up holds the producer; nobody uses that any more.
    private func givenUp(_ error: PipelineError) -> PipelineError {
        state.withLock { $0.producer = nil }
        return error
    }

    private func abandon(_ producer: KafkaProducer, aborting: Bool) async {
        state.withLock { $0.producer = nil }
        _ = try? await call { () throws(PipelineError) in
            // So that consumers need not wait for the time-out; what this misses, the next producer does.
            if aborting { try? producer.abortTransaction(timeoutMillis: 5000) }
        }
    }

    /// How long the brokers let a transaction last.
    private var transactionTimeoutMillis: Int64 {
        options.properties["transaction.timeout.ms"].flatMap { Int64($0) } ?? 60_000
    }

    /// Adds what to do. A transaction that lasted too long looks to its producer as if it had been fenced.
    func explained(_ error: PipelineError, _ started: Int64) -> PipelineError {
        switch error.code {
        case .fenced:
            let millis = (clock.monotonicNanos - started) / 1_000_000
            guard millis >= transactionTimeoutMillis else {
                return PipelineError(
                    .fenced, "another process works under the transactional id '\(identity)'",
                    hint:
                        "It is a later run of this pipeline, or a pipeline with the same \"appId\": stop one of the two",
                    cause: error.cause)
            }
            return PipelineError(
                .sinkUnavailable,
                "the transaction lasted \(millis) ms and the brokers aborted it "
                    + "after \(transactionTimeoutMillis) ms",
                hint:
                    "If this comes again, raise \"transaction.timeout.ms\" in \"properties\" (brokers allow 15 minutes "
                    + "unless told otherwise), or make epochs smaller: one epoch is one transaction",
                cause: error.cause)
        case .invalidArgument where error.cause.contains("MSG_SIZE_TOO_LARGE"):
            return PipelineError(
                .invalidArgument, "the brokers refuse a record or batch as too large",
                hint:
                    "Raise \"max.message.bytes\" of the topic, or set \"message.max.bytes\" in \"properties\" to what it takes",
                cause: error.cause)
        case .permissionDenied:
            return PipelineError(
                .permissionDenied, error.what,
                hint:
                    "Give the user WRITE and DESCRIBE on the topic and on the transactional id '\(identity)', and READ on the "
                    + "topic and on the group '\(identity)'", cause: error.cause)
        default: return error
        }
    }
}
