// SPDX-License-Identifier: Apache-2.0

/// What the commands about tables have in common.
enum TableUsage {
    static let table = OperandUsage(name: "TABLE", summary: "The table's path or file:// URI.")
    static let format = OptionUsage(
        name: "--format", summary: "How the answer is written (default: text).", value: "FORMAT",
        choices: ["text", "json"])

    /// Milliseconds since 1970 as a time; empty when unknown.
    static func time(millis: Int64?) -> String { millis.map { TimeText.iso(micros: $0 * 1_000) } ?? "" }
}
