// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import KafkaClient
import PipelineSpec
import Sources
import StreamCore

/// The main job on embedded defaults: a broker in this process, generated readings, a pipeline into Delta tables, and a look at them.
struct Demo {
    let folder: String
    let rows: Int
    let rate: Int
    let context: CommandContext
    private static let partitions = 4

    /// Runs it and shows the result.
    func run() async throws(PipelineError) -> ExitCode {
        let broker = try MockCluster()
        try broker.createTopic(DemoPipeline.topic, partitions: Self.partitions)
        try LocalFile.makeFolder(folder)
        let path = "\(folder)/pipeline.json"
        try LocalFile.write(Array(DemoPipeline.text(folder: folder).utf8), to: path)
        let pipeline = try load(path, brokers: broker.brokers)
        context.print(
            """
            1. A Kafka-protocol broker runs inside this process (\(broker.brokers)), with the topic \(DemoPipeline.topic) in \
            \(Self.partitions) partitions.
            2. A generator writes \(NumberText.grouped(rows)) readings of 1,000 devices to it, \(NumberText.grouped(rate)) a second.
            3. The pipeline \(path) takes them into Delta tables, one commit per table and epoch:

            """)
        let summary = try await stream(pipeline, brokers: broker.brokers)
        context.print(
            "\nDone: \(NumberText.grouped(summary.inputRows)) records in \(summary.epochs) epochs, each exactly once.")
        try await show(pipeline)
        withExtendedLifetime(broker) {}
        return .done
    }

    private func load(_ path: String, brokers: String) throws(PipelineError) -> Pipeline {
        let loader = PipelineLoader(environment: ["KAFKA_BROKERS": brokers], cores: ThisProcess.cores) {
            path throws(PipelineError) in try LocalFile.read(path)
        }
        let outcome = loader.load(try LocalFile.read(path), file: path)
        guard let pipeline = outcome.pipeline else {
            throw PipelineError(
                .internalError, "the pipeline of the demonstration is wrong",
                cause: outcome.problems.map(\.description).joined(separator: "; "))
        }
        return pipeline
    }

    /// Runs generator and pipeline side by side until everything that was generated is in the tables.
    private func stream(_ pipeline: Pipeline, brokers: String) async throws(PipelineError) -> MicroBatchEngine.Summary {
        let (stop, feedStop) = (StopSignal(), StopSignal())
        let signals = Signals { _ in
            feedStop.raise()
            stop.raise()
        }
        defer { withExtendedLifetime(signals) {} }
        let counter = ArrivalCount()
        let runner = PipelineRunner(
            pipeline: pipeline, growing: { _ in pipeline }, log: context.log.labelled(pipeline.name),
            progress: StandardStream.errors.isTerminal ? .live : .lines, stop: stop,
            observer: { counter.add($0.inputRows) })
        let running = Task { () -> Result<MicroBatchEngine.Summary, PipelineError> in
            do throws(PipelineError) {
                return .success(try await runner.run())
            } catch {
                return .failure(error)
            }
        }
        do throws(PipelineError) {
            let feed = ReadingFeed(
                generator: IoTGenerator(
                    start: SystemClock().nowMicros, intervalMicros: max(1, 1_000_000 / Int64(rate))),
                rows: rows, rowsPerSecond: rate, stop: feedStop)
            let target = try KafkaTarget(
                brokers: brokers, topic: DemoPipeline.topic, partitions: nil, log: context.log)
            let sent = try await feed.run(into: target)
            for _ in 0..<600 where counter.value < sent && !stop.isRaised {
                await SystemClock().sleep(nanos: 50_000_000)
            }
        } catch {
            stop.raise()
            _ = await running.value
            throw error
        }
        stop.raise()
        return try await running.value.get()
    }

    private func show(_ pipeline: Pipeline) async throws(PipelineError) {
        for (name, sink) in pipeline.sinks.sorted(by: { $0.key > $1.key }) {
            guard case .delta(let options) = sink.connector else { continue }
            let table = try DeltaTable.open(options.table)
            let snapshot = try await table.snapshot()
            let count = snapshot.files.reduce(Int64(0)) { $0 + ($1.recordCount ?? 0) }
            context.print(
                """

                Table \(options.table) (sink '\(name)', from '\(sink.from)'): version \(snapshot.version), \
                \(NumberText.grouped(count)) rows in \(snapshot.fileCount) files, \(NumberText.bytes(snapshot.byteCount)).

                """)
            context.print(TableHistoryCommand.text(Array(try await table.history(limit: 3))))
            let (schema, rows) = try await TablePreview(table: table, snapshot: snapshot).rows(3)
            context.print("\nThree of its rows:\n\n" + ValueText.table(rows, schema))
        }
        context.print(DemoGuide.text(folder: folder, currentFolder: ThisProcess.currentFolder))
    }
}
