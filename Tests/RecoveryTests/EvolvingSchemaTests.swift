// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamTesting
import Testing

/// A pipeline whose records have more and more fields, run as a process.
@Suite(.enabled(if: DeltaReader.python != nil, "needs MILLRACE_PYTHON with deltalake"))
struct EvolvingSchemaTests {
    private let folder = TemporaryFolder()
    private var place: URL { URL(fileURLWithPath: folder.path) }

    private func writePipeline(sql: String = "SELECT *, a + 1 AS next FROM r", format: String = #"{"type": "json"}"#)
        throws
    {
        try write(
            "p.json",
            """
            {"name": "ev", "trigger": {"availableNow": true}, "maxFilesPerEpoch": 1,
             "sources": {"r": {"type": "files", "path": "in", "format": \(format), "schema": "a BIGINT",
                               "unknownFields": "evolve"}},
             "transforms": {"t": {"sql": "\(sql)"}},
             "sinks": {"o": {"type": "delta", "from": "t", "table": "t"}},
             "deadLetters": {"type": "delta", "table": "dead"}, "checkpoint": "state"}
            """)
    }

    private func write(_ name: String, _ text: String) throws {
        let url = place.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    private func run(crashAt: String? = nil) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(
            ["run", "p.json", "--progress", "none"], in: place,
            environment: crashAt.map { ["MILLRACE_CRASH_AT": $0] } ?? [:])
    }

    private func rows(_ columns: String...) async throws -> [String] {
        try await DeltaReader.rows(of: place.appendingPathComponent("t"), columns: columns)
    }

    private func writeRecords() throws {
        try write("in/1.json", "{\"a\":1}\n")
        try write("in/2.json", "{\"a\":2,\"b\":5,\"o\":{\"k\":[1]}}\n{\"a\":3,\"b\":6}\n")
        try write("in/3.json", "{\"a\":4,\"b\":7,\"c\":1.5,\"A\":9,\"bad name\":true,\"n\":null}\n{\"a\":5,\"c\":2}\n")
    }

    private let expected = [
        #"{"a": 1, "b": null, "c": null, "next": 2, "o": null}"#,
        #"{"a": 2, "b": 5, "c": null, "next": 3, "o": "{\"k\":[1]}"}"#,
        #"{"a": 3, "b": 6, "c": null, "next": 4, "o": null}"#,
        #"{"a": 4, "b": 7, "c": 1.5, "next": 5, "o": null}"#,
        #"{"a": 5, "b": null, "c": 2.0, "next": 6, "o": null}"#,
    ]

    @Test func newFieldsBecomeColumnsInTheCommitThatFirstCarriesThem() async throws {
        try writePipeline()
        try writeRecords()
        let outcome = try await run()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await rows("a", "b", "c", "next", "o") == expected)
        // One commit made the table, and each epoch is one more.
        #expect(try await DeltaReader.version(of: place.appendingPathComponent("t")) == 3)
        let rescued = try await rows("a", "_rescued").filter { !$0.contains(#""_rescued": null"#) }
        #expect(rescued == [#"{"_rescued": "{\"A\":9,\"bad name\":true,\"n\":null}", "a": 4}"#])
    }

    @Test(arguments: ["plan.after", "read.after", "checkpoint.before", "checkpoint.after", "publish.after"])
    func aCrashAnywhereGivesTheSameTable(point: String) async throws {
        try writePipeline()
        try writeRecords()
        for _ in 0..<4 { _ = try await run(crashAt: point) }
        let outcome = try await run()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await rows("a", "b", "c", "next", "o") == expected)
    }

    @Test func aColumnKeepsItsTypeAndOtherValuesAreDeadLetters() async throws {
        try writePipeline()
        try write("in/1.json", "{\"a\":1,\"b\":5}\n")
        #expect(try await run().status == 0)
        try write("in/2.json", "{\"a\":2,\"b\":\"text\"}\n{\"a\":3,\"b\":6}\n")
        #expect(try await run().status == 0)
        #expect(try await rows("a", "b") == [#"{"a": 1, "b": 5}"#, #"{"a": 3, "b": 6}"#])
        let dead = try await DeltaReader.rows(of: place.appendingPathComponent("dead"), columns: ["message"])
        #expect(dead.count == 1)
        #expect(dead.first?.contains("'b' is not a BIGINT") == true)
    }

    @Test func columnsOfCSVFilesBecomeColumns() async throws {
        try writePipeline(format: #"{"type": "csv", "header": true}"#)
        try write("in/1.csv", "a\n1\n")
        try write("in/2.csv", "b,a,c\n5,2,x\n6,3,\n")
        let outcome = try await run()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            try await rows("a", "b", "c") == [
                #"{"a": 1, "b": null, "c": null}"#, #"{"a": 2, "b": 5, "c": "x"}"#, #"{"a": 3, "b": 6, "c": null}"#,
            ])
    }

    @Test func aPipelineThatNewColumnsBreakIsRefusedWithTheReason() async throws {
        try writePipeline(sql: "SELECT *, a + 1 AS next FROM r")
        try write("in/1.json", "{\"a\":1,\"next\":5}\n")
        let outcome = try await run()
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("next"))
        try writePipeline(sql: "SELECT a FROM r")
        #expect(try await run().status == 0)
        #expect(try await rows("a") == [#"{"a": 1}"#])
    }
}
