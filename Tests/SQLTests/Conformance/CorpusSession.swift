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

    private var runner = QueryRunner(relations: SparkCorpus.tables)
    private var tables = CorpusTables()
    /// Where operators of the engine and their twins answered differently, under the names of the statements.
    private(set) var disagreements: [String] = []

    /// Runs one statement.
    mutating func judge(_ statement: SparkCorpus.Case) -> (Verdict, detail: String) {
        if tables.carryOut(statement.sql, runner) {
            runner.relations = tables.relations
            return (.skipped, "")
        }
        guard statement.isQuery else { return (.skipped, "") }
        do throws(SQLErrors) {
            let outcome = try runner.run(statement.sql)
            disagreements += outcome.disagreements.map { "\(statement.name): \($0)" }
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

    /// Without ORDER BY the recorded lines are sorted, those within one value too; blanks at the end of all of them are lost.
    private static func sorted(_ lines: [String]) -> [Substring] {
        let text = lines.joined(separator: "\n")
        let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.startIndex
        return text[..<end].split(separator: "\n", omittingEmptySubsequences: false).sorted()
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
}
