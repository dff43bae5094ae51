// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import Testing

@testable import SQL

/// Queries without FROM over numbers, conditions, dates and times give what Spark recorded.
struct ExpressionCorpusTests {
    private static let files: Set<String> = [
        "cast", "try_cast", "operators", "bitwise", "conditional-functions", "date", "timestamp-ntz", "extract",
        "interval", "literals", "predicate-functions", "try_arithmetic", "try_datetime_functions", "timezone",
        "datetime-formatting-invalid", "datetime-parsing", "datetime-special", "decimalArithmeticOperations", "math",
        "postgreSQL/int4", "postgreSQL/int8", "postgreSQL/float8", "postgreSQL/float4", "postgreSQL/boolean",
        "postgreSQL/date", "postgreSQL/case", "typeCoercion/native/decimalPrecision",
        "typeCoercion/native/division", "typeCoercion/native/arithmetic", "keywords", "misc-functions", "timestamp",
    ]

    /// Answers that differ for a reason.
    private static let exceptions: [String: String] = [
        "misc-functions#5": "an interval of days is INTERVAL DAY TO SECOND here",
        "timestamp#58": "digits behind microseconds are cut off, not refused",
        "timestamp#127": "units may be quoted", "timestamp#128": "units may be quoted",
        "timestamp#133": "units may be quoted", "timestamp#134": "units may be quoted",
    ]

    /// Answers that depend on the zone of the session, which is Los Angeles in the corpus and UTC here.
    private static let zoned: Set<String> = [
        "timestamp-ntz#18", "timestamp#8", "timestamp#50", "timestamp#51", "timestamp#52", "timestamp#53",
        "timestamp#59", "timestamp#69", "timestamp#74", "timestamp#76", "timestamp#77", "timestamp#79",
        "try_datetime_functions#1",
    ]

    @Test(.enabled(if: SparkCorpus.isPresent, "the recorded queries are not on this machine"))
    func expressionsAgreeWithSpark() throws {
        var (agreed, refused, disagreed) = (0, [String](), [String]())
        let runner = QueryRunner()
        for test in SparkCorpus.cases where test.verb == "SELECT" {
            let name = test.file.split(separator: ".").first.map(String.init) ?? test.file
            guard Self.files.contains(name),
                !test.sql.uppercased().contains("FROM") || test.sql.lowercased().contains("extract")
            else { continue }
            guard Self.exceptions[test.name] == nil, !Self.zoned.contains(test.name) else { continue }
            let outcome: QueryRunner.Outcome
            do { outcome = try runner.run(test.sql) } catch {
                if test.output == nil { agreed += 1 } else { refused.append("\(test.name) \(test.sql) -- \(error)") }
                continue
            }
            guard let output = test.output else {
                if outcome.failures.isEmpty {
                    disagreed.append("\(test.name) \(test.sql) gave \(outcome.batch.rows), Spark \(test.errorClass)")
                } else {
                    agreed += 1
                }
                continue
            }
            if let failure = outcome.failures.first {
                disagreed.append("\(test.name) \(test.sql) failed \(failure.message), Spark \(output)")
                continue
            }
            guard let lines = Self.lines(outcome.batch) else { continue }
            if lines == output {
                agreed += 1
            } else {
                disagreed.append("\(test.name) \(test.sql) gave \(lines), Spark \(output)")
            }
        }
        #expect(disagreed.isEmpty, "\(disagreed.joined(separator: "\n"))")
        #expect(agreed >= 800)
        #expect(refused.count <= 150, "\(refused.joined(separator: "\n"))")
    }

    private static func lines(_ batch: ColumnBatch) -> [String]? {
        var ignored = RowErrors()
        var columns: [[String]] = []
        for column in batch.columns {
            switch column.type {
            case .structure, .array, .map: return nil
            case .dayTimeInterval:
                columns.append(
                    column.values.map { value in
                        guard case .dayTimeInterval(let micros) = value else { return "NULL" }
                        var text = BufferBuilder<UInt8>()
                        Columnar.IntervalText.writeDayTime(micros, to: &text)
                        let written = text.finish().text
                        let parts = written.split(separator: ".")
                        let fraction = parts.count == 2 ? String(parts[1]) : ""
                        return parts[0] + "." + fraction + String(repeating: "0", count: 9 - fraction.count)
                    })
            case .yearMonthInterval:
                columns.append(
                    column.values.map { value in
                        guard case .yearMonthInterval(let months) = value else { return "NULL" }
                        var text = BufferBuilder<UInt8>()
                        Columnar.IntervalText.writeYearMonth(months, to: &text)
                        return text.finish().text
                    })
            default:
                let texts = Cast.apply(column, to: .string, mode: .lenient, errors: &ignored)
                columns.append(texts.values.map { if case .string(let text) = $0 { text } else { "NULL" } })
            }
        }
        let lines = (0..<batch.rowCount).map { row in columns.map { $0[row] }.joined(separator: "\t") }
        return lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
