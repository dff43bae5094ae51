// SPDX-License-Identifier: Apache-2.0
import Failures
import Testing

@testable import SQL

@Suite(.enabled(if: SparkCorpus.isPresent, "Spark's SQL corpus is not on this machine"))
struct ParserCorpusTests {
    /// What is read and refused by name, with the reason.
    private static let refused = [
        "the type TIME": "no column type of ours holds a time of day",
        "type TIME is not supported": "as above",
        "type VARIANT is not supported": "no column type of ours holds one",
        "type INTERVAL without units": "Spark's legacy interval of months, days and microseconds",
        "type GEOMETRY": "no column type of ours holds one",
        "type GEOGRAPHY": "no column type of ours holds one",
        "collation ": "text is compared by bytes",
        "TRANSFORM scripts": "no processes are started by SQL",
        "MAP scripts": "no processes are started by SQL",
        "the pipe operator": "a second way to say the same",
    ]

    @Test func everyQueryThatSparkRunsIsReadOrRefusedByName() {
        var unread: [String] = []
        var read = 0
        for query in SparkCorpus.cases where query.isQuery && query.output != nil {
            var parser = Parser(query.sql)
            _ = parser.wholeQuery()
            let isRefused = parser.errors.allSatisfy { error in
                error.code == .unsupported && Self.refused.keys.contains { error.message.hasPrefix($0) }
            }
            if isRefused { read += 1 } else { unread.append("\(query.name): \(SQLErrors(parser.errors))") }
        }
        #expect(unread == [])
        #expect(read > 4500)
    }

    /// Types inside strings are read when the function is planned, and functions in FROM have no plan.
    private static let readLater: Set<String> = ["csv-functions#3", "json-functions#14", "xml-functions#10"]

    @Test func everySyntaxErrorOfSparkIsOneHere() {
        var accepted: [String] = []
        for query in SparkCorpus.cases where query.isQuery && query.errorClass.hasPrefix("PARSE_SYNTAX_ERROR") {
            var parser = Parser(query.sql)
            _ = parser.wholeQuery()
            if parser.errors.isEmpty, !Self.readLater.contains(query.name) { accepted.append(query.name) }
        }
        #expect(accepted == [])
    }
}
