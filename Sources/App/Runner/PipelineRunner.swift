// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import Sinks
import StreamCore

/// Runs one pipeline in this process: makes its sources, sinks and checkpoint, and the engine over them.
struct PipelineRunner: Sendable {
    let pipeline: Pipeline
    let log: Logger
    let progress: ProgressReporter.Mode
    var recoverFromTable = false
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
        let clock = SystemClock()
        let reporter = ProgressReporter(pipeline, mode: progress, log: log, clock: clock, observer: observer)
        let factory = ConnectorFactory(
            pipeline: pipeline, clock: clock, events: reporter, recoverFromTable: recoverFromTable,
            sinkStepHook: sinkStepHook)
        let checkpoint = try await SQLiteCheckpointStore.open(
            directory: pipeline.checkpoint, pipeline: pipeline.name, hash: pipeline.hash,
            definition: pipeline.definition, clock: clock)
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
            built.operators = try dataflow.operators()
            if !built.operators.isEmpty {
                built.stateStore = try await FileStateStore.open(checkpoint) { log.log(.warning, $0) }
            }
            built.memoryBytes = pipeline.memoryBytes
            built.finishesWindows = finishesWindows
            parts = built
        } catch {
            await checkpoint.close()
            throw error
        }
        let drawing = Task { await reporter.run() }
        let outcome: Result<MicroBatchEngine.Summary, PipelineError>
        do throws(PipelineError) {
            outcome = .success(try await MicroBatchEngine(parts, stop: stop).run(recoverFromTable: recoverFromTable))
        } catch {
            outcome = .failure(error)
        }
        drawing.cancel()
        await drawing.value
        return try outcome.get()
    }
}
