// SPDX-License-Identifier: Apache-2.0
import Failures
import Testing

@testable import SQL

@Suite(.enabled(if: SparkCorpus.isPresent, "Spark's SQL corpus is not on this machine"))
struct ParserCorpusTests {
    @Test func everyQueryOfSparkParses() {
        var failures: [String] = []
        var parsed = 0
        for query in SparkCorpus.cases where query.isQuery && !query.errorClass.hasPrefix("PARSE_SYNTAX_ERROR") {
            var parser = Parser(query.sql)
            _ = parser.wholeQuery()
            if let error = parser.errors.first, error.code != .unsupported, query.output != nil {
                failures.append("\(query.name) [\(query.errorClass)] \(error)\n     \(query.sql.prefix(300))")
            } else {
                parsed += 1
            }
        }
        print("parsed \(parsed)")
        for failure in failures { print(failure) }
        #expect(failures.isEmpty)
    }

    @Test func whatSparkRefusesIsRefused() {
        for query in SparkCorpus.cases where query.isQuery && query.errorClass.hasPrefix("PARSE_SYNTAX_ERROR") {
            var parser = Parser(query.sql)
            _ = parser.wholeQuery()
            if parser.errors.isEmpty { print("ACCEPTED", query.name, query.sql) }
        }
    }
}
