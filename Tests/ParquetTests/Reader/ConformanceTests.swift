// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import Parquet
import Testing

/// Files of other projects are read as the readers of those projects read them, or refused as they refuse them.
@Suite(.disabled(if: Corpus.isMissing, "no conformance corpora: set MILLRACE_CONFORMANCE"))
struct ConformanceTests {
    @Test(arguments: Corpus.items)
    func fileIsReadOrRefused(_ item: Corpus.Item) throws {
        if let reason = Self.exceptions[item.path] {
            // Whatever comes out, it must come out.
            _ = try? rows(item.path)
            #expect(!reason.isEmpty)
            return
        }
        switch item.verdict {
        case "ok": try checkRows(item)
        case "both_readers_fail", "encrypted":
            #expect(throws: PipelineError.self) { try rows(item.path) }
        default: _ = try? rows(item.path)
        }
    }

    private func checkRows(_ item: Corpus.Item) throws {
        let (schema, rows) = try rows(item.path)
        if let count = item.rowCount { #expect(rows.count == count) }
        guard item.hasRows else { return }
        let text = String(decoding: try Corpus.bytes(item.path + ".rows.jsonl"), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        #expect(lines.count == rows.count)
        let type = DataType.structure(schema.fields)
        for (number, (line, row)) in zip(lines, rows).enumerated() {
            let expected = try JSONValue(parsing: String(line) as String)
            if !Expectation.matches(expected, .structure(row), type) {
                let read = Canonical.row(row, schema, .text).text
                Issue.record("row \(number): expected \(String(line.prefix(600))), read \(String(read.prefix(600)))")
                return
            }
        }
    }

    private func rows(_ path: String) throws -> (Schema, [[Value]]) {
        let file = try ParquetFile(ParquetMemoryInput(Buffer(try Corpus.bytes(path))))
        var rows: [[Value]] = []
        for group in 0..<file.rowGroupCount { rows += try file.readRowGroup(group).rows }
        return (file.schema, rows)
    }

    /// Files that are judged otherwise here, and why.
    static let exceptions: [String: String] = [
        "duckdb-parquet-testing/bug13053-2.parquet":
            "two columns have one name, which the rows of the corpus cannot show"
    ]
}
