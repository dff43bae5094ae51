// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import JSONText
import StreamTesting
import Testing

struct RunCommandTests {
    private let folder = ProjectFolder()

    private func writePipeline(sinks: String = #""raw": {"type": "delta", "from": "s", "table": "t"}"#) throws {
        try folder.write(
            """
            {"name": "p", "sources": {"s": {"type": "files", "path": "in", "schema": "a INT NOT NULL, b STRING"}},
            "sinks": {\(sinks)}, "deadLetters": {"type": "delta", "table": "dead"}, "checkpoint": "state"}
            """, to: "p.json")
        try folder.write("{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n{\"b\":\"no a\"}\n", to: "in/1.jsonl")
    }

    private func run(_ arguments: String...) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(["run", "p.json", "--available-now"] + arguments, in: folder.url)
    }

    @Test func filesBecomeADeltaTableAndUnusableRecordsAreKept() async throws {
        try writePipeline()
        let outcome = try await run("--progress", "json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let event = try JSONValue(parsing: outcome.output)
        #expect(event["name"] == "p")
        #expect(event["batchId"] == 0)
        #expect(event["numInputRows"] == 3)
        #expect(event["sink"]?["numOutputRows"] == 2)
        #expect(event["sources"]?.elements?.first?["metrics"]?["malformed"] == 1)
        #expect(try folder.versions(of: "t").count == 2)
        #expect(try folder.versions(of: "dead").count == 2)
        let history = try await folder.millrace("table", "history", "t", "--format", "json", "--limit", "1")
        let commit = try JSONValue(parsing: history.output)
        #expect(commit["version"] == 1)
        #expect(commit["millrace"]?["pipeline"] == "p")
        #expect(commit["millrace"]?["epoch"] == 0)
        let described = try JSONValue(
            parsing: try await folder.millrace("table", "describe", "t", "--format", "json").output)
        #expect(described["numRecords"] == 2)
        #expect(described["schema"] == "a INT NOT NULL, b STRING")
        #expect(
            try await folder.millrace("table", "files", "t", "--format", "json").output.split(separator: "\n").count
                == 1)
    }

    @Test func secondRunMakesNoVersionAndNewLinesAreTakenOnce() async throws {
        try writePipeline()
        #expect(try await run().status == 0)
        #expect(try await run("--progress", "json").output == "")
        #expect(try folder.versions(of: "t").count == 2)
        try folder.write("{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n{\"b\":\"no a\"}\n{\"a\":4}\n", to: "in/1.jsonl")
        #expect(try JSONValue(parsing: try await run("--progress", "json").output)["numInputRows"] == 1)
        #expect(try folder.versions(of: "t").count == 3)
    }

    @Test func lostCheckpointIsRefusedAndTheTableCanTakeItsPlace() async throws {
        try writePipeline()
        #expect(try await run().status == 0)
        try folder.remove("state")
        let refused = try await run()
        #expect(refused.status == 4, "\(refused.errors)")
        #expect(refused.errors.contains("checkpointMismatch"))
        #expect(refused.errors.contains("--recover-from-table"))
        #expect(try folder.versions(of: "t").count == 2)
        let recovered = try await run("--recover-from-table")
        #expect(recovered.status == 0, "\(recovered.errors)")
        #expect(try folder.versions(of: "t").count == 2)
        let described = try JSONValue(
            parsing: try await folder.millrace("table", "describe", "t", "--format", "json").output)
        #expect(described["numRecords"] == 2)
    }

    @Test func mistakesInTheFileStartNothing() async throws {
        try writePipeline(sinks: #""raw": {"type": "delta", "from": "z", "tabel": "t"}"#)
        let outcome = try await run()
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(
            outcome.errors == """
                p.json:2:18: invalidPipeline: 'table' is missing in sink 'raw'; add it, for example "table": "data/readings"
                p.json:2:44: unknownName: sink 'raw' reads 'z', which is no source or transform; did you mean 's'?
                p.json:2:49: unknownName: 'tabel' is no key of sink 'raw' of type 'delta'; did you mean 'table'?

                """)
        #expect(!folder.has("state"))
        let validated = try await folder.millrace("validate", "p.json", "--format", "json")
        #expect(validated.status == 2)
        #expect(validated.output.split(separator: "\n").count == 4)
    }

    @Test func continuousModeIsRefusedByName() async throws {
        try writePipeline()
        let outcome = try await MillraceProcess.run(["run", "p.json", "--set", "mode=continuous"], in: folder.url)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("continuous mode is not there yet"))
    }

    @Test("a place that is not there, or does not fit, is a mistake in the file: exit code 2")
    func placesOfTheFileThatDoNotFitAreWrongInput() async throws {
        try writePipeline()
        let missing = try await run("--set", "sources.s.path=nowhere")
        #expect(missing.status == 2, "\(missing.errors)")
        #expect(missing.errors.contains("missingFile"))
        #expect(try await run().status == 0)
        let other = try await run(
            "--set", "sources.s.schema=a STRING", "--set", "sinks.raw.appId=other", "--set", "checkpoint=x")
        #expect(other.status == 2, "\(other.errors)")
        #expect(other.errors.contains("schemaMismatch"))
        let endless = try await MillraceProcess.run(["run", "p.json", "--finish"], in: folder.url)
        #expect(endless.status == 2)
        #expect(endless.errors.contains("--available-now"))
    }

    @Test(
        "a setting that only its library can judge is a mistake in the file: exit code 2",
        arguments: [
            ("max.in.flight", #""max.in.flight", which has to be "1" here (pipeline p, sink raw). Remove it"#),
            (
                "compresion.type",
                #"librdkafka has no property "compresion.type" (pipeline p, sink raw, topic t, property compresion.type)"#
            ),
        ])
    func settingsThatCannotBeUsedAreWrongInput(property: String, message: String) async throws {
        try writePipeline(
            sinks:
                #""raw": {"type": "kafka", "from": "s", "brokers": "127.0.0.1:1", "topic": "t", "properties": {"\#(property)": "5"}}"#
        )
        let outcome = try await run()
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func runForATimeEndsByItself() async throws {
        try writePipeline()
        let outcome = try await MillraceProcess.run(
            ["run", "p.json", "--for", "500 ms", "--progress", "json"], in: folder.url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("done"))
        // How far it came in that time is the machine's affair; the next run goes on there.
        let rest = try await MillraceProcess.run(
            ["run", "p.json", "--available-now", "--progress", "json"], in: folder.url)
        let epochs = try (outcome.output + rest.output).split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        #expect(epochs.map { $0["numInputRows"] } == [3])
    }

    @Test func secretsAreNotShown() async throws {
        try writePipeline(sinks: #""raw": {"type": "delta", "from": "s", "table": "${SECRET_PLACE}/t"}"#)
        try folder.write("no folder", to: "hush-hush")
        let outcome = try await MillraceProcess.run(
            ["run", "p.json", "--available-now"], in: folder.url, environment: ["SECRET_PLACE": "hush-hush"])
        #expect(outcome.status == 3)
        #expect(!outcome.errors.contains("hush-hush"), "\(outcome.errors)")
        #expect(outcome.errors.contains("***"), "\(outcome.errors)")
    }

    @Test func firstSignalFinishesTheEpochAndASecondProcessIsRefusedMeanwhile() async throws {
        try writePipeline()
        let process = try MillraceProcess.start(
            ["run", "p.json", "--progress", "json", "--set", "trigger.interval=10 ms"], in: folder.url)
        // The first progress line says that the pipeline runs.
        await process.wait { !process.output.isEmpty }
        let second = try await run()
        #expect(second.status == 4)
        #expect(second.errors.contains("checkpointLocked"))
        #expect(second.errors.contains("\(process.identifier)"), "\(second.errors)")
        #expect(second.errors.contains(ProcessInfo.processInfo.hostName), "\(second.errors)")
        #expect(await process.stop().status == 0)
        let list = try await folder.millrace("checkpoint", "list", "p.json", "--format", "json")
        #expect(try JSONValue(parsing: list.output)["state"] == "confirmed")
        let show = try await folder.millrace("checkpoint", "show", "state", "--format", "json")
        let offsets = try JSONValue(parsing: show.output)["offsets"]?["s"]?.members
        #expect(offsets?.map(\.value) == [37])
    }

    @Test func secondInterruptEndsTheProcessAtOnce() async throws {
        try folder.write(
            """
            {"name": "long", "sources": {"s": {"type": "iot", "rows": 1000000000}}, "trigger": {"once": true},
            "sinks": {"raw": {"type": "delta", "from": "s", "table": "t"}},
            "deadLetters": {"type": "delta", "table": "dead"}, "checkpoint": "state"}
            """, to: "long.json")
        let process = try MillraceProcess.start(["run", "long.json", "--progress", "none"], in: folder.url)
        // A data file is begun once the epoch is being read; before that, the first one would end the run.
        let table = folder.url.appendingPathComponent("t").path
        await process.wait {
            (try? FileManager.default.contentsOfDirectory(atPath: table))?.contains { $0 != "_delta_log" } == true
        }
        // The first one asks for the end of the epoch, which is far away.
        for _ in 0..<2 {
            process.interrupt()
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(await process.end().status == 130)
    }

    @Test func generatingForADeadBrokerSaysThatItWaits() async throws {
        let process = try MillraceProcess.start(
            ["generate", "iot", "--rows", "10", "--to", "kafka://127.0.0.1:1/t"], in: folder.url)
        await process.wait { process.errors.contains("waiting for the brokers 127.0.0.1:1: ") }
        // It would wait for a minute; the second one ends it at once.
        for _ in 0..<2 {
            process.interrupt()
            try await Task.sleep(for: .milliseconds(200))
        }
        _ = await process.end()
        #expect(process.errors.contains("Connection refused"), "\(process.errors)")
    }

    @Test func generatedReadingsRunThroughAPipelineOfTheirOwn() async throws {
        #expect(try await folder.millrace("generate", "iot", "--rows", "1000", "--to", "in").status == 0)
        let inferred = try JSONValue(parsing: try await folder.millrace("infer", "in", "--format", "json").output)
        let source = try #require(inferred["source"])
        try folder.write(
            """
            {"name": "g", "sources": {"s": \(source.text)}, "checkpoint": "state",
            "sinks": {"raw": {"type": "delta", "from": "s", "table": "t"}}}
            """, to: "g.json")
        let outcome = try await folder.millrace("run", "g.json", "--available-now", "--progress", "none")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
        let described = try JSONValue(
            parsing: try await folder.millrace("table", "describe", "t", "--format", "json").output)
        #expect(described["numRecords"] == 1000)
        let sample = try await folder.millrace("sample", "g.json", "s", "--rows", "2", "--format", "json")
        #expect(sample.output.split(separator: "\n").count == 2)
        #expect(try JSONValue(parsing: String(sample.output.split(separator: "\n")[1]))["seq"] == 1)
    }
}
