// SPDX-License-Identifier: Apache-2.0
import JSONText

/// Pipeline tests and how they ended, for people, programs and CI servers.
enum ScenarioReport {
    /// One test for people: a line when it passed, else what was not as expected.
    static func text(_ outcome: ScenarioOutcome) -> String {
        let took = "(\(outcome.steps) steps, \(TimeText.duration(nanos: outcome.nanos)))"
        if outcome.hasPassed { return "ok    \(outcome.file) \(took)" }
        if !outcome.mistakes.isEmpty { return (["WRONG \(outcome.file)"] + outcome.mistakes).joined(separator: "\n") }
        var lines = ["FAIL  \(outcome.file) \(took)" + (outcome.summary.isEmpty ? "" : ": \(outcome.summary)")]
        for failure in outcome.failures { lines += self.lines(failure, file: outcome.file).map { "  " + $0 } }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ failure: ScenarioOutcome.Failure, file: String) -> [String] {
        let place = "\(file):\(failure.position.line):\(failure.position.column): \(failure.step)"
        let difference = failure.difference.split(separator: "\n").map { "    \($0)" }
        return [place, "  \(failure.what)"] + difference
    }

    /// The last line for people.
    static func summary(_ outcomes: [ScenarioOutcome]) -> String {
        let (wrong, failed) = (outcomes.count { !$0.mistakes.isEmpty }, outcomes.count { !$0.failures.isEmpty })
        var parts = ["\(outcomes.count - wrong - failed) passed"]
        if failed > 0 { parts.append("\(failed) failed") }
        if wrong > 0 { parts.append("\(wrong) could not be run") }
        return parts.joined(separator: ", ")
    }

    /// One test as a JSON object.
    static func json(_ outcome: ScenarioOutcome) -> JSONValue {
        [
            "file": .string(outcome.file), "passed": .boolean(outcome.hasPassed), "steps": .number(outcome.steps),
            "durationMs": .number(outcome.nanos / 1_000_000),
            "failures": .array(
                outcome.failures.map { failure in
                    [
                        "line": .number(failure.position.line), "column": .number(failure.position.column),
                        "step": .string(failure.step), "what": .string(failure.what),
                        "missing": .array(failure.missing), "unexpected": .array(failure.unexpected),
                    ]
                }),
            "problems": .array(outcome.problems),
        ]
    }

    /// All tests in the XML that CI servers read (JUnit's, as Jenkins and GitLab take it).
    static func junit(_ outcomes: [ScenarioOutcome]) -> String {
        let failed = outcomes.count { !$0.failures.isEmpty }
        let wrong = outcomes.count { !$0.mistakes.isEmpty }
        let total = outcomes.reduce(0) { $0 + $1.nanos }
        let counts = "tests=\"\(outcomes.count)\" failures=\"\(failed)\" errors=\"\(wrong)\" time=\"\(seconds(total))\""
        let cases = outcomes.map { outcome -> String in
            let file = escaped(outcome.file)
            let head =
                "    <testcase classname=\"millrace\" name=\"\(file)\" file=\"\(file)\" time=\"\(seconds(outcome.nanos))\""
            if outcome.hasPassed { return head + "/>" }
            let kind = outcome.mistakes.isEmpty ? "failure" : "error"
            let message = outcome.failures.first?.what ?? outcome.mistakes.first ?? ""
            return """
                \(head)>
                      <\(kind) message="\(escaped(message))">\(escaped(text(outcome)))</\(kind)>
                    </testcase>
                """
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts)>
              <testsuite name="millrace test" \(counts)>
            \(cases.joined(separator: "\n"))
              </testsuite>
            </testsuites>

            """
    }

    private static func seconds(_ nanos: Int64) -> String {
        "\(nanos / 1_000_000_000).\(TimeText.padded(nanos / 1_000_000 % 1_000, 3))"
    }

    /// Text for XML 1.0; characters that it cannot hold become U+FFFD.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t", "\r": result.unicodeScalars.append(scalar)
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
