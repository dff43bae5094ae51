// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import JSONText
import StreamCore

/// `millrace checkpoint list`
struct CheckpointListCommand: Command {
    static let usage = CommandUsage(
        name: "checkpoint list", summary: "List the epochs of a checkpoint, newest first.",
        discussion: "Reads without the checkpoint's lock, so also while the pipeline runs.",
        operands: [OperandUsage(name: "PIPELINE|DIR", summary: "A pipeline file, or a checkpoint's folder.")],
        options: [
            OptionUsage(name: "--limit", summary: "At most so many epochs (default: 20).", value: "N"),
            OptionUsage(
                name: "--format", summary: "How they are written (default: text).", value: "FORMAT",
                choices: ["text", "json"]),
        ],
        examples: [("millrace checkpoint list state/iot-files", "The last 20 epochs.")])

    private let place: String
    private let limit: Int
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        place = arguments.operands.first ?? ""
        limit = try arguments.count("--limit") ?? 20
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        guard let folder = try CheckpointPlace.folder(of: place, context) else { return .wrongInput }
        let report = try CheckpointReport(directory: folder, limit: limit)
        if isJSON {
            for entry in report.epochs { context.print(CheckpointText.json(entry).text) }
            return .done
        }
        var table = TextTable(["epoch", "state", "planned", "decided", "confirmed", "watermark", "read"])
        table.rows = report.epochs.map { entry in
            let times = [entry.plannedMicros, entry.decidedMicros, entry.confirmedMicros].map {
                $0.map { TimeText.iso(micros: $0) } ?? ""
            }
            let read = entry.ranges.sorted { $0.key < $1.key }.map { source, ranges in
                "\(source): \(ranges.count) partition\(ranges.count == 1 ? "" : "s")"
            }
            let watermark = entry.watermarks.values.min().map { TimeText.iso(micros: $0) } ?? ""
            return ["\(entry.epoch)", entry.state] + times + [watermark, read.joined(separator: ", ")]
        }
        context.print(table.text)
        return .done
    }
}
