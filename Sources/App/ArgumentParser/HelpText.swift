// SPDX-License-Identifier: Apache-2.0

/// Help made from usages.
enum HelpText {
    /// The help of one command.
    static func of(_ usage: CommandUsage) -> String {
        var line = "millrace \(usage.name)"
        for operand in usage.operands {
            let name = operand.isRepeated ? "\(operand.name)…" : operand.name
            line += operand.isOptional ? " [\(name)]" : " \(name)"
        }
        if !usage.options.isEmpty { line += " [options]" }
        var sections = ["\(usage.summary)\n\nUsage: \(line)"]
        if !usage.discussion.isEmpty { sections.append(usage.discussion) }
        if !usage.operands.isEmpty {
            sections.append("Arguments:\n" + columns(usage.operands.map { ($0.name, $0.summary) }))
        }
        sections.append("Options:\n" + columns((usage.options + OptionUsage.global).map { (title($0), text($0)) }))
        if !usage.examples.isEmpty {
            let lines = usage.examples.map { "  \($0.line)\n      \($0.meaning)" }
            sections.append("Examples:\n" + lines.joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n")
    }

    /// The help of the program.
    static func of(_ usages: [CommandUsage]) -> String {
        """
        Millrace: Kafka and files in, exactly-once Delta tables out.

        Usage: millrace COMMAND [arguments] [options]

        Commands:
        \(columns(usages.map { ($0.name, $0.summary) }))

        'millrace COMMAND --help' says more. Start with:
          millrace demo
          millrace validate examples/iot-files/pipeline.json
          millrace run examples/iot-files/pipeline.json --available-now

        Exit codes: 0 done, 2 wrong input, 3 a run failed, 4 refused for safety, 130 interrupted twice.
        """
    }

    /// The help of commands that share their first word.
    static func of(_ usages: [CommandUsage], named word: String) -> String {
        """
        Usage: millrace \(word) COMMAND [arguments] [options]

        Commands:
        \(columns(usages.map { ($0.name, $0.summary) }))

        'millrace \(word) COMMAND --help' says more.
        """
    }

    private static func title(_ option: OptionUsage) -> String {
        (option.short.map { "\($0), " } ?? "") + option.name + (option.value.map { " \($0)" } ?? "")
    }

    private static func text(_ option: OptionUsage) -> String {
        option.choices.isEmpty ? option.summary : "\(option.summary) One of \(option.choices.joined(separator: ", "))."
    }

    private static func columns(_ rows: [(String, String)]) -> String {
        let width = min(28, rows.map(\.0.count).max() ?? 0)
        return rows.map { name, text in
            let pad = String(repeating: " ", count: max(0, width - name.count))
            return name.count > width
                ? "  \(name)\n  " + String(repeating: " ", count: width + 2) + text : "  \(name)\(pad)  \(text)"
        }.joined(separator: "\n")
    }
}
