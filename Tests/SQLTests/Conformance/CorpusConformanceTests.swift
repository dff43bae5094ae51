// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite(.enabled(if: SparkCorpus.isPresent, "Spark's SQL corpus is not on this machine"))
struct CorpusConformanceTests {
    /// Runs every statement; `MILLRACE_CORPUS_REPORT` names a file for what differs.
    @Test func recordedQueriesGiveTheRecordedRows() throws {
        var counts: [CorpusSession.Verdict: Int] = [:]
        var report = ""
        var otherSchemas = 0
        let files = Dictionary(grouping: SparkCorpus.cases, by: \.file).sorted { $0.key < $1.key }
        for (_, statements) in files {
            var session = CorpusSession()
            for statement in statements {
                let (verdict, detail) = session.judge(statement)
                counts[verdict, default: 0] += 1
                if verdict == .same, !detail.isEmpty { otherSchemas += 1 }
                guard verdict != .skipped, verdict != .same || !detail.isEmpty else { continue }
                let sql = statement.sql.split(separator: "\n").joined(separator: " ")
                report += "\(verdict)\t\(statement.name)\t\(sql)\t\(detail)\n"
            }
        }
        let summary = CorpusSession.Verdict.allCases.map { "\($0) \(counts[$0] ?? 0)" }.joined(separator: ", ")
        print("Spark's recorded queries: \(summary); same rows under other names or types \(otherSchemas)")
        if let path = ProcessInfo.processInfo.environment["MILLRACE_CORPUS_REPORT"] {
            try report.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let same = counts[.same] ?? 0
        let wrong = (counts[.different] ?? 0) + (counts[.accepted] ?? 0)
        #expect(same >= 4000)
        #expect(wrong * 50 <= same, "more than 2 % of what we answer is answered differently")
    }
}
