// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import JSONText

/// `millrace table files`
struct TableFilesCommand: Command {
    static let usage = CommandUsage(
        name: "table files", summary: "List the data files of a Delta table.",
        operands: [TableUsage.table],
        options: [
            OptionUsage(name: "--limit", summary: "At most so many files (default: all).", value: "N"),
            TableUsage.format,
        ],
        examples: [("millrace table files data/iot-files/readings", "The files of the newest version.")])

    private let location: String
    private let limit: Int?
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        location = arguments.operands.first ?? ""
        limit = try arguments.count("--limit")
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        let snapshot = try await DeltaTable.open(location).snapshot()
        let files = snapshot.files.sorted { ($0.modificationMillis, $0.path) < ($1.modificationMillis, $1.path) }
        let shown = files.prefix(limit ?? files.count)
        if isJSON {
            for file in shown { context.print(file.json.text) }
            return .done
        }
        var table = TextTable(["path", "rows", "bytes", "written"])
        table.rows = shown.map { file in
            [
                file.path, file.recordCount.map { "\($0)" } ?? "", "\(file.byteCount)",
                TableUsage.time(millis: file.modificationMillis),
            ]
        }
        context.print(table.text)
        if shown.count < files.count { context.print("… and \(files.count - shown.count) more") }
        return .done
    }
}
