// SPDX-License-Identifier: Apache-2.0
import Failures

/// `millrace completion`
struct CompletionCommand: Command {
    private static let shells = ["bash", "zsh", "fish"]

    static let usage = CommandUsage(
        name: "completion", summary: "Print the completion script of a shell.",
        operands: [
            OperandUsage(name: "SHELL", summary: "bash, zsh or fish.", completion: .choices(shells))
        ],
        examples: [
            ("source <(millrace completion bash)", "Complete in this shell."),
            ("millrace completion fish > ~/.config/fish/completions/millrace.fish", "Complete in every fish."),
        ])

    private let shell: String

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        shell = arguments.operands.first ?? ""
        guard arguments.has("--help") || Self.shells.contains(shell) else {
            throw PipelineError(
                .invalidArgument, "'\(shell)' is no shell that has a completion script",
                hint: SpellingHint.hint(for: shell, in: Self.shells, otherwise: "write bash, zsh or fish"))
        }
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        let usages = CommandTable.usages
        switch shell {
        case "bash": context.print(CompletionScript.bash(usages))
        case "zsh": context.print(CompletionScript.zsh(usages))
        default: context.print(CompletionScript.fish(usages))
        }
        return .done
    }
}
