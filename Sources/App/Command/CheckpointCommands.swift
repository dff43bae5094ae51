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
        var table = TextTable(["epoch", "state", "planned", "decided", "confirmed", "read"])
        table.rows = report.epochs.map { entry in
            let times = [entry.plannedMicros, entry.decidedMicros, entry.confirmedMicros].map {
                $0.map { TimeText.iso(micros: $0) } ?? ""
            }
            let read = entry.ranges.sorted { $0.key < $1.key }.map { source, ranges in
                "\(source): \(ranges.count) partition\(ranges.count == 1 ? "" : "s")"
            }
            return ["\(entry.epoch)", entry.state] + times + [read.joined(separator: ", ")]
        }
        context.print(table.text)
        return .done
    }
}

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
        if isJSON {
            let offsets = report.offsets.sorted { $0.key < $1.key }.map { source, offsets in
                (source, CheckpointText.json(offsets))
            }
            let document: JSONValue = [
                "pipeline": .string(report.pipeline), "hash": .string(report.hash),
                "newest": report.epochs.first.map { CheckpointText.json($0) } ?? nil, "offsets": .object(offsets),
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
        return .done
    }
}

/// Finds a checkpoint.
enum CheckpointPlace {
    /// The folder of a checkpoint, or that of a pipeline file; `nil` when the file is wrong, which has been said.
    static func folder(of place: String, _ context: CommandContext) throws(PipelineError) -> String? {
        switch LocalFile.kind(of: place) {
        case .folder: return place
        case .file: return try context.loadOrExplain(place)?.pipeline.checkpoint
        case .nothing:
            throw PipelineError(.missingFile, "there is no pipeline file and no folder '\(place)'")
        }
    }
}

/// Parts of checkpoints as JSON.
enum CheckpointText {
    /// Offsets by partition.
    static func json(_ offsets: SourceOffsets) -> JSONValue {
        .object(offsets.sorted { $0.key < $1.key }.map { ($0.key.name, .number($0.value.position)) })
    }

    /// One epoch.
    static func json(_ entry: CheckpointReport.EpochEntry) -> JSONValue {
        func time(_ micros: Int64?) -> JSONValue { micros.map { .string(TimeText.iso(micros: $0)) } ?? nil }
        let ranges = entry.ranges.sorted { $0.key < $1.key }.map { source, ranges in
            let partitions = ranges.sorted { $0.key < $1.key }.map { partition, range -> (String, JSONValue) in
                (partition.name, [.number(range.start.position), .number(range.end.position)])
            }
            return (source, JSONValue.object(partitions))
        }
        return [
            "epoch": .number(entry.epoch.number), "state": .string(entry.state), "planned": time(entry.plannedMicros),
            "decided": time(entry.decidedMicros), "confirmed": time(entry.confirmedMicros), "ranges": .object(ranges),
        ]
    }
}
