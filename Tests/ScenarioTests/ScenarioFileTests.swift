// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamTesting
import Testing

/// Runs every file of `Scenarios/` with `millrace test`, as a user would.
struct ScenarioFileTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static var files: [String] {
        let paths = try? FileManager.default.subpathsOfDirectory(atPath: project.appending(path: "Scenarios").path)
        return (paths ?? []).filter { $0.hasSuffix(".test.json") }.sorted()
    }

    @Test(arguments: files)
    func scenarioGivesWhatItExpects(file: String) async throws {
        let outcome = try await MillraceProcess.run(["test", "Scenarios/\(file)"], in: Self.project)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    @Test("a scenario with another number of workers gives the same", arguments: files)
    func workersDoNotMatter(file: String) async throws {
        let outcome = try await MillraceProcess.run(
            ["test", "Scenarios/\(file)", "--workers", "5"], in: Self.project)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
}
