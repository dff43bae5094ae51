// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import PipelineSpec
import StreamCore

/// `millrace validate`
struct ValidateCommand: Command {
    static let usage = CommandUsage(
        name: "validate", summary: "Check pipeline files, and say what each sink guarantees.",
        discussion: """
            Starts and writes nothing, and asks no broker. Of tables only the columns of those that streams are joined with are \
            looked at. All mistakes of a file come in one answer.
            """,
        operands: [OperandUsage(name: "PIPELINE", summary: "A pipeline file.", isRepeated: true)],
        options: [
            OptionUsage(
                name: "--format", summary: "How the answer is written (default: text).", value: "FORMAT",
                choices: ["text", "json"]),
            OptionUsage(
                name: "--set", summary: "Lay a value over the file, at a dotted path.", value: "PATH=VALUE",
                isRepeated: true),
        ],
        examples: [
            ("millrace validate pipeline.json", "Check one file."),
            ("millrace validate pipelines/*.json --format json", "Check many; one JSON value a line."),
        ])

    private let paths: [String]
    private let overrides: [String]
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        paths = arguments.operands
        overrides = arguments.all("--set")
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        var code = ExitCode.done
        for path in paths {
            let outcome = try context.load(path, overrides: overrides)
            if outcome.pipeline == nil { code = .wrongInput }
            if isJSON {
                for problem in outcome.problems { context.print(problem.json.text) }
            } else {
                for problem in outcome.problems { context.print(problem.description) }
            }
            guard let pipeline = outcome.pipeline else { continue }
            let redactor = Redactor(outcome.secrets)
            for guarantee in SinkGuarantee.all(of: pipeline) {
                context.print(isJSON ? guarantee.json(file: path).text : redactor.clean("\(path): \(guarantee.text)"))
            }
        }
        return code
    }
}
