// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import StreamTesting
import Testing

/// What is kept between runs, as `plan`, `state`, `checkpoint rewind` and `run --finish` show it.
struct StateCommandTests {
    private let work = StatefulWorkspace()

    private func plan(_ arguments: String...) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(["plan", "p.json"] + arguments, in: work.folder.url)
    }

    @Test func planSaysWhatIsKeptAndWhenItIsDropped() async throws {
        try work.writePipeline()
        let outcome = try await plan()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output == """
                source s: 3 columns
                    watermark: the greatest ts less 60.0 s
                transform t: reads s
                operator t: aggregate
                    state: 1 aggregate for each (k) and window
                    dropped: once the watermark has passed the end of the window
                    memory: spills to disk beyond its share
                sink out: exactly-once (\(Self.guarantee))
                    from: t
                sink deadLetters: exactly-once (\(Self.guarantee))

                """)
        #expect(!work.folder.has("state"))
    }

    private static let guarantee =
        "files are named after the epoch and appear whole; a repeated epoch replaces its own"

    @Test func planWarnsWhereStateIsUnbounded() async throws {
        try work.writePipeline("SELECT k, count(*) AS n FROM s GROUP BY k", mode: "update")
        let lines = try await plan("--format", "json").output.split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        #expect(lines.map { $0["step"] } == ["source", "transform", "operator", "sink", "sink"])
        let step = try #require(lines.first { $0["step"] == "operator" })
        #expect(step["name"] == "t")
        #expect(step["kind"] == "aggregate")
        #expect(step["state"] == "1 aggregate for each (k)")
        #expect(step["dropped"] == "never")
        #expect(
            step["warning"] == "grows with the number of different keys: group by a window of event time too")
    }

    @Test func stateIsShownAsRows() async throws {
        try work.writePipeline("SELECT k, count(*) AS n, max(v) AS most FROM s GROUP BY k, window(ts, '1 minute')")
        let before = try await work.folder.millrace("state", "p.json", "t")
        #expect(before.status == 2, "\(before.errors)")
        try work.send("1", ("a", 1, 5), ("a", 2, 7), ("b", 70, 1))
        #expect(try await work.run().status == 0)
        let table = try await work.folder.millrace("state", "p.json", "t")
        #expect(table.status == 0)
        #expect(
            table.output == """
                k  window_start          count(1).count  max(v).value
                -  --------------------  --------------  ------------
                a  2026-01-01T00:00:00Z               2             7
                b  2026-01-01T00:01:00Z               1             1

                """)
        let json = try await work.folder.millrace("state", "p.json", "t", "--format", "json", "--rows", "1")
        #expect(
            json.output == #"{"k":"a","window_start":"2026-01-01T00:00:00Z","count(1).count":2,"max(v).value":7}"#
                + "\n")
        let unknown = try await work.folder.millrace("state", "p.json", "tt")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("Did you mean 't'?"))
    }

    @Test func stateOfAnotherMeaningIsNotShown() async throws {
        try work.writePipeline()
        try work.send("1", ("a", 1, 5))
        #expect(try await work.run().status == 0)
        try work.writePipeline("SELECT k, sum(v) AS n FROM s GROUP BY k, window(ts, '1 minute')")
        let outcome = try await work.folder.millrace("state", "p.json", "t")
        #expect(outcome.status == 4, "\(outcome.errors)")
        #expect(outcome.errors.contains("See 'millrace plan --diff'"))
        // After an epoch under the new file, files of the old one are read in the new layout.
        try work.send("2", ("a", 2, 7))
        #expect(try await work.run().status == 0)
        let shown = try await work.folder.millrace("state", "p.json", "t", "--format", "json")
        #expect(
            shown.output
                == #"{"k":"a","window_start":"2026-01-01T00:00:00Z","sum(v).sum":"7","sum(v).count":1}"# + "\n")
    }

    @Test func openWindowsWaitForTheNextRunUnlessItFinishes() async throws {
        try work.writePipeline()
        try work.send("1", ("a", 1, 1), ("b", 70, 1))
        #expect(try await work.run().status == 0)
        #expect(try work.rows(of: "out") == [])
        try work.send("2", ("a", 2, 1), ("c", 130, 1))
        #expect(try await work.run().status == 0)
        #expect(try work.rows(of: "out") == [#"{"k":"a","n":2}"#])
        #expect(try await work.run("--finish").status == 0)
        #expect(try work.rows(of: "out") == [#"{"k":"a","n":2}"#, #"{"k":"b","n":1}"#, #"{"k":"c","n":1}"#])
        let state = try await work.folder.millrace("state", "p.json", "t")
        #expect((state.status, state.output) == (0, ""))
        try work.send("3", ("b", 80, 1), ("d", 190, 1))
        #expect(try await work.run("--finish").status == 0)
        #expect(try work.rows(of: "out").suffix(1) == [#"{"k":"d","n":1}"#])
        let letters = try work.rows(of: "dead").map { try JSONValue(parsing: $0) }
        #expect(letters.map { $0["code"] } == ["lateRecord"])
    }

    @Test func aCheckpointThatWasRewoundIsRefusedByItsTablesAndGoesOnIntoNewOnes() async throws {
        try work.writePipeline()
        try work.send("1", ("a", 1, 1), ("b", 2, 2))
        #expect(try await work.run().status == 0)
        try work.writePipeline("SELECT k, count(*) AS n, sum(v) AS total FROM s GROUP BY k, window(ts, '1 minute')")
        try work.send("2", ("a", 3, 10), ("c", 200, 3))
        #expect(try await work.run().status == 0)
        let given = [#"{"k":"a","n":2,"total":10}"#, #"{"k":"b","n":1}"#]
        #expect(try work.rows(of: "out") == given)
        let missing = try await work.folder.millrace("checkpoint", "rewind", "p.json", "--to", "9")
        #expect(missing.status == 2)
        #expect(missing.errors.contains("epoch 9 is not in the checkpoint"))
        let rewound = try await work.folder.millrace("checkpoint", "rewind", "p.json", "--to", "0")
        #expect(rewound.status == 0, "\(rewound.errors)")
        #expect(
            rewound.output.hasPrefix("rewound from epoch 1 to epoch 0\nsink 'out' may have published epochs up to 1"))
        // The state is again what the old file meant.
        #expect(
            try await work.folder.millrace("plan", "p.json", "--diff").output
                == "migrate  t: aggregate sum(v) is new: groups that are open now count only rows from here on\n")
        let refused = try await work.run()
        #expect(refused.status == 4, "\(refused.errors)")
        #expect(refused.errors.contains("checkpointMismatch"))
        #expect(try work.rows(of: "out") == given)
        try work.writePipeline(out: "again")
        #expect(try await work.folder.millrace("plan", "p.json", "--diff").output == "keep  t\n")
        let outcome = try await work.run()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try work.rows(of: "again") == [#"{"k":"a","n":2}"#, #"{"k":"b","n":1}"#])
        #expect(try await work.run("--finish").status == 0)
        #expect(
            try work.rows(of: "again") == [#"{"k":"a","n":2}"#, #"{"k":"b","n":1}"#, #"{"k":"c","n":1}"#])
    }
}
