// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Columnar
import Failures
import PipelineSpec
import StreamCore
import Synchronization

/// `millrace run`
struct RunCommand: Command {
    static let usage = CommandUsage(
        name: "run", summary: "Run a pipeline.",
        discussion: """
            Runs until it is stopped, or until everything is done with --available-now, --once or --for. SIGTERM and the first \
            Ctrl-C finish the epoch and exit 0; a second Ctrl-C exits 130 at once. Either way, nothing is lost or doubled.
            """,
        operands: [OperandUsage(name: "PIPELINE", summary: "A pipeline file.")],
        options: [
            OptionUsage(
                name: "--available-now", summary: "Take everything that is there, in bounded epochs, then exit."),
            OptionUsage(name: "--once", summary: "Take everything that is there in one epoch, then exit."),
            OptionUsage(
                name: "--finish",
                summary: "At the end of --available-now or --once close all windows, wherever the watermark is."),
            OptionUsage(name: "--for", summary: "Stop after this time.", value: "DURATION"),
            OptionUsage(
                name: "--set", summary: "Lay a value over the file, at a dotted path.", value: "PATH=VALUE",
                isRepeated: true),
            OptionUsage(
                name: "--progress",
                summary: "How progress is shown (default: auto, a live line on a terminal, else JSON lines).",
                value: "HOW", choices: ["auto", "json", "none"]),
            OptionUsage(
                name: "--recover-from-table",
                summary: "When the checkpoint is behind the tables, go on from the offsets in the tables."),
            OptionUsage(
                name: "--accept-loss", summary: "Go on although the state of this operator is lost.", value: "OPERATOR",
                isRepeated: true),
        ],
        examples: [
            ("millrace run pipeline.json", "Run until stopped."),
            ("millrace run pipeline.json --available-now", "Take what is there and exit: for cron and tests."),
            ("millrace run pipeline.json --available-now --finish", "The same, and no window stays open."),
            (
                "millrace run pipeline.json --set trigger.interval=\"100 ms\" --for \"10 minutes\"",
                "Override and bound."
            ),
        ])

    private let path: String
    private let overrides: [String]
    private let trigger: Trigger?
    private let micros: Int64?
    private let progress: String
    private let recoverFromTable: Bool
    private let finishes: Bool
    private let acceptedLosses: [String]

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        path = arguments.operands.first ?? ""
        overrides = arguments.all("--set")
        progress = arguments.value("--progress") ?? "auto"
        recoverFromTable = arguments.has("--recover-from-table")
        finishes = arguments.has("--finish")
        acceptedLosses = arguments.all("--accept-loss")
        let (availableNow, once) = (arguments.has("--available-now"), arguments.has("--once"))
        if availableNow && once {
            throw PipelineError(.invalidArgument, "'--available-now' and '--once' exclude each other")
        }
        trigger = availableNow ? .availableNow : once ? .once : nil
        if let text = arguments.value("--for") {
            guard let micros = Duration.parsedMicros(text) else {
                throw PipelineError(
                    .invalidArgument, "'--for \(text)' is no duration",
                    hint: "write it as \"10 seconds\" or \"PT10S\"")
            }
            self.micros = micros
        } else {
            micros = nil
        }
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        guard let (loaded, redactor) = try context.loadOrExplain(path, overrides: overrides) else {
            return .wrongInput
        }
        var pipeline = loaded
        if let trigger { pipeline.trigger = trigger }
        if finishes, pipeline.trigger != .availableNow, pipeline.trigger != .once {
            throw PipelineError(
                .invalidArgument, "'--finish' closes windows at the end of a run, and this run has none",
                hint: "add --available-now or --once")
        }
        let steps = Dataflow(sources: pipeline.sources.keys, transforms: pipeline.transforms).steps.map(\.name)
        let stored = (try? StateReport(directory: pipeline.checkpoint).operators.keys.map { $0 }) ?? []
        if let lost = acceptedLosses.first(where: { !steps.contains($0) && !stored.contains($0) }) {
            throw PipelineError(
                .invalidArgument, "the pipeline has no operator '\(lost)' that keeps state",
                hint: "remove --accept-loss")
        }
        var log = context.log.labelled(pipeline.name)
        log.redactor = redactor
        let stop = StopSignal()
        let signals = Signals { _ in stop.raise() }
        defer { withExtendedLifetime(signals) {} }
        if let micros {
            Task {
                await SystemClock().sleep(nanos: micros * 1_000)
                stop.raise()
            }
        }
        let hasCommitted = Atomic(false)
        let openWindows = Atomic(0)
        var runner = PipelineRunner(
            pipeline: pipeline,
            growing: { [path, overrides, trigger] columns throws(PipelineError) in
                try Self.pipeline(path, overrides, trigger, columns, context)
            }, log: log, progress: progressMode(of: pipeline), recoverFromTable: recoverFromTable,
            acceptedLosses: Set(acceptedLosses), finishesWindows: finishes, stop: stop,
            crashHook: CrashInjection.hook(environment: context.environment),
            sinkStepHook: CrashInjection.kafkaSinkHook(environment: context.environment))
        runner.observer = { progress in
            hasCommitted.store(true, ordering: .relaxed)
            openWindows.store(progress.operators.values.reduce(0) { $0 + $1.size.openWindows }, ordering: .relaxed)
        }
        do throws(PipelineError) {
            let summary = try await runner.run()
            var numbers = [("epochs", "\(summary.epochs)"), ("rows", NumberText.grouped(summary.inputRows))]
            // Windows that wait for the next run; what holds them open is in the progress.
            let open = openWindows.load(ordering: .relaxed)
            if open > 0 { numbers.append(("openWindows", NumberText.grouped(open))) }
            log.log(.info, "done", numbers)
            return .done
        } catch {
            let shown = redactor.clean(ErrorText.line(error.within("pipeline", pipeline.name)))
            StandardStream.errors.line("millrace: \(shown)")
            return ExitCode(ofRun: error, hasCommitted: hasCommitted.load(ordering: .relaxed))
        }
    }

    /// The pipeline with columns that its sources' records brought.
    private static func pipeline(
        _ path: String, _ overrides: [String], _ trigger: Trigger?, _ columns: [String: [Field]],
        _ context: CommandContext
    ) throws(PipelineError) -> Pipeline {
        let outcome = try context.load(path, overrides: overrides, discovered: columns)
        guard var pipeline = outcome.pipeline else {
            let problem = outcome.problems.first { $0.severity == .error }
            throw PipelineError(
                .invalidPipeline, "the pipeline does not fit the fields that its records have now",
                hint: "List the columns in SQL instead of '*', or set \"unknownFields\" to \"rescue\"",
                cause: problem?.description ?? "")
        }
        if let trigger { pipeline.trigger = trigger }
        return pipeline
    }

    private func progressMode(of pipeline: Pipeline) -> ProgressReporter.Mode {
        let showsRows = pipeline.sinks.values.contains { if case .console = $0.connector { true } else { false } }
        switch progress {
        case "json": return .json
        case "none": return .none
        default:
            if StandardStream.errors.isTerminal { return .live }
            return showsRows ? .none : .json
        }
    }
}
