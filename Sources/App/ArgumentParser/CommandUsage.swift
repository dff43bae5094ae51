// SPDX-License-Identifier: Apache-2.0

/// What a command is called, takes and does: the one description from which parsing, help and completion are made.
struct CommandUsage: Sendable {
    /// Its name; words after `millrace`.
    let name: String
    /// One line on what it does.
    let summary: String
    /// More on it, in sentences.
    var discussion = ""
    /// What stands without a dash, in order.
    var operands: [OperandUsage] = []
    /// What begins with dashes.
    var options: [OptionUsage] = []
    /// Command lines that work, each with what it does.
    var examples: [(line: String, meaning: String)] = []

    /// The option of a name, global ones included.
    func option(_ name: String) -> OptionUsage? {
        (options + OptionUsage.global).first { $0.name == name || $0.short == name }
    }
}

/// Something that stands without a dash.
struct OperandUsage: Sendable {
    /// Its name in help.
    let name: String
    /// What it is.
    let summary: String
    /// Whether it may be left out.
    var isOptional = false
    /// Whether several may be given.
    var isRepeated = false
    /// How shells complete it.
    var completion = Completion.files
}

/// Something that begins with two dashes.
struct OptionUsage: Sendable {
    /// With its dashes, such as `--rows`.
    let name: String
    /// What it does.
    let summary: String
    /// The name of its value in help; `nil` for a flag.
    var value: String?
    /// The values it takes, when they are a closed set.
    var choices: [String] = []
    /// Whether it may be given several times.
    var isRepeated = false
    /// A short name, such as `-h`.
    var short: String?
    /// How shells complete its value.
    var completion = Completion.none

    /// Options that every command has.
    static let global: [OptionUsage] = [
        OptionUsage(name: "--help", summary: "Show this help.", short: "-h"),
        OptionUsage(
            name: "--log-level", summary: "Show log messages of this importance and above (default: info).",
            value: "LEVEL", choices: ["debug", "info", "warning", "error"]),
        OptionUsage(
            name: "--log-format", summary: "How log messages are written (default: text on a terminal, else json).",
            value: "FORMAT", choices: ["text", "json"]),
    ]
}

/// How shells complete a value.
enum Completion: Sendable, Equatable {
    case none
    case files
    case choices([String])
}
