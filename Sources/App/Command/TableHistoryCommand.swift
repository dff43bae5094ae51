// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import JSONText

/// `millrace table history`
struct TableHistoryCommand: Command {
    static let usage = CommandUsage(
        name: "table history", summary: "List the versions of a Delta table and what made each, newest first.",
        discussion: "A version made by a pipeline says which epoch and which source offsets made it.",
        operands: [TableUsage.table],
        options: [
            OptionUsage(name: "--limit", summary: "At most so many versions (default: 20).", value: "N"),
            TableUsage.format,
        ],
        examples: [("millrace table history data/iot-files/readings --limit 5", "The last five versions.")])

    private let location: String
    private let limit: Int
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        location = arguments.operands.first ?? ""
        limit = try arguments.count("--limit") ?? 20
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        let table = try DeltaTable.open(location)
        _ = try await table.snapshot()
        let history = try await table.history(limit: limit)
        if isJSON {
            for commit in history {
                let members = commit.json.members ?? []
                let line = JSONValue.object(
                    [("version", .number(commit.version.number))] + members.map { ($0.name, $0.value) })
                context.print(line.text)
            }
        } else {
            context.print(Self.text(history))
        }
        return .done
    }

    /// The versions as a table.
    static func text(_ history: [CommitInfo]) -> String {
        var text = TextTable(["version", "time", "operation", "rows", "files", "by", "epoch"])
        text.rows = history.map { commit in
            let (metrics, origin) = (commit.operationMetrics, commit.json["millrace"])
            let pipeline = origin?["pipeline"]?.string
            return [
                "\(commit.version)", TableUsage.time(millis: commit.timestampMillis), commit.operation ?? "",
                value(metrics?["numOutputRows"]), value(metrics?["numFiles"] ?? metrics?["numAddedFiles"]),
                pipeline ?? commit.engineInfo ?? "", value(origin?["epoch"]),
            ]
        }
        return text.text
    }

    private static func value(_ value: JSONValue?) -> String { value.map { $0.string ?? $0.text } ?? "" }
}
