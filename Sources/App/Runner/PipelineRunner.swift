// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Columnar
import Failures
import Sinks
import Sources
import StreamCore
import Synchronization

/// Runs one pipeline in this process: makes its sources, sinks and checkpoint, and the engine over them.
struct PipelineRunner: Sendable {
    let pipeline: Pipeline
    /// The pipeline as it is with columns that were found in the records of its sources.
    let growing: @Sendable ([String: [Field]]) throws(PipelineError) -> Pipeline
    let log: Logger
    let progress: ProgressReporter.Mode
    var recoverFromTable = false
    /// Operators whose state may be lost.
    var acceptedLosses: Set<String> = []
    /// Whether the end of a bounded run closes all windows.
    var finishesWindows = false
    /// Asks the run to finish its epoch and return.
    let stop: StopSignal
    /// Hears of every confirmed epoch.
    var observer: @Sendable (EpochProgress) -> Void = { _ in }
    /// Crashes the process at a named step, in tests.
    var crashHook: CrashHook = { _, _ in }
    /// The same within the Kafka sinks.
    var sinkStepHook: @Sendable (KafkaSink.Step, Epoch) -> Void = { _, _ in }

    /// Runs until the trigger is exhausted or `stop` is raised.
    func run() async throws(PipelineError) -> MicroBatchEngine.Summary {
        guard pipeline.mode == .microBatch else {
            throw PipelineError(
                .unsupported, "continuous mode is not there yet",
                hint: "Set \"mode\": \"micro-batch\" with a short trigger interval; the tables are the same")
        }
        let total = RunTotal()
        while true {
            let discovery = FieldDiscovery()
            do throws(PipelineError) {
                try await run(discovery, total)
                return total.summary
            } catch {
                let fields = discovery.fields
                guard error.code == .schemaGrew, !fields.isEmpty else { throw error }
                try await grow(by: fields, because: error)
            }
        }
    }

    /// Remembers new columns in the checkpoint; the next run reads the epoch that brought them again, as it was planned.
    private func grow(by fields: [String: [DiscoveredField]], because cause: PipelineError) async throws(PipelineError)
    {
        let checkpoint = try await openCheckpoint()
        let outcome: Result<Void, PipelineError>
        do throws(PipelineError) {
            let known = try await checkpoint.discoveredFields()
            // A pipeline that these columns break must not be left with them.
            _ = try grown(by: known.merging(fields) { $0 + $1 })
            try await checkpoint.add(fields)
            log.log(.info, "\(cause.what); they become columns")
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await checkpoint.close()
        try outcome.get()
    }

    private func grown(by fields: [String: [DiscoveredField]]) throws(PipelineError) -> Pipeline {
        if fields.isEmpty { return pipeline }
        var columns: [String: [Field]] = [:]
        for (source, found) in fields {
            for field in found { columns[source, default: []].append(try field.column()) }
        }
        return try growing(columns)
    }

    private func openCheckpoint() async throws(PipelineError) -> SQLiteCheckpointStore {
        try await SQLiteCheckpointStore.open(
            directory: pipeline.checkpoint, pipeline: pipeline.name, hash: pipeline.hash,
            definition: pipeline.definition, clock: SystemClock())
    }

    /// One run over what is known of the sources' columns.
    private func run(_ discovery: FieldDiscovery, _ total: RunTotal) async throws(PipelineError) {
        let checkpoint = try await openCheckpoint()
        let pipeline: Pipeline
        do throws(PipelineError) {
            pipeline = try grown(by: try await checkpoint.discoveredFields())
        } catch {
            await checkpoint.close()
            throw error
        }
        let clock = SystemClock()
        let reporter = ProgressReporter(pipeline, mode: progress, log: log, clock: clock) { [observer] progress in
            total.add(progress)
            observer(progress)
        }
        let factory = ConnectorFactory(
            pipeline: pipeline, clock: clock, events: reporter, recoverFromTable: recoverFromTable,
            sinkStepHook: sinkStepHook, discovery: discovery)
        let parts: EngineParts
        do throws(PipelineError) {
            let dataflow = Dataflow(sources: pipeline.sources.keys, transforms: pipeline.transforms)
            var built = EngineParts(
                pipeline: pipeline.name, pipelineHash: pipeline.hash, trigger: pipeline.trigger,
                limits: pipeline.limits, workers: pipeline.workers, sources: try factory.sources(),
                processor: dataflow.graph(sources: pipeline.sources, wanted: Set(pipeline.sinks.values.map(\.from))),
                sinks: try factory.sinks(),
                deadLetters: try factory.deadLetters(), checkpoint: checkpoint, clock: clock, events: reporter,
                crashHook: crashHook, wake: factory.wake)
            try built.equip(for: pipeline, dataflow, checkpoint: pipeline.checkpoint)
            built.stateStore = try await stateStore(
                beside: checkpoint, for: built.operators.map { $0.stateful.identity })
            built.finishesWindows = finishesWindows
            parts = built
        } catch {
            await checkpoint.close()
            throw error
        }
        let drawing = Task { await reporter.run() }
        let outcome: Result<Void, PipelineError>
        do throws(PipelineError) {
            _ = try await MicroBatchEngine(parts, stop: stop).run(recoverFromTable: recoverFromTable)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        drawing.cancel()
        await drawing.value
        try outcome.get()
    }

    /// Where the operators keep their state; `nil` when there are none.
    ///
    /// - Throws: `stateLoss` when the checkpoint holds state that this pipeline cannot use, and nobody accepted its loss.
    private func stateStore(
        beside checkpoint: SQLiteCheckpointStore, for wanted: [OperatorIdentity]
    ) async throws(PipelineError) -> (any StateStore)? {
        let report = try StateReport(directory: pipeline.checkpoint)
        let changes = StateChange.decide(
            stored: report.operators.mapValues(\.identity), empty: report.empty, wanted: wanted)
        let dropped = try StateChange.check(changes, accepted: acceptedLosses)
        if wanted.isEmpty && report.operators.isEmpty { return nil }
        let log = log
        let store = try await FileStateStore.open(checkpoint) { log.log(.warning, $0) }
        for name in dropped.sorted() { log.log(.warning, "operator '\(name)' begins with empty state") }
        for (name, change) in changes.sorted(by: { $0.key < $1.key }) where !dropped.contains(name) {
            guard !change.reasons.isEmpty else { continue }
            log.log(
                change.isLoss ? .warning : .info,
                "the state of '\(name)' goes on under another meaning: \(change.reasons.joined(separator: "; "))")
        }
        try await store.register(wanted, dropping: dropped)
        return wanted.isEmpty ? nil : store
    }
}

/// What was confirmed since the start, through all beginnings anew.
private final class RunTotal: Sendable {
    private let total = Mutex(MicroBatchEngine.Summary())

    var summary: MicroBatchEngine.Summary { total.withLock { $0 } }

    func add(_ progress: EpochProgress) {
        total.withLock { total in
            total.epochs += 1
            total.inputRows += progress.inputRows
        }
    }
}

extension EngineParts {
    /// Adds what the transforms of a pipeline need: operators with the memory and the disk for their state, and tables to look up.
    mutating func equip(
        for pipeline: Pipeline, _ dataflow: Dataflow, checkpoint: String
    ) throws(PipelineError) {
        operators = try dataflow.operators()
        spillArea = SparingSpillArea(area: FileSpillArea(checkpoint: checkpoint))
        lookups = pipeline.transforms.flatMap { $0.plan.lookups }
        lookupTables = FileTables()
        memoryBytes = pipeline.memoryBytes
    }
}
