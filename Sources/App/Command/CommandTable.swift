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
            let command: any Command.Type
            let rest: [String]
            switch try find(arguments.first == "help" ? arguments.dropFirst() + ["--help"] : arguments) {
            case .help(let text):
                StandardStream.output.line(text)
                return arguments.isEmpty ? .wrongInput : .done
            case .command(let found, let others): (command, rest) = (found, others)
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

    /// What a command line asks for.
    private enum Request {
        /// A command, with what follows its name.
        case command(any Command.Type, [String])
        /// Help that is no command's own.
        case help(String)
    }

    private static func find(_ arguments: [String]) throws(PipelineError) -> Request {
        let asking = ["--help", "-h"]
        guard let first = arguments.first, !asking.contains(first) else { return .help(HelpText.of(usages)) }
        let word = first == "--version" ? "version" : first
        for command in commands {
            let words = command.usage.name.split(separator: " ").map(String.init)
            if [word] + arguments.dropFirst().prefix(words.count - 1) == words[...] {
                return .command(command, Array(arguments.dropFirst(words.count)))
            }
        }
        let group = usages.filter { $0.name.hasPrefix(word + " ") }
        if !group.isEmpty {
            if arguments.dropFirst().first.map(asking.contains) ?? false {
                return .help(HelpText.of(group, named: word))
            }
            let inner = group.map { String($0.name.dropFirst(word.count + 1)) }
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
