// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import Formats
import JSONText
import KafkaClient

/// `millrace version`
struct VersionCommand: Command {
    /// The version of this build.
    static let number = "0.1.0"

    static let usage = CommandUsage(
        name: "version", summary: "Print the versions of millrace and of the libraries in use.",
        options: [
            OptionUsage(
                name: "--format", summary: "How they are written (default: text).", value: "FORMAT",
                choices: ["text", "json"])
        ])

    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) { isJSON = arguments.value("--format") == "json" }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        let versions = Self.versions
        if isJSON {
            context.print(JSONValue.object(versions.map { ($0.0, .string($0.1)) }).text)
        } else {
            let width = versions.map(\.0.count).max() ?? 0
            for (name, version) in versions {
                context.print(name + String(repeating: " ", count: width + 2 - name.count) + version)
            }
        }
        return .done
    }

    private static var versions: [(String, String)] {
        [
            ("millrace", number), ("swift", swift), ("librdkafka", KafkaLibrary.version),
            ("simdjson", JSONLibrary.version),
            ("sqlite", SQLiteCheckpointStore.libraryVersion), ("jemalloc", AllocatorLibrary.version),
        ]
    }

    private static var swift: String {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}
