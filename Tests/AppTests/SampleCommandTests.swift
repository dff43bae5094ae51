// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamTesting
import Testing

struct SampleCommandTests {
    private let folder = ProjectFolder()

    init() throws {
        try FileManager.default.copyItem(
            at: ProjectFolder.project.appending(path: "examples"), to: folder.url.appending(path: "examples"))
    }

    private func sample(_ example: String, _ relation: String, _ more: String...) async throws -> [String] {
        let outcome = try await MillraceProcess.run(
            ["sample", "examples/\(example)/pipeline.json", relation, "--format", "json"] + more, in: folder.url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").map(String.init).sorted()
    }

    @Test func windowsAreShownAsTheyWillBeWhenTheyClose() async throws {
        let rows = try await sample("rollup", "rollup", "--set", "workers=2")
        #expect(
            rows.last
                == #"{"minute":"2026-01-01T08:02:00Z","site":"south","device":"oven-2","n":1,"t_avg":206.0,"t_max":206.0}"#
        )
        #expect(rows.count == 6)
        #expect(rows.contains { $0.contains(#""device":"oven-2","n":4,"t_avg":202.33"#) })
        #expect(try await sample("rollup", "rollup", "--rows", "2").count == 2)
        #expect(try await sample("upsert", "customers").count == 3)
        #expect(try await sample("stream-join", "answers").count == 5)
    }

    @Test func tablesBesideTheStreamAreLookedUp() async throws {
        let rows = try await sample("lookup", "full")
        #expect(
            rows == [
                #"{"device":"tank-1","site":"north","ts":"2026-01-01T09:00:00Z","level":4.5}"#,
                #"{"device":"tank-2","site":"south","ts":"2026-01-01T08:00:00Z","level":3.0}"#,
            ])
    }

    @Test("nothing is left behind, and files that a run would archive stay where they are")
    func samplingLeavesNoTrace() async throws {
        let file = "examples/sessions/input/2026-01-01.csv"
        let before = try folder.read(file)
        _ = try await sample("sessions", "visits", "--set", "sources.clicks.archiveTo=archive")
        #expect(try folder.read(file) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["examples"])
    }

    @Test func unusableRecordsAreToldWithTheirPlace() async throws {
        let outcome = try await folder.millrace(
            "sample", "examples/dead-letters/pipeline.json", "t", "--set",
            "transforms.t.sql=SELECT currency, count(*) AS n FROM payments GROUP BY currency", "--set",
            "transforms.t.outputMode=complete", "--format", "json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output.split(separator: "\n").sorted() == [
                #"{"currency":"EUR","n":1}"#, #"{"currency":"USD","n":2}"#,
            ])
        #expect(outcome.errors.contains("payments.jsonl 58): malformedRecord"), "\(outcome.errors)")
    }
}
