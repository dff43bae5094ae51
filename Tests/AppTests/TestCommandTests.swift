// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import StreamTesting
import Testing

struct TestCommandTests {
    private let folder = ProjectFolder()

    private func write(_ steps: String, expect: String = "", sql: String = "SELECT k, v + 1 AS v FROM s") throws {
        try folder.write(
            """
            {"name": "p", "sources": {"s": {"type": "files", "path": "none", "schema": "k STRING, v INT"}},
            "transforms": {"t": {"sql": "\(sql)"}},
            "sinks": {"out": {"type": "delta", "from": "t", "table": "none"}}, "checkpoint": "none"}
            """, to: "pipelines/p.json")
        try folder.write(
            """
            {"description": "a test", "pipeline": "../pipelines/p.json",
            "steps": [\(steps)]\(expect.isEmpty ? "" : ", \"expect\": \(expect)")}
            """, to: "tests/a.test.json")
    }

    private static let twoRows = """
        {"send": {"source": "s", "records": [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "c", "v": 3}]}},
        {"epoch": true}
        """

    @Test func differenceIsShownRowByRowAtItsPlace() async throws {
        try write(
            Self.twoRows,
            expect: #"{"rows": {"out": [{"k": "a", "v": 2}, {"k": "b", "v": 33}, {"k": "d", "v": 5}]}}"#)
        let outcome = try await folder.millrace("test", "tests")
        #expect(outcome.status == 3)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("FAIL  tests/a.test.json (2 steps, ") == true)
        #expect(
            lines.dropFirst() == [
                "  tests/a.test.json:3:39: at the end",
                "    rows of 'out': 2 missing (-), 2 unexpected (+), 1 as expected",
                "         k   v",
                "      -  -  --",
                "      -  b  33",
                "      +  b   3",
                "      -  d   5",
                "      +  c   4",
                "0 passed, 1 failed",
            ])
    }

