// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import StreamTesting
import Testing

/// A pipeline file that changes while its checkpoint holds state: what `plan --diff` says of it, and what `run` makes of it.
struct ChangedFileTests {
    private let work = StatefulWorkspace()
    private static let grouped = "FROM s GROUP BY k, window(ts, '1 minute')"

    private func diff(_ arguments: String...) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(["plan", "p.json", "--diff"] + arguments, in: work.folder.url)
    }

    /// One epoch with two groups.
    private func counted() async throws {
        try work.writePipeline()
        try work.send("1", ("a", 1, 1), ("b", 2, 2))
        let outcome = try await work.run()
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func theSameFileKeepsAndAnotherFilterToo() async throws {
        try work.writePipeline()
        #expect(try await diff().output == "new  t\n")
        try await counted()
        let same = try await diff()
        #expect((same.status, same.output) == (0, "keep  t\n"))
        try work.writePipeline("SELECT k, count(*) AS n FROM s WHERE v > 1 GROUP BY k, window(ts, '1 minute')")
        #expect(try await diff().output == "keep  t\n")
        try work.send("2", ("a", 3, 1), ("a", 4, 5))
        #expect(try await work.run("--finish").status == 0)
        #expect(try work.rows(of: "out") == [#"{"k":"a","n":2}"#, #"{"k":"b","n":1}"#])
    }

    @Test func addedAndRemovedAggregatesMigrate() async throws {
        try work.writePipeline("SELECT k, count(*) AS n, max(v) AS most \(Self.grouped)")
        try work.send("1", ("a", 1, 1), ("b", 2, 2))
        #expect(try await work.run().status == 0)
        try work.writePipeline("SELECT k, sum(v) AS total, count(*) AS n \(Self.grouped)")
        let reasons = [
            "aggregate sum(v) is new: groups that are open now count only rows from here on",
            "aggregate max(v) is gone: what it has counted is dropped",
        ]
        let said = try await diff()
        #expect((said.status, said.output) == (0, "migrate  t: \(reasons.joined(separator: "; "))\n"))
        let json = try JSONValue(parsing: try await diff("--format", "json").output)
        #expect(json == ["operator": "t", "change": "migrate", "reasons": .array(reasons.map { .string($0) })])
        try work.send("2", ("a", 3, 10), ("c", 4, 20))
        let outcome = try await work.run()
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("the state of 't' goes on under another meaning: \(reasons[0])"))
        #expect(try await diff().output == "keep  t\n")
        try work.send("3", ("b", 5, 100))
        #expect(try await work.run("--finish").status == 0)
        #expect(
            try work.rows(of: "out") == [
                #"{"k":"a","total":10,"n":2}"#, #"{"k":"b","total":100,"n":2}"#, #"{"k":"c","total":20,"n":1}"#,
            ])
        #expect(try work.rows(of: "dead") == [])
    }

    @Test func aKeyThatIsAnotherLosesAndIsRefused() async throws {
        try await counted()
        try work.writePipeline("SELECT v, count(*) AS n FROM s GROUP BY v, window(ts, '1 minute')")
        let said = try await diff()
        #expect(
            (said.status, said.output) == (4, "lose  t: key v is new; key k is gone\n"))
        #expect(
            try JSONValue(parsing: try await diff("--format", "json").output)
                == ["operator": "t", "change": "lose", "reasons": ["key v is new", "key k is gone"]])
        try work.send("2", ("a", 3, 2))
        let refused = try await work.run()
        #expect(refused.status == 4)
        #expect(
            refused.errors == """
                millrace: stateLoss: state would be lost: that of 't' (key v is new; key k is gone) (pipeline p). Undo the change, or \
                give the pipeline another "checkpoint", or begin without what is lost: --accept-loss t

                """)
        #expect(try work.rows(of: "out") == [])
        #expect(try await work.run("--accept-loss", "other").status == 2)
        let accepted = try await work.run("--accept-loss", "t", "--finish")
        #expect(accepted.status == 0, "\(accepted.errors)")
        #expect(accepted.errors.contains("operator 't' begins with empty state"))
        #expect(try work.rows(of: "out") == [#"{"v":2,"n":1}"#])
        #expect(try await diff().output == "keep  t\n")
    }

    @Test func anAggregateThatIsAnotherLosesItselfOnly() async throws {
        try work.writePipeline("SELECT k, count(*) AS n, sum(v) AS total \(Self.grouped)")
        try work.send("1", ("a", 1, 1), ("b", 2, 2))
        #expect(try await work.run().status == 0)
        try work.writePipeline(
            "SELECT k, count(*) AS n, sum(v) AS total \(Self.grouped)",
            columns: "k STRING, ts TIMESTAMP NOT NULL, v DOUBLE")
        let said = try await diff()
        #expect(said.status == 4)
        #expect(
            said.output == """
                lose  t: aggregate sum(v) was 'sum(ansicast(v as BIGINT): BIGINT): BIGINT', now it is 'sum(v: DOUBLE): DOUBLE': what it has counted is lost, \
                and groups that are open now count only rows from here on

                """)
        try work.send("2", ("a", 3, 10))
        #expect(try await work.run().status == 4)
        let accepted = try await work.run("--accept-loss", "t", "--finish")
        #expect(accepted.status == 0, "\(accepted.errors)")
        #expect(try work.rows(of: "out") == [#"{"k":"a","n":2,"total":10.0}"#, #"{"k":"b","n":1}"#])
    }

    @Test func aStepWithAnotherNameIsLostAndNew() async throws {
        try await counted()
        try work.writePipeline(transform: "u")
        let said = try await diff()
        #expect(
            (said.status, said.output) == (4, "lose  t: no step of the pipeline has this name any more\nnew  u\n"))
        #expect(try await work.run().status == 4)
        #expect(try await work.run("--accept-loss", "t").status == 0)
        #expect(try await diff().output == "keep  u\n")
    }

    @Test func whatHoldsNoStateYetIsRebuilt() async throws {
        try work.writePipeline()
        try work.folder.write("not a record\n", to: "in/0.jsonl")
        #expect(try await work.run().status == 0)
        try work.writePipeline("SELECT v, count(*) AS n FROM s GROUP BY v, window(ts, '1 minute')")
        let said = try await diff()
        #expect((said.status, said.output) == (0, "rebuild  t: key v is new; key k is gone\n"))
        try work.send("1", ("a", 1, 1), ("b", 2, 2))
        #expect(try await work.run("--finish").status == 0)
        #expect(try work.rows(of: "out") == [#"{"v":1,"n":1}"#, #"{"v":2,"n":1}"#])
    }

    @Test func columnsOfAJoinComeAndGo() async throws {
        func write(_ columns: String, _ selected: String) throws {
            try work.folder.write(
                """
                {"name": "p", "maxFilesPerEpoch": 1, "sources": {
                  "a": {"type": "files", "path": "a", "schema": "k STRING, ts TIMESTAMP NOT NULL, \(columns)",
                        "watermark": {"column": "ts", "delay": "1 minute"}},
                  "b": {"type": "files", "path": "b", "schema": "k STRING, ts TIMESTAMP NOT NULL, w INT",
                        "watermark": {"column": "ts", "delay": "1 minute"}}},
                "transforms": {"t": {"sql": "SELECT a.k, \(selected), b.w FROM a LEFT JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts AND a.ts + INTERVAL 1 MINUTE"}},
                "sinks": {"out": {"type": "files", "from": "t", "path": "out"}}, "checkpoint": "state"}
                """, to: "p.json")
        }
        try write("v INT", "a.v")
        try work.folder.write(#"{"k":"x","ts":"2026-01-01T00:00:01Z","v":1,"n":7}"# + "\n", to: "a/1.jsonl")
        try work.folder.write("", to: "b/0.jsonl")
        #expect(try await work.run().status == 0)
        try write("n INT, v INT NOT NULL", "a.v, a.n")
        #expect(
            try await diff().output == "lose  t: left column v is NOT NULL now, and may be NULL in rows that are kept\n"
        )
        try write("n INT, v INT", "a.v, a.n")
        #expect(try await diff().output == "migrate  t: left column n is new: it is NULL in rows that are kept\n")
        try work.folder.write(#"{"k":"y","ts":"2026-01-01T00:00:02Z","v":2,"n":8}"# + "\n", to: "a/2.jsonl")
        #expect(try await work.run().status == 0)
        try write("n INT", "a.n")
        #expect(try await diff().output == "migrate  t: left column v is gone: rows that are kept lose it\n")
        try work.folder.write(
            #"{"k":"x","ts":"2026-01-01T00:00:03Z","w":5}"# + "\n" + #"{"k":"y","ts":"2026-01-01T00:00:03Z","w":6}"#
                + "\n",
            to: "b/1.jsonl")
        #expect(try await work.run("--finish").status == 0)
        #expect(try work.rows(of: "out") == [#"{"k":"x","w":5}"#, #"{"k":"y","n":8,"w":6}"#])
    }
}
