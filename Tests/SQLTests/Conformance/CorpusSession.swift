// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Foundation
import SQL
import StreamCore

/// Runs the statements of a file of the corpus in order, and judges each.
struct CorpusSession {
    /// How a statement ended.
    enum Verdict: String, CaseIterable {
        /// Same rows, or an error where Spark has one.
        case same
        /// Other rows.
        case different
        /// An error where Spark has rows.
        case failed
        /// Rows where Spark has an error.
        case accepted
        /// Refused by name: unsupported, or a relation or function that is not there.
        case refused
        /// No query.
        case skipped
    }

    private var runner = QueryRunner()

    /// Runs one statement.
    mutating func judge(_ statement: SparkCorpus.Case) -> (Verdict, detail: String) {
        if let (name, query) = Self.view(statement.sql) {
            if let outcome = try? runner.run(query), outcome.failures.isEmpty { runner.relations[name] = outcome.batch }
            return (.skipped, "")
        }
        guard statement.isQuery else { return (.skipped, "") }
        do throws(SQLErrors) {
            let outcome = try runner.run(statement.sql)
            return judge(outcome, statement)
        } catch {
            let isRefused = error.errors.contains {
                $0.code == .unsupported || $0.message.hasPrefix("there is no relation")
                    || $0.message.hasPrefix("there is no function")
            }
            if isRefused { return (.refused, error.errors.map(\.message).joined(separator: " | ")) }
            return statement.output == nil ? (.same, "") : (.failed, "\(error)")
        }
    }

    private func judge(_ outcome: QueryRunner.Outcome, _ statement: SparkCorpus.Case) -> (Verdict, detail: String) {
        if let failure = outcome.failures.first {
            return statement.output == nil ? (.same, "") : (.failed, "\(failure.code) \(failure.message)")
        }
        let lines = outcome.batch.rows.map { HiveText.line($0, outcome.batch.schema) }
        guard let expected = statement.output else { return (.accepted, "\(statement.errorClass) but \(lines)") }
        // Spark's session was in Los Angeles, ours is in UTC: moments that no text names are shown there.
        let there = outcome.batch.rows.map { HiveText.line($0, outcome.batch.schema, in: Self.losAngeles) }
        guard Self.sorted(lines) == Self.sorted(expected) || Self.sorted(there) == Self.sorted(expected) else {
            let types = outcome.batch.schema.fields.map { HiveText.type($0.type) }
            return (.different, "expected \(expected) found \(lines) types \(types)")
        }
        return (.same, Self.schemaDifference(outcome.batch.schema, statement.schema))
    }

    private static let losAngeles = TimeZone(identifier: "America/Los_Angeles")

    /// Without ORDER BY the recorded lines are sorted, those within one value too.
    private static func sorted(_ lines: [String]) -> [Substring] {
        lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false).sorted()
    }

    /// What differs in names or types of the columns; empty when nothing does. The units of intervals do not count.
    private static func schemaDifference(_ schema: Schema, _ recorded: String) -> String {
        let types =
            "struct<" + schema.fields.map { "\($0.name):\(HiveText.type($0.type))" }.joined(separator: ",") + ">"
        let pattern = #"interval (year|month|day|hour|minute|second)( to (month|hour|minute|second))?"#
        let plain = recorded.replacingOccurrences(of: pattern, with: "interval", options: .regularExpression)
        let ours = types.replacingOccurrences(of: pattern, with: "interval", options: .regularExpression)
        return plain == ours ? "" : "expected \(recorded) found \(types)"
    }

    /// The name and query of CREATE … VIEW … AS ….
    private static func view(_ sql: String) -> (String, String)? {
        let pattern =
            #"(?is)^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:GLOBAL\s+)?(?:TEMP(?:ORARY)?\s+)?VIEW\s+(\w+)\s*(\([^)]*\))?\s+AS\s+(.*)$"#
        guard let expression = try? NSRegularExpression(pattern: pattern),
            let match = expression.firstMatch(in: sql, range: NSRange(sql.startIndex..., in: sql)),
            let name = Range(match.range(at: 1), in: sql), let query = Range(match.range(at: 3), in: sql)
        else { return nil }
        guard let columns = Range(match.range(at: 2), in: sql) else { return (String(sql[name]), String(sql[query])) }
        return (String(sql[name]), "SELECT * FROM (\(sql[query])) AS v\(sql[columns])")
    }
}
