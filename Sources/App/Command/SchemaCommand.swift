// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import PipelineSpec

/// `millrace schema`
struct SchemaCommand: Command {
    static let usage = CommandUsage(
        name: "schema", summary: "Print the JSON Schema of pipeline files or tests, for editors.",
        options: [
            OptionUsage(
                name: "--for", summary: "Of which files (default: pipeline).", value: "KIND",
                choices: ["pipeline", "test"]),
            OptionUsage(
                name: "--format", summary: "The schema, or the reference of all keys (default: json).", value: "FORMAT",
                choices: ["json", "markdown"]),
        ],
        examples: [
            ("millrace schema > pipeline.schema.json", "Save the schema; point \"$schema\" of a pipeline file to it.")
        ])

    private let format: String
    private let isForTests: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        format = arguments.value("--format") ?? "json"
        isForTests = arguments.value("--for") == "test"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        if format == "markdown" {
            StandardStream.output.write(isForTests ? PipelineSchema.testReference : PipelineSchema.reference)
        } else {
            context.print((isForTests ? PipelineSchema.testJSONSchema : PipelineSchema.jsonSchema).pretty())
        }
        return .done
    }
}
