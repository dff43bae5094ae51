// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Columnar
import Failures
import PipelineSpec
import StreamCore
import StreamTesting

@testable import App

/// One checkpoint over which versions of a pipeline follow each other: the real engine, checkpoint and state files, with sources and a table
/// in memory that outlive them.
final class ChangingRun: Sendable {
    /// What comes before one epoch: JSON records by source.
    typealias Sending = [String: [String]]

    private let folder = TemporaryFolder()
    private let clock = SteppedClock(micros: 0)
    private let logs: [String: RecordLog]
    private let table: RecordedTable
    private let totals = ProgressTotals(log: Logger(label: "test", level: .error, format: .text))

    /// A run over these sources; its pipelines have the one sink `out`.
    init(sources: [String], table: RecordedTable = RecordedTable()) {
        logs = Dictionary(uniqueKeysWithValues: sources.map { ($0, RecordLog()) })
        self.table = table
    }

    /// Where the checkpoint is.
    var checkpoint: String { folder.path + "/state" }

    /// The last decided epoch; -1 before the first.
    var decided: Int64 { (try? StateReport(directory: checkpoint))?.epoch.number ?? -1 }

    /// How many records of a source the decided epochs have read.
    func read(of source: String) -> Int {
        let offsets = (try? CheckpointReport(directory: checkpoint, limit: 1))?.offsets[source]
        return Int(offsets?[SourcePartition("p")]?.position ?? 0)
    }

    /// The rows by the epoch that gave them.
    var rows: [Int64: [[Value]]] {
        Dictionary(uniqueKeysWithValues: table.published.map { ($0.key.number, $0.value) })
    }

    private func pipeline(_ text: String) throws -> Pipeline {
        let loader = PipelineLoader(environment: [:], cores: 2) { path throws(PipelineError) in
            throw PipelineError(.missingFile, "there is no '\(path)' in this test")
        }
        let outcome = loader.load(Array(text.utf8), file: "p.json")
        guard var pipeline = outcome.pipeline else {
            throw PipelineError(.invalidPipeline, outcome.problems.map(\.description).joined(separator: "\n"))
        }
        pipeline.trigger = .interval(micros: 0)
        pipeline.checkpoint = checkpoint
        return pipeline
    }

    /// What becomes of the state when the pipeline is this one from now on.
    func changes(to text: String) throws -> [String: StateChange] {
        let pipeline = try pipeline(text)
        let wanted = try Dataflow(sources: pipeline.sources.keys, transforms: pipeline.transforms).operators()
        let report = try? StateReport(directory: checkpoint)
        return StateChange.decide(
            stored: report?.operators.mapValues(\.identity) ?? [:], empty: report?.empty ?? [],
            wanted: wanted.map { $0.stateful.identity })
    }

    /// Starts a version of the pipeline; `isLast`: it reads and closes everything, and has ended.
    func start(_ text: String, workers: Int, isLast: Bool = false) async throws -> PipelineLife {
        let pipeline = try pipeline(text)
        let world = ScenarioWorld(
            pipeline: pipeline, clock: clock, logs: logs, lookups: ScriptedTables([:]),
            tables: pipeline.sinks.mapValues { _ in table },
            totals: totals)
        return try await PipelineLife(world, workers: workers, finishing: isLast)
    }

    /// Adds records.
    func send(_ sending: Sending) {
        for (source, lines) in sending {
            logs[source]?.append(
                lines.map { RecordLog.Record(bytes: Array($0.utf8), key: nil, timestampMicros: 0) },
                to: SourcePartition("p"))
        }
    }

    /// The rows of one pipeline over everything, without a stop.
    static func uninterrupted(_ text: String, _ sendings: [Sending]) async throws -> [[Value]] {
        let run = ChangingRun(sources: sendings.first.map { Array($0.keys) } ?? [])
        let life = try await run.start(text, workers: 2)
        for sending in sendings {
            run.send(sending)
            await life.runEpoch()
        }
        if let error = await life.shutDown() { throw error }
        if let error = try await run.start(text, workers: 1, isLast: true).failure { throw error }
        return run.rows.values.flatMap { $0 }
    }
}
