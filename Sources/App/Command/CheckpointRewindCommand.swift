// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import StreamCore

/// `millrace checkpoint rewind`
struct CheckpointRewindCommand: Command {
    static let usage = CommandUsage(
        name: "checkpoint rewind", summary: "Take a checkpoint back to the end of an earlier epoch.",
        discussion:
            "Offsets, watermarks and state become what they were. Tables and topics are not touched: what they have of "
            + "the later epochs stays there, and the answer says so. No process may be running the pipeline.",
        operands: [OperandUsage(name: "PIPELINE|DIR", summary: "A pipeline file, or a checkpoint's folder.")],
        options: [OptionUsage(name: "--to", summary: "The epoch that is to be the last one.", value: "EPOCH")],
        examples: [("millrace checkpoint rewind state/iot --to 41", "Epoch 42 will be the next.")])

    private let place: String
    private let epoch: Epoch

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        place = arguments.operands.first ?? ""
        guard let text = arguments.value("--to"), let number = Int64(text), number >= 0 else {
            throw PipelineError(
                .invalidArgument, "'--to' needs the number of an epoch", hint: "see 'millrace checkpoint list'")
        }
        epoch = Epoch(number)
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        guard let folder = try CheckpointPlace.folder(of: place, context) else { return .wrongInput }
        let rewind = try CheckpointRewind.run(directory: folder, to: epoch)
        context.print("rewound from epoch \(rewind.from) to epoch \(rewind.to)")
        for (sink, epochs) in rewind.sinks.sorted(by: { $0.key < $1.key }) {
            let name = sink == EngineParts.deadLetterName ? "the dead letters" : "sink '\(sink)'"
            context.print(
                "\(name) may have published epochs up to \(epochs.upperBound), first after \(rewind.to): \(epochs.lowerBound)"
            )
        }
        if !rewind.sinks.isEmpty {
            context.print(
                """
                A run is refused while a sink is ahead of the checkpoint (exit 4). To have those epochs again, give the sink a new \
                "appId" and take out of its table what the later epochs wrote, or write to a new table.
                """)
        }
        return .done
    }
}
