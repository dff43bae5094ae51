// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import Formats
import Sinks
import StreamCore
import Synchronization

/// The pipeline of a test from one start to its stop or crash: a real engine over a real checkpoint, in a world that the test owns.
final class PipelineLife: Sendable {
    private let world: ScenarioWorld
    private let stop = StopSignal()
    private let life: CrashSwitch
    private let checkpoint: WatchedCheckpoint
    private let result = Mutex<PipelineError??>(nil)
    /// An epoch's trigger may lead to others, but not for ever.
    private static let maxRounds = 10_000

    /// Starts the pipeline, and waits until it has nothing to do.
    ///
    /// - Parameter finishing: read everything, close all that is open, and return, as `run --available-now --finish` does.
    init(_ world: ScenarioWorld, workers: Int, finishing: Bool = false) async throws(PipelineError) {
        self.world = world
        let (life, pipeline) = (CrashSwitch(), world.pipeline)
        self.life = life
        let store = try await SQLiteCheckpointStore.open(
            directory: pipeline.checkpoint, pipeline: pipeline.name, hash: pipeline.hash,
            definition: pipeline.definition, clock: world.clock)
        checkpoint = WatchedCheckpoint(store, life: life)
        var parts: EngineParts
        do throws(PipelineError) {
            parts = try Self.parts(world, life: life, checkpoint: checkpoint, workers: workers, finishing: finishing)
            if !parts.operators.isEmpty {
                let log = world.totals
                let state = try await FileStateStore.open(store) { log.note(.warning, "state", $0) }
                parts.stateStore = WatchedStateStore(state, life: life)
                parts.spillArea = FileSpillArea(checkpoint: pipeline.checkpoint)
            }
        } catch {
            await store.close()
            throw error
        }
        world.clock.begin()
        let engine = MicroBatchEngine(parts, stop: stop)
        Task {
            do throws(PipelineError) {
                _ = try await engine.run()
                end(nil)
            } catch {
                end(error)
            }
        }
        repeat { await world.clock.nextPause() } while finishing && !hasEnded
        await settle()
    }

    private static func parts(
        _ world: ScenarioWorld, life: CrashSwitch, checkpoint: WatchedCheckpoint, workers: Int, finishing: Bool
    ) throws(PipelineError) -> EngineParts {
        let pipeline = world.pipeline
        let sources = pipeline.sources.mapValues { declaration in
            EngineParts.BoundSource(
                ScriptedSource(
                    declaration, log: world.logs[declaration.name] ?? RecordLog(), life: life, isGated: !finishing),
                onMalformed: declaration.onMalformed, limits: declaration.limits, watermark: declaration.watermark)
        }
        let sinks = pipeline.sinks.mapValues { declaration in
            EngineParts.BoundSink(
                RecordingSink(world.tables[declaration.name] ?? RecordedTable(), life: life), from: declaration.from)
        }
        let (hash, clock) = (pipeline.hash, world.clock)
        let letters = EngineParts.DeadLetterSink(
            RecordingSink(world.deadLetters, life: life),
            rows: { letters, epoch in
                DeadLetterTable.rows(letters, pipelineHash: hash, epoch: epoch, timeMicros: clock.nowMicros)
            }, text: { batch, row in JSONLinesEncoder.object(of: batch, row: row) })
        let dataflow = Dataflow(sources: pipeline.sources.keys, transforms: pipeline.transforms)
        var parts = EngineParts(
            pipeline: pipeline.name, pipelineHash: pipeline.hash, trigger: finishing ? .availableNow : pipeline.trigger,
            limits: pipeline.limits, workers: workers, sources: sources,
            processor: dataflow.graph(sources: pipeline.sources, wanted: Set(pipeline.sinks.values.map(\.from))),
            sinks: sinks, deadLetters: letters, checkpoint: checkpoint, clock: clock, events: world.totals,
            crashHook: { point, _ in life.pass(point) })
        parts.operators = try dataflow.operators()
        parts.lookups = pipeline.transforms.flatMap { $0.plan.lookups }
        parts.lookupTables = world.lookups
        parts.memoryBytes = pipeline.memoryBytes
        parts.finishesWindows = finishing
        return parts
    }

    private func end(_ error: PipelineError?) {
        result.withLock { $0 = .some(error) }
        world.clock.end()
    }

    /// Whether the engine has returned.
    var hasEnded: Bool { result.withLock { $0 != nil } }

    /// Why it has ended, when it failed.
    var failure: PipelineError? { result.withLock { $0 ?? nil } }

    /// The last decided epoch.
    var decided: DecidedEpoch? { checkpoint.decided }

    /// Lets the trigger fire until there is nothing to do.
    func settle() async {
        for _ in 0..<Self.maxRounds where !hasEnded {
            let before = checkpoint.plannedCount
            await fire()
            if checkpoint.plannedCount == before { return }
        }
    }

    /// Lets the next plan read what was sent, and waits until that is confirmed.
    func runEpoch() async {
        for log in world.logs.values { log.open() }
        await fire()
        await settle()
    }

    /// Runs one epoch up to a crash; whether the point was reached.
    func crash(at point: CrashPoint) async -> Bool {
        life.arm(point)
        await runEpoch()
        for _ in 0..<Self.maxRounds where life.isDown && !hasEnded { await fire() }
        let isReached = life.isDown
        if !isReached { _ = await shutDown() }
        return isReached
    }

    /// Stops the engine in good order; the error when it failed.
    func shutDown() async -> PipelineError? {
        stop.raise()
        world.clock.open()
        while !hasEnded { await world.clock.nextPause() }
        return failure
    }

    private func fire() async {
        if hasEnded { return }
        world.clock.wakeSleeper()
        await world.clock.nextPause()
    }
}
