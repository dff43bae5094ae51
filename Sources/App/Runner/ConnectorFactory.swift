// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import Sinks
import Sources
import StreamCore

/// Makes the sources and sinks of a pipeline.
struct ConnectorFactory: Sendable {
    let pipeline: Pipeline
    let clock: any Clock
    let events: any RunEvents
    /// Whether offsets are to be put together from the whole history of the tables.
    var recoverFromTable = false
    /// Wakes the engine when a source has something to read.
    var wake = WakeSignal()
    /// Crashes the process at a named step of a sink, in tests.
    var sinkStepHook: @Sendable (KafkaSink.Step, Epoch) -> Void = { _, _ in }
    /// Looks into unknown fields for columns.
    var discovery: FieldDiscovery?

    private var memory: MemoryShares {
        MemoryShares(
            budgetBytes: pipeline.memoryBytes, workers: pipeline.workers, sources: pipeline.sources.count,
            sinks: pipeline.sinks.count + 1,
            operators: Dataflow(sources: pipeline.sources.keys, transforms: pipeline.transforms).steps.count)
    }

    /// All sources, bound for the engine.
    func sources() throws(PipelineError) -> [String: EngineParts.BoundSource] {
        var sources: [String: EngineParts.BoundSource] = [:]
        for (name, declaration) in pipeline.sources {
            var declaration = declaration
            declaration.unknownFieldObserver = discovery?.observer(of: declaration)
            let source = try source(declaration)
            let scope: EngineParts.ProvenanceScope =
                if case .files = declaration.connector { .partitionsRead } else { .allPartitions }
            sources[name] = EngineParts.BoundSource(
                source, onMalformed: declaration.onMalformed, limits: declaration.limits, provenance: scope,
                watermark: declaration.watermark)
        }
        return sources
    }

    /// One source.
    func source(_ declaration: SourceDeclaration) throws(PipelineError) -> any Source {
        switch declaration.connector {
        case .kafka(let options):
            return try KafkaSource(
                declaration, options, pipeline: pipeline.name,
                memoryBytes: memory.sourceBytes, clock: clock, events: events)
        case .files(let options):
            return try FilesSource(
                name: declaration.name, options: options, declaration: declaration, clock: clock, events: events,
                wake: wake)
        case .rate(let options): return GeneratorSource(kind: .rate, options: options, clock: clock)
        case .iot(let options): return GeneratorSource(kind: .iot, options: options, clock: clock)
        }
    }

    /// All sinks, bound for the engine.
    func sinks() throws(PipelineError) -> [String: EngineParts.BoundSink] {
        var sinks: [String: EngineParts.BoundSink] = [:]
        for (name, declaration) in pipeline.sinks {
            sinks[name] = EngineParts.BoundSink(try sink(declaration), from: declaration.from)
        }
        return sinks
    }

    /// Where unusable records go.
    func deadLetters() throws(PipelineError) -> EngineParts.DeadLetterSink? {
        guard let connector = pipeline.deadLetters else { return nil }
        let declaration = SinkDeclaration(
            name: "deadLetters", from: EngineParts.deadLetterName, schema: DeadLetterTable.schema, connector: connector)
        let (hash, clock) = (pipeline.hash, clock)
        return EngineParts.DeadLetterSink(
            try sink(declaration),
            rows: { letters, epoch in
                DeadLetterTable.rows(letters, pipelineHash: hash, epoch: epoch, timeMicros: clock.nowMicros)
            }, text: { batch, row in JSONLinesEncoder.object(of: batch, row: row) })
    }

    private func sink(_ declaration: SinkDeclaration) throws(PipelineError) -> any Sink {
        switch declaration.connector {
        case .delta(let options):
            return try DeltaSink(
                declaration: declaration, options: options, pipeline: pipeline.name, events: events, clock: clock,
                foldsHistory: recoverFromTable && readsFiles)
        case .files(let options):
            return try FilesSink(declaration: declaration, options: options, pipeline: pipeline.name)
        case .kafka(let options):
            return try KafkaSink(
                declaration: declaration, options: options, pipeline: pipeline.name, checkpoint: pipeline.checkpoint,
                clock: clock, events: events, stepHook: sinkStepHook)
        case .console(let options):
            return ConsoleSink(declaration: declaration, options: options) { text in
                StandardStream.output.write(text)
            }
        }
    }

    /// Whether epochs name only the partitions that they read.
    private var readsFiles: Bool {
        pipeline.sources.values.contains { if case .files = $0.connector { true } else { false } }
    }
}
