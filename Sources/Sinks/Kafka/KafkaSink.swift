// SPDX-License-Identifier: Apache-2.0
import Columnar
public import Failures
import KafkaClient
import ObjectStore
public import StreamCore
import Synchronization

/// Writes the rows of a relation to a Kafka topic, one record per row, each epoch in one transaction.
///
/// - `prepare` leaves the epoch's records in checksummed, synchronised spool files below the checkpoint; nothing is sent yet.
/// - `publish` sends them in a transaction that also commits, as the position of a group of the sink's own, the number of the next
///   epoch. So the records and the number are there together or not at all, for consumers that read committed.
/// - Whether a transaction landed is never guessed: after any doubt, and at each start, a new producer with the same transactional id
///   fences the one before and ends what it left open; then the group says which epochs are in the topic.
/// - A call whose task is cancelled ends soon, also when the brokers do not answer: it is then as if the process had crashed in it.
/// - An epoch without rows sends nothing. Spool files are removed once their transaction is known to be committed.
/// - With `delivery: early`, records are sent as they come, without transaction and without memory: at least once.
/// - Not guaranteed: anything for consumers that read uncommitted; an order of records over partitions or workers.
///
/// KIP-98 (transactions), KIP-447 (positions in transactions).
public final class KafkaSink: Sink {
    let declaration: SinkDeclaration
    let options: KafkaSinkOptions
    let configuration: KafkaConfiguration
    let encoder: KafkaRecordEncoder
    let spool: KafkaSpool
    let clock: any Clock
    let events: any RunEvents
    let stepHook: @Sendable (Step, Epoch) -> Void
    let commitTimeoutMillis: Int
    let calls: KafkaCalls
    let state = Mutex(State())
    let trouble = KafkaSinkTrouble()
    /// The transactional id, and the name of the group that holds the epoch.
    let identity: String

    /// The steps at which tests inject faults, in the order they are passed.
    public enum Step: String, Sendable, CaseIterable {
        /// The spool is durable.
        case spooled = "kafka.spooled"
        /// The transaction has begun.
        case begun = "kafka.begun"
        /// Records and position are on their way; the commit comes next.
        case produced = "kafka.produced"
        /// The brokers have confirmed the commit.
        case committed = "kafka.committed"
    }

    /// What changes over a run.
    struct State: Sendable {
        var producer: KafkaProducer?
        /// What the group said last, or what was committed since; `nil` when there is nothing.
        var record: KafkaEpochRecord?
        /// The most bytes that a record may have.
        var maxRecordBytes = 1_000_000
    }

    /// A sink; nothing is connected before `recover`.
    ///
    /// - Parameters:
    ///   - options: must be those of the declaration's connector.
    ///   - checkpoint: the checkpoint's folder, below which spool files are kept.
    ///   - commitTimeoutMillis: how long the answer to a commit is waited for; −1 as long as the transaction may last.
    ///   - stepHook: called at each step, the sink's very first transaction included; does nothing in production.
    /// - Throws: `invalidArgument` for properties that this sink sets itself.
    public init(
        declaration: SinkDeclaration, options: KafkaSinkOptions, pipeline: String, checkpoint: String,
        clock: any Clock, events: any RunEvents, commitTimeoutMillis: Int = -1,
        stepHook: @escaping @Sendable (Step, Epoch) -> Void = { _, _ in }
    ) throws(PipelineError) {
        for name in ["transactional.id", "group.id"] where options.properties[name] != nil {
            throw PipelineError(
                .invalidArgument, "\"properties\" sets \"\(name)\"", at: [.init("sink", declaration.name)],
                hint: "Say it in \"appId\"")
        }
        self.declaration = declaration
        self.options = options
        self.clock = clock
        self.events = events
        self.commitTimeoutMillis = commitTimeoutMillis
        self.stepHook = stepHook
        configuration = KafkaConfiguration(brokers: options.brokers, properties: options.properties)
        do throws(PipelineError) {
            try KafkaProducer.check(configuration)
        } catch {
            throw error.within("sink", declaration.name)
        }
        encoder = KafkaRecordEncoder(schema: declaration.schema, options: options)
        spool = KafkaSpool(folder: "\(checkpoint)/spool/\(declaration.name)")
        calls = KafkaCalls(label: "kafka.\(declaration.name)", clock: clock)
        identity = "millrace-sink-" + (options.appId ?? "\(pipeline).\(declaration.name)")
    }

