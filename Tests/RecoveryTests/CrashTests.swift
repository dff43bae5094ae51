// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamCore
import StreamTesting
import Testing

/// A pipeline over files with two tables and dead letters, run as a process.
private final class Workspace {
    let folder: URL
    private static let pipeline = """
        {
          "name": "crash",
          "trigger": { "availableNow": true },
          "maxFilesPerEpoch": 1,
          "workers": 2,
          "sources": {
            "numbers": {
              "type": "files", "path": "input", "format": { "type": "json" },
              "schema": "id BIGINT NOT NULL, name STRING", "onMalformed": "deadLetter"
            }
          },
          "transforms": { "even": { "sql": "SELECT id, upper(name) AS name FROM numbers WHERE id % 2 = 0" } },
          "sinks": {
            "all": { "type": "delta", "from": "numbers", "table": "all" },
            "even": { "type": "delta", "from": "even", "table": "even", "partitionBy": ["name"] }
          },
          "deadLetters": { "type": "delta", "table": "dead" },
          "checkpoint": "state"
        }
        """

    init(files: Int = 4) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("crash-" + UUID().uuidString)
        let input = folder.appendingPathComponent("input")
        try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
        try Self.pipeline.write(to: folder.appendingPathComponent("p.json"), atomically: true, encoding: .utf8)
        for file in 0..<files { try addFile(file) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Ten good records and a broken one.
    func addFile(_ number: Int) throws {
        let good = (0..<10).map { "{\"id\": \(number * 10 + $0), \"name\": \"n\($0 % 3)\"}\n" }
        let text = good.joined() + "{\"id\": \"broken-\(number)\"}\n"
        let file = folder.appendingPathComponent("input/part-\(number).jsonl")
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func run(_ arguments: [String] = [], crashAt: String? = nil) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(
            ["run", "p.json", "--progress", "none"] + arguments, in: folder,
            environment: crashAt.map { ["MILLRACE_CRASH_AT": $0] } ?? [:])
    }

    func table(_ name: String) -> URL { folder.appendingPathComponent(name) }

    /// Each record is in each table once, and each broken one in dead letters once.
    func expectExactTables(files: Int = 4) async throws {
        let all = (0..<files * 10).map { "{\"id\": \($0), \"name\": \"n\($0 % 10 % 3)\"}" }
        #expect(try await DeltaReader.rows(of: table("all"), columns: ["id", "name"]) == all.sorted())
        let even = (0..<files * 10).filter { $0 % 2 == 0 }.map { "{\"id\": \($0), \"name\": \"N\($0 % 10 % 3)\"}" }
        #expect(try await DeltaReader.rows(of: table("even"), columns: ["id", "name"]) == even.sorted())
        let dead = (0..<files).map { "{\"raw\": \"b'{\\\"id\\\": \\\"broken-\($0)\\\"}'\", \"stage\": \"decode\"}" }
        #expect(try await DeltaReader.rows(of: table("dead"), columns: ["raw", "stage"]) == dead.sorted())
    }
}

@Suite(.enabled(if: DeltaReader.python != nil, "needs MILLRACE_PYTHON with deltalake"))
struct CrashTests {
    @Test("a crash at a named step is repaired by the next run", arguments: CrashPoint.allCases)
    func crashAtEachStep(point: CrashPoint) async throws {
        let workspace = try Workspace()
        let crashed = try await workspace.run(crashAt: "\(point.rawValue)@1")
        #expect(crashed.status == 99, "\(crashed.errors)")
        let repaired = try await workspace.run()
        #expect(repaired.status == 0, "\(repaired.errors)")
        try await workspace.expectExactTables()
    }

    @Test func crashesOneAfterAnotherAtEveryStepAreRepaired() async throws {
        let workspace = try Workspace()
        for point in CrashPoint.allCases { _ = try await workspace.run(crashAt: point.rawValue) }
        #expect(try await workspace.run().status == 0)
        try await workspace.expectExactTables()
    }

    @Test func aRunWithNothingNewMakesNoVersion() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.run().status == 0)
        let before = try await DeltaReader.version(of: workspace.table("all"))
        #expect(try await workspace.run().status == 0)
        #expect(try await DeltaReader.version(of: workspace.table("all")) == before)
        try await workspace.expectExactTables()
    }

    @Test func aDeletedCheckpointIsRefusedAndTheTableTellsWhereToGoOn() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.run().status == 0)
        try FileManager.default.removeItem(at: workspace.table("state"))
        try workspace.addFile(4)
        let refused = try await workspace.run()
        #expect(refused.status == 4)
        #expect(refused.errors.contains("checkpointMismatch"))
        #expect(refused.errors.contains("has already published epoch 3"))
        #expect(refused.errors.contains("the checkpoint is empty"))
        #expect(refused.errors.contains("--recover-from-table"))
        let recovered = try await workspace.run(["--recover-from-table"])
        #expect(recovered.status == 0, "\(recovered.errors)")
        try await workspace.expectExactTables(files: 5)
    }

    @Test func aCheckpointFromBeforeIsRefusedWithBothPositions() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.run(["--once"]).status == 0)
        let (state, backup) = (workspace.table("state"), workspace.table("backup"))
        try FileManager.default.copyItem(at: state, to: backup)
        #expect(try await workspace.run().status == 0)
        try FileManager.default.removeItem(at: state)
        try FileManager.default.moveItem(at: backup, to: state)
        let refused = try await workspace.run()
        #expect(refused.status == 4)
        #expect(refused.errors.contains("has already published epoch 3"))
        #expect(refused.errors.contains("the checkpoint is at epoch 0"))
    }
}
