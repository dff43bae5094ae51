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
        let registry = FunctionRegistry.standard
        var definitions = registry.definitions
        if let name {
            guard let definition = registry[name] else {
                throw PipelineError(
                    .unknownName, "there is no function '\(name)'",
                    hint: SpellingHint.hint(for: name, in: registry.names, otherwise: "see 'millrace functions'"))
            }
            definitions = [definition]
        }
        switch format {
        case "json": for definition in definitions { context.print(json(definition).text) }
        case "markdown": context.print(markdown(definitions))
        default:
            var table = TextTable(["function", "group", "gives"])
            table.rows = definitions.map { [$0.usage, $0.group.rawValue, $0.summary] }
            context.print(table.text)
        }
        return .done
    }

    private func json(_ definition: FunctionDefinition) -> JSONValue {
        [
            "name": .string(definition.name), "aliases": .array(definition.aliases.map { .string($0) }),
            "group": .string(definition.group.rawValue), "usage": .string(definition.usage),
            "summary": .string(definition.summary),
        ]
    }

    private func markdown(_ definitions: [FunctionDefinition]) -> String {
        var lines: [String] = []
        for group in FunctionDefinition.Group.allCases {
            let members = definitions.filter { $0.group == group }
            guard !members.isEmpty else { continue }
            lines += ["## \(Self.title(group))", "", "| function | gives | also named |", "|---|---|---|"]
            lines += members.map { definition in
                let cells = [
                    "`\(definition.usage)`", definition.summary,
                    definition.aliases.map { "`\($0)`" }.joined(separator: ", "),
                ]
                return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
            }
            lines.append("")
        }
        return lines.dropLast().joined(separator: "\n")
    }

    private static func title(_ group: FunctionDefinition.Group) -> String {
        switch group {
        case .operators: "Operators"
        case .math: "Numbers"
        case .string: "Strings"
        case .dateTime: "Dates and times"
        case .conditional: "Conditions"
        case .json: "JSON"
        case .hash: "Hashes"
        case .array: "Arrays"
        case .map: "Maps"
        case .structure: "Structs"
        case .conversion: "Conversion"
        case .misc: "Other"
        }
    }
}
