// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Columnar
import Failures
import Formats
import Sinks
import Sources
import StreamCore

/// Gives some rows of a relation that keeps state or looks rows up in tables: one epoch of a real engine, after which all windows are closed.
///
/// The checkpoint is thrown away, the sink is in memory, and the sources are not told what was read.
struct RelationTrial {
    let pipeline: Pipeline
    let relation: String
    let rows: Int
    /// A folder for the checkpoint.
    let folder: String
    let log: Logger

    /// Records of a source that are read at most.
    static let maxRecords = 100_000

    /// Whether a relation needs this.
    static func isNeeded(for relation: String, in pipeline: Pipeline) -> Bool {
        let needed = pipeline.relations(behind: relation)
        return pipeline.transforms.contains {
            needed.contains($0.name) && ($0.plan.isStateful || !$0.plan.lookups.isEmpty)
        }
    }

    /// The rows that the first records of each source lead to.
    func run() async throws(PipelineError) -> RelationSampler.Sample {
        let (life, table, letters) = (CrashSwitch(), RecordedTable(), RecordedTable())
        let part = self.part
        let (clock, events) = (SystemClock(), LoggedEvents(log: log))
        let checkpoint = try await SQLiteCheckpointStore.open(
            directory: folder, pipeline: part.name, hash: part.hash, definition: part.definition, clock: clock)
        let parts: EngineParts
        do throws(PipelineError) {
            let dataflow = Dataflow(sources: part.sources.keys, transforms: part.transforms)
            let sink = EngineParts.BoundSink(RecordingSink(table, life: life), from: relation)
            let factory = ConnectorFactory(pipeline: part, clock: clock, events: events)
            var built = EngineParts(
                pipeline: part.name, pipelineHash: part.hash, trigger: .once, workers: part.workers,
                sources: try factory.sources().mapValues { Self.trial($0) },
                processor: dataflow.graph(sources: part.sources, wanted: [relation]), sinks: ["sample": sink],
                deadLetters: EngineParts.DeadLetterSink(
                    RecordingSink(letters, life: life),
                    rows: { letters, epoch in
                        DeadLetterTable.rows(
                            letters, pipelineHash: part.hash, epoch: epoch, timeMicros: clock.nowMicros)
                    }, text: { batch, row in JSONLinesEncoder.object(of: batch, row: row) }),
                checkpoint: checkpoint, clock: clock, events: events, wake: factory.wake)
            try built.equip(for: part, dataflow, checkpoint: folder)
            built.stateStore = try await FileStateStore.open(checkpoint) { [log] in log.log(.warning, $0) }
            built.finishesWindows = true
            parts = built
        } catch {
            await checkpoint.close()
            throw error
        }
        _ = try await MicroBatchEngine(parts, stop: StopSignal()).run()
        return sample(table.epochs(sinceLastLook: false), letters.epochs(sinceLastLook: false).flatMap { $0 })
    }

    /// What the relation needs of the pipeline.
    private var part: Pipeline {
        let needed = pipeline.relations(behind: relation)
        var part = pipeline
        part.sources = part.sources.filter { needed.contains($0.key) }
        part.transforms = part.transforms.filter { needed.contains($0.name) }
        part.sinks = [:]
        return part
    }

    private static func trial(_ bound: EngineParts.BoundSource) -> EngineParts.BoundSource {
        EngineParts.BoundSource(
            TrialSource(bound.source), limits: EpochLimits(records: maxRecords), provenance: bound.provenance,
            watermark: bound.watermark)
    }

    private func sample(_ epochs: [[[Value]]], _ letters: [[Value]]) -> RelationSampler.Sample {
        let transform = pipeline.transforms.first { $0.name == relation }
        var sample = RelationSampler.Sample(schema: transform?.plan.schema ?? Schema([]))
        let given = transform?.outputMode == .complete ? epochs.last { !$0.isEmpty } ?? [] : epochs.flatMap { $0 }
        sample.rows = Array(given.prefix(rows))
        let columns = ["stage", "source", "partition", "position", "code", "message"].map {
            DeadLetterTable.schema.index(of: $0)
        }
        for letter in letters {
            let texts = columns.map {
                $0.map { ValueText.text(letter[$0], DeadLetterTable.schema.fields[$0].type) } ?? ""
            }
            sample.rejected.append(
                "\(texts[0]) (\(texts[1]) \(texts[2]) \(texts[3])): \(texts[4]): \(texts[5])")
        }
        return sample
    }
}
