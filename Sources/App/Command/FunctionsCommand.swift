// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import SQL

/// `millrace functions`
struct FunctionsCommand: Command {
    static let usage = CommandUsage(
        name: "functions", summary: "List the functions and operators of the SQL dialect.",
        operands: [OperandUsage(name: "NAME", summary: "Only this function.", isOptional: true, completion: .none)],
        options: [
            OptionUsage(
                name: "--format", summary: "How they are listed (default: text).", value: "FORMAT",
                choices: ["text", "json", "markdown"])
        ],
        examples: [
            ("millrace functions substring", "Say what substring does."),
            ("millrace functions --format markdown", "The reference of all functions."),
        ])

    private let name: String?
    private let format: String

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        name = arguments.operands.first
        format = arguments.value("--format") ?? "text"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        var functions = FunctionReference.all
        if let name {
            let key = name.lowercased()
            functions = functions.filter { $0.name == key || $0.aliases.contains(key) }
            guard !functions.isEmpty else {
                let names = FunctionReference.all.flatMap { [$0.name] + $0.aliases }
                throw PipelineError(
                    .unknownName, "there is no function '\(name)'",
                    hint: SpellingHint.hint(for: name, in: names, otherwise: "see 'millrace functions'"))
            }
        }
        switch format {
        case "json": for function in functions { context.print(json(function).text) }
        case "markdown": context.print(markdown(functions))
        default:
            var table = TextTable(["function", "group", "gives"])
            table.rows = functions.map { [$0.usage, $0.group, $0.summary] }
            context.print(table.text)
        }
        return .done
    }

    private func json(_ function: FunctionReference) -> JSONValue {
        [
            "name": .string(function.name), "aliases": .array(function.aliases.map { .string($0) }),
            "group": .string(function.group), "usage": .string(function.usage), "summary": .string(function.summary),
        ]
    }

    private func markdown(_ functions: [FunctionReference]) -> String {
        var lines: [String] = []
        for group in FunctionReference.groups {
            let members = functions.filter { $0.group == group.name }
            guard !members.isEmpty else { continue }
            lines += ["## \(group.title)", "", "| function | gives | also named |", "|---|---|---|"]
            lines += members.map { function in
                let cells = [
                    "`\(function.usage)`", function.summary, function.aliases.map { "`\($0)`" }.joined(separator: ", "),
                ]
                return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
            }
            lines.append("")
        }
        return lines.dropLast().joined(separator: "\n")
    }
}
