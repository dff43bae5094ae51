// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import JSONText
import StreamCore

/// `millrace checkpoint show`
struct CheckpointShowCommand: Command {
    static let usage = CommandUsage(
        name: "checkpoint show", summary: "Show where a checkpoint stands: the next offset of each source partition.",
        discussion: "Reads without the checkpoint's lock, so also while the pipeline runs.",
        operands: [OperandUsage(name: "PIPELINE|DIR", summary: "A pipeline file, or a checkpoint's folder.")],
        options: [
            OptionUsage(
                name: "--format", summary: "How it is written (default: text).", value: "FORMAT",
                choices: ["text", "json"])
        ],
        examples: [("millrace checkpoint show examples/iot-files/pipeline.json", "The checkpoint of a pipeline.")])

    private let place: String
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        place = arguments.operands.first ?? ""
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        guard let folder = try CheckpointPlace.folder(of: place, context) else { return .wrongInput }
        let report = try CheckpointReport(directory: folder, limit: 1)
        let state = try StateReport(directory: folder).operators.sorted { $0.key < $1.key }
        if isJSON {
            let offsets = report.offsets.sorted { $0.key < $1.key }.map { source, offsets in
                (source, CheckpointText.json(offsets))
            }
            let document: JSONValue = [
                "pipeline": .string(report.pipeline), "hash": .string(report.hash),
                "newest": report.epochs.first.map { CheckpointText.json($0) } ?? nil, "offsets": .object(offsets),
                "operators": .object(state.map { ($0.key, CheckpointText.json($0.value)) }),
            ]
            context.print(document.text)
            return .done
        }
        context.print("pipeline    \(report.pipeline)")
        context.print("definition  \(report.hash)")
        context.print("checkpoint  \(folder)")
        if let newest = report.epochs.first { context.print("newest      epoch \(newest.epoch), \(newest.state)") }
        var table = TextTable(["source", "partition", "next offset"])
        for (source, offsets) in report.offsets.sorted(by: { $0.key < $1.key }) {
            table.rows += offsets.sorted { $0.key < $1.key }.map { [source, $0.key.name, "\($0.value)"] }
        }
        context.print("\n" + table.text)
        if state.isEmpty { return .done }
        var operators = TextTable(["operator", "kind", "watermark", "files", "rows", "snapshots", "changes"])
        operators.rows = state.map { name, entry in
            let watermark = entry.watermark == .none ? "" : TimeText.iso(micros: entry.watermark.micros)
            return [
                name, entry.identity.kind, watermark, "\(entry.fileCount)", NumberText.grouped(entry.rowCount),
                NumberText.bytes(entry.snapshotBytes), NumberText.bytes(entry.changesBytes),
            ]
        }
        context.print("\n" + operators.text)
        return .done
    }
}
