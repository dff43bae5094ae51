// SPDX-License-Identifier: Apache-2.0
import JSONText

/// How a pipeline test ended.
struct ScenarioOutcome: Sendable {
    /// The file.
    let file: String
    /// What the test is for.
    var summary = ""
    /// How many steps it has.
    var steps = 0
    /// How long it took.
    var nanos: Int64 = 0
    /// What was not as expected.
    var failures: [Failure] = []
    /// What is wrong with the file itself; it was then not run.
    var mistakes: [String] = []
    /// The same as values.
    var problems: [JSONValue] = []

    /// Something that was not as expected.
    struct Failure: Sendable {
        /// Where it is said what was expected.
        var position: TextPosition
        /// The step, for people: `step 4 (expect)`, with its note.
        var step: String
        /// What was not as expected, in a sentence.
        var what: String
        /// The difference, row by row; empty when there is none to show.
        var difference = ""
        /// Rows that were expected and not given.
        var missing: [JSONValue] = []
        /// Rows that were given and not expected.
        var unexpected: [JSONValue] = []
    }

    /// Whether everything was as expected.
    var hasPassed: Bool { failures.isEmpty && mistakes.isEmpty }
}
