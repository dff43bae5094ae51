// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite(.enabled(if: SparkCorpus.isPresent, "Spark's SQL corpus is not on this machine"))
struct CorpusConformanceTests {
    /// Runs every statement, and compares what is not answered as Spark answers it with the list in docs/spark-conformance.md.
    ///
    /// `MILLRACE_CORPUS_REPORT` names a file for each such statement; beside it comes the list, as `….md`.
    @Test func whatIsNotAnsweredAsRecordedIsListedWithTheReason() throws {
        var counts: [CorpusSession.Verdict: Int] = [:]
        var reasons: [String: [CorpusSession.Verdict: Int]] = [:]
        var (report, unexplained, disagreements) = ("", [String](), [String]())
        for (_, statements) in Dictionary(grouping: SparkCorpus.cases, by: \.file).sorted(by: { $0.key < $1.key }) {
            var session = CorpusSession()
            for statement in statements {
                let (verdict, detail) = session.judge(statement)
                counts[verdict, default: 0] += 1
                if verdict == .same || verdict == .skipped { continue }
                let line = "\(verdict)\t\(statement.name)\t\(Self.flat(statement.sql))\t\(Self.flat(detail))"
                report += line + "\n"
                if let reason = ConformanceReasons.reason(verdict, statement.name, Self.flat(detail)) {
                    reasons[reason, default: [:]][verdict, default: 0] += 1
                } else {
                    unexplained.append(line)
                }
            }
            disagreements += session.disagreements
        }
        let list = Self.list(counts, reasons)
        if let path = ProcessInfo.processInfo.environment["MILLRACE_CORPUS_REPORT"] {
            try report.write(toFile: path, atomically: true, encoding: .utf8)
            try list.write(toFile: path + ".md", atomically: true, encoding: .utf8)
        }
        #expect(unexplained.isEmpty, "no reason is known:\n\(unexplained.joined(separator: "\n"))")
        #expect(disagreements.isEmpty, "\(disagreements.joined(separator: "\n"))")
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let document = try String(
            contentsOf: root.appending(path: "docs/spark-conformance.md"), encoding: .utf8)
        #expect(document.contains(list), "docs/spark-conformance.md is out of date; the list is now:\n\(list)")
    }

    private static func flat(_ text: String) -> String { text.split(separator: "\n").joined(separator: " ") }

    /// The figures, and the reasons with the most statements first.
    private static func list(
        _ counts: [CorpusSession.Verdict: Int], _ reasons: [String: [CorpusSession.Verdict: Int]]
    ) -> String {
        var lines = [
            "| statements | |", "|---|---:|", "| answered as recorded | \(counts[.same] ?? 0) |",
            "| refused, with a message that says what is not supported | \(counts[.refused] ?? 0) |",
            "| an error where Spark has rows | \(counts[.failed] ?? 0) |",
            "| rows where Spark has an error | \(counts[.accepted] ?? 0) |",
            "| other rows | \(counts[.different] ?? 0) |", "", "| reason | refused | error | rows | other rows |",
            "|---|---:|---:|---:|---:|",
        ]
        let sorted = reasons.sorted { one, other in
            let (left, right) = (one.value.values.reduce(0, +), other.value.values.reduce(0, +))
            return left == right ? one.key < other.key : left > right
        }
        for (reason, counts) in sorted {
            let cells = [.refused, .failed, .accepted, .different].map { counts[$0].map(String.init) ?? "" }
            lines.append("| \(reason) | \(cells.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n")
    }
}
