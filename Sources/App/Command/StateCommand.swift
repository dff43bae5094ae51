// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Columnar
import Failures
import PipelineSpec
import StreamCore

/// `millrace state`
struct StateCommand: Command {
    static let usage = CommandUsage(
        name: "state", summary: "Show the state of an operator as rows.",
        discussion: "Reads what the checkpoint holds as of the last decided epoch, without its lock.",
        operands: [
            OperandUsage(name: "PIPELINE", summary: "A pipeline file."),
            OperandUsage(
                name: "OPERATOR", summary: "A stateful transform of it, or a step of one: rollup, rollup.2.",
                completion: .none),
        ],
        options: [
            OptionUsage(name: "--rows", summary: "At most so many rows of each table (default: 20).", value: "N"),
            OptionUsage(
                name: "--format", summary: "How rows are written (default: table).", value: "FORMAT",
                choices: ["table", "json"]),
        ],
        examples: [("millrace state pipeline.json rollup --rows 100", "The groups of open windows.")])

    private let path: String
    private let name: String
    private let rows: Int
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        path = arguments.operands.first ?? ""
        name = arguments.operands.last ?? ""
        rows = try arguments.count("--rows") ?? 20
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        guard let (pipeline, _) = try context.loadOrExplain(path) else { return .wrongInput }
        let operators = try Dataflow(sources: pipeline.sources.keys, transforms: pipeline.transforms).operators()
        let names = operators.map { $0.stateful.identity.name }
        guard let stateful = operators.first(where: { $0.stateful.identity.name == name })?.stateful else {
            let others = names.isEmpty ? "the pipeline keeps no state" : "there are \(names.joined(separator: ", "))"
            throw PipelineError(
                .unknownName, "'\(name)' is no operator with state",
                hint: SpellingHint.hint(for: name, in: names, otherwise: others))
        }
        do throws(PipelineError) {
            try show(stateful, try StateReport(directory: pipeline.checkpoint), context)
        } catch  where error.code == .corruptCheckpoint {
            // A pipeline that runs may have removed a file in between: what is recorded now is there now.
            try show(stateful, try StateReport(directory: pipeline.checkpoint), context)
        }
        return .done
    }

    private func show(
        _ stateful: any StatefulOperator, _ report: StateReport, _ context: CommandContext
    ) throws(PipelineError) {
        guard let stored = report.operators[name] else {
            throw PipelineError(.missingFile, "the checkpoint holds no state of '\(name)'")
        }
        guard StateSuccession(from: stored.identity, to: stateful.identity).change == .keep else {
            throw PipelineError(
                .stateLoss, "the state of '\(name)' means something else in the checkpoint than in the pipeline file",
                hint: "See 'millrace plan --diff'")
        }
        let shard = stateful.makeShard()
        try report.restore(name) { record throws(PipelineError) in
            switch record {
            case .rows(let rows, let meanings): try shard.restore(try stateful.migrated(rows, through: meanings))
            case .endOfEpoch(_, let watermark):
                _ = try shard.finish(
                    FinishContext(
                        evaluation: EvaluationContext(epochMicros: 0), watermark: watermark, isRestoring: true))
                _ = shard.takeChanges()
            }
        }
        var (tables, parts): ([String], [String: [ColumnBatch]]) = ([], [:])
        let limit = rows
        try shard.snapshot(groups: 0..<KeyGroups.count) { rows in
            let shown = parts[rows.table, default: []].reduce(0) { $0 + $1.rowCount }
            if parts[rows.table] == nil { tables.append(rows.table) }
            guard shown < limit || parts[rows.table] == nil else { return }
            let readable = stateful.readable(rows)
            parts[rows.table, default: []].append(readable.slice(0..<min(readable.rowCount, limit - shown)))
        }
        for table in tables {
            let batch = ColumnBatch.concatenated(parts[table] ?? [])
            if isJSON {
                for row in batch.rows { context.print(ValueText.line(row, batch.schema)) }
            } else {
                if tables.count > 1 { context.print("\(table):") }
                context.print(ValueText.table(batch.rows, batch.schema))
            }
        }
    }
}