    @Test func resultsAreWrittenForProgramsAndCIServers() async throws {
        try write(Self.twoRows, expect: #"{"rows": {"out": []}, "deadLetters": [{"code": "lateRecord"}]}"#)
        try folder.write(
            #"{"pipeline": "../../pipelines/p.json", "steps": [{"epoch": true}]}"#, to: "tests/inner/b.test.json")
        let outcome = try await folder.millrace("test", "tests", "--format", "json", "--junit", "results.xml")
        #expect(outcome.status == 3)
        let results = try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(results.map { $0["passed"] } == [false, true])
        let failures = try #require(results.first?["failures"]?.elements)
        #expect(failures.first?["unexpected"]?.elements?.first == ["k": "a", "v": 2])
        #expect(failures.last?["what"] == "dead letters: 1 missing (-), 0 unexpected (+), 0 as expected")
        let xml = try folder.read("results.xml")
        #expect(xml.contains("<testsuites tests=\"2\" failures=\"1\" errors=\"0\""))
        #expect(xml.contains("name=\"tests/inner/b.test.json\""))
        #expect(xml.contains("3 unexpected (+)"))
        let parsed = XMLChecker.isWellFormed(xml)
        #expect(parsed)
    }

    @Test func mistakesOfTheTestAndItsPipelineComeInOneAnswer() async throws {
        try write(
            """
            {"sned": {"source": "s", "records": []}},
            {"send": {"source": "x", "records": []}},
            {"crash": "checkpoint.afer"},
            {"expect": {"rows": {"outt": [], "t": [{"k": 1}, {"w": 2}]}, "watermarks": {"s": "soon"}}}
            """)
        let outcome = try await folder.millrace("test", "tests/a.test.json")
        #expect(outcome.status == 2)
        #expect(
            outcome.output == """
                WRONG tests/a.test.json
                tests/a.test.json:2:11: invalidPipeline: step is empty; give exactly one of send, replace, epoch, advance, crash, restart, finish, expect
                tests/a.test.json:2:12: unknownName: 'sned' is no key of step; did you mean 'send'?
                tests/a.test.json:3:21: unknownName: 'x' is no source of the pipeline; did you mean 's'?
                tests/a.test.json:4:11: unknownName: 'checkpoint.afer' is no value of 'crash'; did you mean 'checkpoint.after'?
                tests/a.test.json:5:22: unknownName: 'outt' is no sink, source or transform of the pipeline; did you mean 'out'?
                tests/a.test.json:5:46: typeMismatch: a number cannot be a value of 'k' STRING: 1
                tests/a.test.json:5:51: unknownName: 'w' is no column of 't'; did you mean 'k'?
                tests/a.test.json:5:82: invalidPipeline: 'soon' is no time; write it as "2026-01-31T08:00:00Z", or "none"
                0 passed, 1 could not be run

                """)
        try write(Self.twoRows, sql: "SELECT kk FROM s")
        let broken = try await folder.millrace("test", "tests/a.test.json")
        #expect(broken.status == 2)
        #expect(broken.output.contains("tests/../pipelines/p.json:2:"), "\(broken.output)")
        #expect(try await folder.millrace("test", "pipelines").status == 2)
        #expect(try await folder.millrace("test", "nowhere").status == 2)
    }

    @Test func tablesOfTheTestAreCheckedAgainstTheirSchemaAndThePipeline() async throws {
        let start = """
            {"pipeline": "../pipelines/p.json", "steps": [
            {"send": {"source": "s", "records": [{"k": "a", "v": 1}]}}, {"epoch": true},
            """
        try write(Self.twoRows, sql: "SELECT s.k, d.name FROM s JOIN delta.`devices` d ON s.k = d.k")
        try folder.write(
            """
            \(start)
            {"replace": {"table": "devce", "rows": []}}],
            "tables": {"devices": {"schema": "k STRING NOT NULL, name STRING", "rows": [{"k": "a", "nam": 1}, {"name": "x"}]},
            "other": {"schema": "k STRING"}}}
            """, to: "tests/a.test.json")
        let wrong = try await folder.millrace("test", "tests/a.test.json")
        #expect(wrong.status == 2)
        #expect(
            wrong.output == """
                WRONG tests/a.test.json
                tests/a.test.json:3:23: unknownName: 'devce' is no table of the test; did you mean 'devices'?
                tests/a.test.json:4:88: unknownName: 'nam' is no column of 'devices'; did you mean 'name'?
                tests/a.test.json:4:99: missingValue: a row of 'devices' lacks 'k', which is NOT NULL
                tests/a.test.json:5:1: unknownName: no SQL of the pipeline reads a table 'other'; it reads devices
                0 passed, 1 could not be run

                """)
        try folder.write("\(start) {\"restart\": {}}]}", to: "tests/a.test.json")
        let silent = try await folder.millrace("test", "tests/a.test.json")
        #expect(silent.status == 2)
        #expect(
            silent.output.contains(
                "unknownName: the test does not say what the table 'devices' holds; add it to \"tables\" of the test"),
            "\(silent.output)")
    }

    @Test func runThatFailsIsReportedUnlessItIsExpected() async throws {
        let steps = #"{"send": {"source": "s", "records": ["{"]}}, {"epoch": true}"#
        try write(steps)
        let text = try folder.read("pipelines/p.json")
            .replacingOccurrences(of: #""path": "none","#, with: #""path": "none", "onMalformed": "fail","#)
        try folder.write(text, to: "pipelines/p.json")
        let failed = try await folder.millrace("test", "tests")
        #expect(failed.status == 3)
        #expect(failed.output.contains("the run has failed: malformedRecord"), "\(failed.output)")
        try folder.write(
            """
            {"pipeline": "../pipelines/p.json", "steps": [\(steps),
            {"expect": {"error": {"code": "malformedRecord"}}}]}
            """, to: "tests/a.test.json")
        let expected = try await folder.millrace("test", "tests")
        #expect(expected.status == 0, "\(expected.output)")
    }

    @Test func schemaOfTestsIsPrinted() async throws {
        let schema = try JSONValue(parsing: try await folder.millrace("schema", "--for", "test").output)
        #expect(schema["title"] == "Millrace pipeline test")
        #expect(schema["required"] == ["pipeline", "steps"])
    }
}

/// Whether a text is XML, by Python's parser, which every test machine has.
private enum XMLChecker {
    static func isWellFormed(_ text: String) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c", "import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())",
        ]
        let input = Pipe()
        process.standardInput = input
        do {
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
            try input.fileHandleForWriting.close()
        } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
