// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// All commands, and the way from a command line to one of them.
enum CommandTable {
    /// The commands in the order of the help.
    static let commands: [any Command.Type] = [
        DemoCommand.self, RunCommand.self, ValidateCommand.self, PlanCommand.self, TestCommand.self, SampleCommand.self,
        InferCommand.self,
        GenerateCommand.self, TableDescribeCommand.self,
        TableHistoryCommand.self, TableFilesCommand.self, CheckpointListCommand.self, CheckpointShowCommand.self,
        CheckpointRewindCommand.self, StateCommand.self,
        SchemaCommand.self, FunctionsCommand.self, CompletionCommand.self,
        VersionCommand.self,
    ]

    /// Their usages.
    static var usages: [CommandUsage] { commands.map { $0.usage } }

    /// Runs the command that `arguments` (without the program's name) name.
    static func run(_ arguments: [String]) async -> ExitCode {
        do throws(PipelineError) {
            guard let (command, rest) = try find(arguments) else {
                StandardStream.output.line(HelpText.of(usages))
                return arguments.isEmpty ? .wrongInput : .done
            }
            let parsed = try ParsedArguments(rest, for: command.usage)
            if parsed.has("--help") {
                StandardStream.output.line(HelpText.of(command.usage))
                return .done
            }
            let level = parsed.value("--log-level").flatMap { EventLevel(rawValue: $0) } ?? .info
            let format = parsed.value("--log-format").flatMap { Logger.Format(rawValue: $0) }
            let log = Logger(
                label: "millrace", level: level, format: format ?? (StandardStream.errors.isTerminal ? .text : .json))
            let context = CommandContext(environment: ThisProcess.environment, log: log)
            return try await command.init(parsed).run(context)
        } catch {
            StandardStream.errors.line("millrace: \(ErrorText.line(error))")
            return ExitCode(error)
        }
    }

    /// The command and what follows its name; `nil` when help is asked for.
    private static func find(_ arguments: [String]) throws(PipelineError) -> (any Command.Type, [String])? {
        guard let first = arguments.first, !["--help", "-h", "help"].contains(first) else { return nil }
        let word = first == "--version" ? "version" : first
        for command in commands {
            let words = command.usage.name.split(separator: " ").map(String.init)
            if [word] + arguments.dropFirst().prefix(words.count - 1) == words[...] {
                return (command, Array(arguments.dropFirst(words.count)))
            }
        }
        let inner = usages.map(\.name).filter { $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.count + 1)) }
        if !inner.isEmpty {
            if arguments.count == 1 || arguments[1].hasPrefix("-") {
                throw PipelineError(
                    .invalidArgument, "'millrace \(word)' needs a command of its own",
                    hint: "one of \(inner.joined(separator: ", "))")
            }
            throw PipelineError(
                .invalidArgument, "'\(arguments[1])' is no command of 'millrace \(word)'",
                hint: SpellingHint.hint(
                    for: arguments[1], in: inner, otherwise: "the commands are \(inner.joined(separator: ", "))"))
        }
        throw PipelineError(
            .invalidArgument, "'\(first)' is no command of millrace",
            hint: SpellingHint.hint(
                for: first, in: usages.map { String($0.name.prefix { $0 != " " }) }, otherwise: "see 'millrace --help'")
        )
    }
}