    var component: String { "sink '\(declaration.name)'" }
    /// Where the group's position stands: any partition would do, and a topic has this one.
    var place: KafkaPartition { KafkaPartition(options.topic, 0) }

    /// Runs a call into the library that may wait for brokers. See `KafkaCalls` for what becomes of it when the task is cancelled.
    func call<Value: Sendable>(
        _ body: @escaping @Sendable () throws(PipelineError) -> Value
    ) async throws(PipelineError) -> Value {
        try await calls.run(left: { self.state.withLock { $0.producer }?.queuedCount ?? 0 }, body)
    }

    func located(_ error: PipelineError) -> PipelineError {
        error.within("topic", options.topic).within("sink", declaration.name)
    }

    /// Connects, fences an older run's producer, and reads which epochs are in the topic.
    ///
    /// - Throws: `topicNotFound`, `permissionDenied`, `authenticationFailed`; `sinkUnavailable` when the brokers stay away.
    public func recover() async throws(PipelineError) -> SinkPosition {
        do throws(PipelineError) {
            let record = try await connectPatiently()
            state.withLock { $0.record = record }
            guard options.delivery == .transactional else { return .forgetful }
            guard let published = record?.published else { return .empty }
            return .published(published, record?.provenance)
        } catch {
            throw located(error)
        }
    }

    /// A writer for one worker's share of an epoch.
    public func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter {
        let (producer, limit) = state.withLock { ($0.producer, $0.maxRecordBytes) }
        if options.delivery == .transactional {
            return KafkaSinkWriter(encoder, maxRecordBytes: limit, spool: spool, epoch: epoch)
        }
        guard let producer else { throw located(PipelineError(.internalError, "the sink is not connected")) }
        return EarlyKafkaWriter(encoder, maxRecordBytes: limit, producer: producer, topic: options.topic)
    }

    /// Makes the spool files durable; with early delivery, waits until the records have arrived.
    ///
    /// - Throws: `sinkUnavailable` and `interrupted` for brokers that stay away, as far as they are needed; `storageFailed`.
    public func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
        do throws(PipelineError) {
            if options.delivery == .early {
                let producer = state.withLock { $0.producer }
                if !writers.isEmpty {
                    try await call { () throws(PipelineError) in try producer?.flush(timeoutMillis: 300_000) }
                }
                return SinkToken("")
            }
            var files: [KafkaSinkToken.File] = []
            for case let writer as KafkaSinkWriter in writers {
                if let file = try await writer.finish() { files.append(file) }
            }
            if files.isEmpty { return SinkToken("") }
            if state.withLock({ $0.record == nil }) { try await commitFirstRecordPatiently(before: epoch) }
            stepHook(.spooled, epoch)
            let id = UniqueName.uuid()
            let isDone = state.withLock { $0.record?.published.map { $0 >= epoch } ?? false }
            let token = KafkaSinkToken(
                id: id, topic: options.topic, rowCount: files.reduce(0) { $0 + $1.records }, files: files,
                isDone: isDone)
            return SinkToken(token.text)
        } catch {
            throw located(error)
        }
    }

    /// Sends the epoch in one transaction, unless the group says that it is there.
    ///
    /// - Throws: `outcomeUnknown` or `sinkUnavailable` when it has to be called again; `fenced` when somebody else works under this
    ///   sink's identity; `invalidArgument`, `topicNotFound`, `permissionDenied` for what the brokers refuse.
    public func publish(
        _ epoch: Epoch, _ token: SinkToken, provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        if token.text.isEmpty { return .nothingToPublish }
        do throws(PipelineError) {
            let token = try KafkaSinkToken(token)
            let outcome = try await publish(epoch, token, provenance)
            try? await spool.remove(through: epoch)
            return outcome
        } catch {
            throw located(error)
        }
    }

    /// Lets go of the connection.
    public func close() async {
        let producer = state.withLock { state in
            defer { state.producer = nil }
            return state.producer
        }
        // The last reference goes on the thread where waiting is allowed.
        _ = try? await call { () throws(PipelineError) in withExtendedLifetime(producer) {} }
    }
}
