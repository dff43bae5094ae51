// SPDX-License-Identifier: Apache-2.0

/// Completion scripts for shells, made from usages.
enum CompletionScript {
    /// The script for bash.
    static func bash(_ usages: [CommandUsage]) -> String {
        let cases = usages.map { usage in
            let words = options(of: usage) + firstChoices(usage)
            return "    '\(usage.name)') words='\(words.joined(separator: " "))' ;;"
        }
        let values = valueChoices(usages).map { option, choices in
            "    \(option)) COMPREPLY=($(compgen -W '\(choices.joined(separator: " "))' -- \"$current\")); return ;;"
        }
        return """
            # bash completion of millrace; load it with: source <(millrace completion bash)
            _millrace() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=''
                case "$previous" in
            \(values.joined(separator: "\n"))
                esac
                local command=${COMP_WORDS[1]}
                case "$command" in \(groups(usages).map(\.0).joined(separator: " | "))) command="$command ${COMP_WORDS[2]}" ;; esac
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W '\(firstWords(usages).joined(separator: " "))' -- "$current")); return
                fi
                if [ "$COMP_CWORD" -eq 2 ]; then
                    case "${COMP_WORDS[1]}" in
            \(groups(usages).map { "        \($0.0)) COMPREPLY=($(compgen -W '\($0.1.joined(separator: " "))' -- \"$current\")); return ;;" }.joined(separator: "\n"))
                    esac
                fi
                case "$command" in
            \(cases.joined(separator: "\n"))
                esac
                case "$current" in
                -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
                *) COMPREPLY=($(compgen -f -W "$words" -- "$current")) ;;
                esac
            }
            complete -o filenames -F _millrace millrace
            """
    }

    /// The script for zsh.
    static func zsh(_ usages: [CommandUsage]) -> String {
        let commands = firstWords(usages).map { word in
            let summary = usages.first { $0.name == word }?.summary ?? "commands about \(word)s"
            return "        '\(word):\(quoted(summary, for: ":"))'"
        }
        let cases = usages.map { usage -> String in
            let words = usage.name.split(separator: " ")
            let specs =
                (usage.options + OptionUsage.global).map { spec($0) }
                + usage.operands.enumerated().map { operand($1, $0) }
            return "        '\(words.joined(separator: " "))') _arguments \(specs.joined(separator: " ")) ;;"
        }
        let inner = groups(usages).map { "        \($0.0)) _values 'command' \($0.1.joined(separator: " ")) ;;" }
        return """
            #compdef millrace
            # zsh completion of millrace; load it with: source <(millrace completion zsh)
            _millrace() {
                local -a commands
                commands=(
            \(commands.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )); then _describe 'command' commands; return; fi
                local command=$words[2]
                case $command in
                \(groups(usages).map(\.0).joined(separator: "|")))
                    if (( CURRENT == 3 )); then
                        case $command in
            \(inner.joined(separator: "\n"))
                        esac
                        return
                    fi
                    command="$command $words[3]"
                    shift 2 words; (( CURRENT -= 2 )) ;;
                *) shift words; (( CURRENT-- )) ;;
                esac
                case $command in
            \(cases.joined(separator: "\n"))
                esac
            }
            compdef _millrace millrace
            """
    }

    /// The script for fish.
    static func fish(_ usages: [CommandUsage]) -> String {
        var lines = [
            "# fish completion of millrace; load it with: millrace completion fish | source",
            "complete -c millrace -f",
        ]
        for word in firstWords(usages) {
            let summary = usages.first { $0.name == word }?.summary ?? "Commands about \(word)s."
            lines.append("complete -c millrace -n __fish_use_subcommand -a \(word) -d '\(quoted(summary, for: "'"))'")
        }
        for (group, names) in groups(usages) {
            lines.append(
                "complete -c millrace -n '__fish_seen_subcommand_from \(group)' -a '\(names.joined(separator: " "))'")
        }
        for usage in usages {
            let words = usage.name.split(separator: " ")
            let condition = words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            for option in usage.options + OptionUsage.global {
                var line = "complete -c millrace -n '\(condition)' -l \(option.name.dropFirst(2))"
                if option.value != nil { line += " -r" }
                if !option.choices.isEmpty { line += " -a '\(option.choices.joined(separator: " "))'" }
                if option.completion == .files { line += " -F" }
                lines.append(line + " -d '\(quoted(option.summary, for: "'"))'")
            }
            if usage.operands.contains(where: { $0.completion == .files }) {
                lines.append("complete -c millrace -n '\(condition)' -F")
            }
            for operand in usage.operands {
                if case .choices(let choices) = operand.completion {
                    lines.append("complete -c millrace -n '\(condition)' -a '\(choices.joined(separator: " "))'")
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func options(of usage: CommandUsage) -> [String] { (usage.options + OptionUsage.global).map(\.name) }

    private static func firstWords(_ usages: [CommandUsage]) -> [String] {
        var words: [String] = []
        for usage in usages {
            let word = String(usage.name.prefix { $0 != " " })
            if !words.contains(word) { words.append(word) }
        }
        return words
    }

    private static func groups(_ usages: [CommandUsage]) -> [(String, [String])] {
        firstWords(usages).compactMap { word in
            let names = usages.filter { $0.name.hasPrefix(word + " ") }.map {
                String($0.name.dropFirst(word.count + 1))
            }
            return names.isEmpty ? nil : (word, names)
        }
    }

    private static func firstChoices(_ usage: CommandUsage) -> [String] {
        if case .choices(let choices) = usage.operands.first?.completion { choices } else { [] }
    }

    private static func valueChoices(_ usages: [CommandUsage]) -> [(String, [String])] {
        var choices: [String: [String]] = [:]
        for option in usages.flatMap(\.options) + OptionUsage.global where !option.choices.isEmpty {
            for choice in option.choices where !choices[option.name, default: []].contains(choice) {
                choices[option.name, default: []].append(choice)
            }
        }
        return choices.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func spec(_ option: OptionUsage) -> String {
        let repeated = option.isRepeated ? "*" : ""
        var text = "'\(repeated)\(option.name)[\(quoted(option.summary, for: "'[]:"))]"
        if let value = option.value {
            text += ":\(value):"
            if !option.choices.isEmpty { text += "(\(option.choices.joined(separator: " ")))" }
            if option.completion == .files { text += "_files" }
        }
        return text + "'"
    }

    private static func operand(_ operand: OperandUsage, _ index: Int) -> String {
        let action: String =
            switch operand.completion {
            case .none: ""
            case .files: "_files"
            case .choices(let choices): "(\(choices.joined(separator: " ")))"
            }
        return "'\(operand.isRepeated ? "*" : "\(index + 1)"):\(operand.name):\(action)'"
    }

    /// Text without the characters that a script gives a meaning.
    private static func quoted(_ text: String, for characters: String) -> String {
        String(text.map { characters.contains($0) || $0 == "'" ? " " : $0 })
    }
}
