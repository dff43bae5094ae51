// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import PipelineSpec
import StreamCore

/// `millrace test`
struct TestCommand: Command {
    static let usage = CommandUsage(
        name: "test", summary: "Run tests of pipelines: what comes when, and what must be given then.",
        discussion: """
            A test file holds a pipeline or names one, and steps: records that come, epochs, a clock that moves, crashes, restarts, and \
            what must be true. Sources and sinks are replaced by ones in memory; nothing is read or written outside a temporary \
            folder. 'millrace schema --for test' prints the JSON Schema of such files. Exit code 3 when something is not as \
            expected, 2 when a file is wrong.
            """,
        operands: [
            OperandUsage(
                name: "FILE|DIR", summary: "A test file, or a folder: all *.test.json in it and below it.",
                isRepeated: true)
        ],
        options: [
            OptionUsage(
                name: "--format", summary: "How results are written (default: text).", value: "FORMAT",
                choices: ["text", "json"]),
            OptionUsage(
                name: "--workers", summary: "Worker tasks, whatever the tests say.", value: "N"),
            OptionUsage(
                name: "--junit", summary: "Also write the results to this file, in JUnit's XML.", value: "FILE",
                completion: .files),
        ],
        examples: [
            ("millrace test tests/", "Run all tests of a folder."),
            ("millrace test late.test.json --format json", "One test, as a JSON object."),
            ("millrace test tests/ --junit results.xml", "For a CI server."),
        ])

    private let operands: [String]
    private let isJSON: Bool
    private let junit: String?
    private let workers: Int?

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        operands = arguments.operands
        isJSON = arguments.value("--format") == "json"
        junit = arguments.value("--junit")
        workers = try arguments.count("--workers")
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        var files: [String] = []
        for operand in operands { files += try Self.tests(at: operand) }
        var outcomes: [ScenarioOutcome] = []
        for file in files {
            let outcome = try await run(file, context)
            outcomes.append(outcome)
            context.print(isJSON ? ScenarioReport.json(outcome).text : ScenarioReport.text(outcome))
        }
        if !isJSON { context.print(ScenarioReport.summary(outcomes)) }
        if let junit { try LocalFile.write(Array(ScenarioReport.junit(outcomes).utf8), to: junit) }
        if outcomes.contains(where: { !$0.mistakes.isEmpty }) { return .wrongInput }
        return outcomes.allSatisfy(\.hasPassed) ? .done : .failed
    }

    /// A file itself, or the tests in a folder.
    private static func tests(at path: String) throws(PipelineError) -> [String] {
        switch LocalFile.kind(of: path) {
        case .file: return [path]
        case .nothing: throw PipelineError(.missingFile, "there is no test '\(path)'")
        case .folder:
            let files = try tests(in: path.hasSuffix("/") ? String(path.dropLast()) : path)
            if files.isEmpty {
                throw PipelineError(
                    .missingFile, "the folder '\(path)' has no tests", hint: "Names of tests end in .test.json")
            }
            return files
        }
    }

    private static func tests(in folder: String) throws(PipelineError) -> [String] {
        var files: [String] = []
        for name in try LocalFile.names(in: folder) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            if LocalFile.kind(of: path) == .folder {
                files += try tests(in: path)
            } else if name.hasSuffix(".test.json") {
                files.append(path)
            }
        }
        return files
    }

    private func run(_ file: String, _ context: CommandContext) async throws(PipelineError) -> ScenarioOutcome {
        var outcome = ScenarioOutcome(file: file)
        let loader = ScenarioLoader(environment: context.environment) { path throws(PipelineError) in
            try LocalFile.read(path)
        }
        let loaded = loader.load(try LocalFile.read(file), file: file)
        let redactor = Redactor(loaded.secrets)
        guard let scenario = loaded.scenario else {
            outcome.mistakes = loaded.problems.filter { $0.severity == .error }.map { redactor.clean($0.description) }
            outcome.problems = loaded.problems.map(\.json)
            return outcome
        }
        let folder = try TemporaryFolder(environment: context.environment)
        defer { folder.remove() }
        var log = context.log.labelled(scenario.pipeline.name)
        log.redactor = redactor
        let clock = SystemClock()
        let started = clock.monotonicNanos
        var runner = ScenarioRunner(
            scenario, file: file, checkpoint: folder.path + "/checkpoint", workers: workers, log: log)
        outcome.failures = await runner.run()
        outcome.nanos = clock.monotonicNanos - started
        outcome.summary = scenario.summary
        outcome.steps = scenario.steps.count
        return outcome
    }
}
