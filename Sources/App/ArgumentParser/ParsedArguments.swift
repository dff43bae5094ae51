// SPDX-License-Identifier: Apache-2.0
import Failures

/// The arguments of one command, told apart and checked against its usage.
struct ParsedArguments: Sendable {
    private var values: [String: [String]] = [:]
    /// What stands without a dash, in order.
    private(set) var operands: [String] = []

    /// Whether a flag or option is there.
    func has(_ option: String) -> Bool { values[option] != nil }

    /// The value of an option; the last one when it is there several times.
    func value(_ option: String) -> String? { values[option]?.last }

    /// The values of a repeated option, in order.
    func all(_ option: String) -> [String] { values[option] ?? [] }

    /// An option that is a positive integer.
    func count(_ option: String) throws(PipelineError) -> Int? {
        guard let text = value(option) else { return nil }
        let digits = text.filter { $0 != "_" }
        guard let number = Int(digits), number > 0 else {
            throw PipelineError(.invalidArgument, "'\(option) \(text)' is not a positive integer")
        }
        return number
    }

    /// Tells arguments apart. `--option=value` and `--option value` are the same; `--` ends the options.
    ///
    /// - Throws: `invalidArgument` with what was probably meant.
    init(_ arguments: [String], for usage: CommandUsage) throws(PipelineError) {
        var rest = arguments[...]
        var optionsEnded = false
        while let argument = rest.popFirst() {
            if optionsEnded || argument == "-" || !argument.hasPrefix("-") {
                operands.append(argument)
            } else if argument == "--" {
                optionsEnded = true
            } else {
                try take(argument, &rest, usage)
            }
        }
        if !has("--help") { try checkOperands(usage) }
    }

    private mutating func take(
        _ argument: String, _ rest: inout ArraySlice<String>, _ usage: CommandUsage
    ) throws(PipelineError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = usage.option(parts[0]) else {
            throw PipelineError(
                .invalidArgument, "'\(parts[0])' is no option of 'millrace \(usage.name)'",
                hint: SpellingHint.hint(
                    for: parts[0], in: (usage.options + OptionUsage.global).map(\.name),
                    otherwise: "see 'millrace \(usage.name) --help'"))
        }
        guard option.value != nil else {
            if parts.count > 1 { throw PipelineError(.invalidArgument, "'\(option.name)' takes no value") }
            values[option.name] = []
            return
        }
        guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
            throw PipelineError(
                .invalidArgument, "'\(option.name)' needs a value", hint: "see 'millrace \(usage.name) --help'")
        }
        if !option.choices.isEmpty && !option.choices.contains(value) {
            throw PipelineError(
                .invalidArgument, "'\(value)' is no value of '\(option.name)'",
                hint: SpellingHint.hint(
                    for: value, in: option.choices,
                    otherwise: "the values are \(option.choices.joined(separator: ", "))"))
        }
        if has(option.name) && !option.isRepeated {
            throw PipelineError(.invalidArgument, "'\(option.name)' is there twice", hint: "give it once")
        }
        values[option.name, default: []].append(value)
    }

    private func checkOperands(_ usage: CommandUsage) throws(PipelineError) {
        let required = usage.operands.filter { !$0.isOptional }
        if operands.count < required.count {
            throw PipelineError(
                .invalidArgument, "'millrace \(usage.name)' needs \(required[operands.count].name)",
                hint: "see 'millrace \(usage.name) --help'")
        }
        if operands.count > usage.operands.count && usage.operands.last?.isRepeated != true {
            throw PipelineError(
                .invalidArgument, "'\(operands[usage.operands.count])' is too much for 'millrace \(usage.name)'",
                hint: "see 'millrace \(usage.name) --help'")
        }
    }
}
