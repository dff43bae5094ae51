// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import PipelineSpec

/// `millrace schema`
struct SchemaCommand: Command {
    static let usage = CommandUsage(
        name: "schema", summary: "Print the JSON Schema of pipeline files, for editors.",
        options: [
            OptionUsage(
                name: "--format", summary: "The schema, or the reference of all keys (default: json).", value: "FORMAT",
                choices: ["json", "markdown"])
        ],
        examples: [
            ("millrace schema > pipeline.schema.json", "Save the schema; point \"$schema\" of a pipeline file to it.")
        ])

    private let format: String

    init(_ arguments: ParsedArguments) throws(PipelineError) { format = arguments.value("--format") ?? "json" }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        if format == "markdown" {
            StandardStream.output.write(PipelineSchema.reference)
        } else {
            context.print(PipelineSchema.jsonSchema.pretty())
        }
        return .done
    }
}
