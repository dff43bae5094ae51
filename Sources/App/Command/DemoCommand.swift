// SPDX-License-Identifier: Apache-2.0
import Failures

/// `millrace demo`
struct DemoCommand: Command {
    static let usage = CommandUsage(
        name: "demo", summary: "Run the main job on embedded defaults and show the result.",
        discussion: """
            Starts a small Kafka-protocol broker inside this process, streams readings of devices through it, and runs a pipeline \
            that writes them to Delta tables exactly once. Takes about 15 seconds and needs nothing but a folder.
            """,
        options: [
            OptionUsage(
                name: "--folder",
                summary: "Where tables and checkpoint go (default: demo-data, or the next free name).",
                value: "DIR", completion: .files),
            OptionUsage(name: "--rows", summary: "So many records (default: 100000).", value: "N"),
            OptionUsage(name: "--rate", summary: "Records a second (default: 12500).", value: "N"),
        ],
        examples: [("millrace demo", "Everything in about 15 seconds.")])

    private let folder: String?
    private let rows: Int
    private let rate: Int

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        folder = arguments.value("--folder")
        rows = try arguments.count("--rows") ?? 100_000
        rate = try arguments.count("--rate") ?? 12_500
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        try await Demo(folder: try chosenFolder(), rows: rows, rate: rate, context: context).run()
    }

    private func chosenFolder() throws(PipelineError) -> String {
        if let folder {
            if LocalFile.kind(of: folder) != .nothing {
                throw PipelineError(
                    .invalidArgument, "'\(folder)' is there already", hint: "name a folder that is not there")
            }
            return folder
        }
        var (name, number) = ("demo-data", 1)
        while LocalFile.kind(of: name) != .nothing {
            number += 1
            name = "demo-data-\(number)"
        }
        return name
    }
}
