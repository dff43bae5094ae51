// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import Testing

@testable import PipelineSpec

struct StepTests {
    private let kafka = """
        "type": "kafka", "brokers": "b:1", "topics": ["t"], "schema": "a INT, b STRING, ts TIMESTAMP",
        "watermark": {"column": "ts", "delay": "1 minute"}
        """
    private let groups = "SELECT window.start AS w, b, count(*) AS n FROM s GROUP BY window(ts, '1 minute'), b"

    private func text(_ transforms: String, sink: String = #""type": "delta", "from": "t", "table": "x""#) -> String {
        file(source: kafka, transforms: transforms, sinks: "\"out\": {\(sink)}")
    }

    private func transform(_ sql: String, _ keys: String = "") -> String { #"{"t": {"sql": "\#(sql)"\#(keys)}}"# }

    private func delta(_ text: String) -> DeltaSinkOptions? {
        guard case .delta(let options)? = load(text).pipeline?.sinks["out"]?.connector else { return nil }
        return options
    }

    @Test func groupsAppendUnlessToldOtherwise() {
        let declared = load(text(transform(groups))).pipeline?.transforms.first
        #expect(declared?.outputMode == .append)
        #expect(declared?.onLate == .deadLetter)
        #expect(delta(text(transform(groups)))?.mode == nil)
    }

    @Test func changedGroupsReplaceThoseOfTheSameKeys() {
        let keys = #", "outputMode": "update", "onLate": "restate", "allowedLateness": "1 hour""#
        let declared = load(text(transform(groups, keys))).pipeline?.transforms.first
        #expect(declared?.outputMode == .update)
        #expect(declared?.onLate == .restate)
        #expect(declared?.allowedLatenessMicros == 3_600_000_000)
        let options = delta(text(transform(groups, keys)))
        #expect(options?.mode == .upsert)
        #expect(options?.keys == ["b", "w"])
    }

    @Test func keysAreFollowedThroughLaterTransforms() {
        let transforms = """
            {"g": {"sql": "\(groups)", "outputMode": "update"}, "t": {"sql": "SELECT n * 2 AS m, b AS k, w FROM g WHERE n > 1"}}
            """
        #expect(delta(text(transforms))?.keys == ["k", "w"])
    }

    @Test func whereTheInputEndsGroupsNeedNoWindow() {
        let transforms = transform("SELECT b, count(*) AS n FROM s GROUP BY b")
        let bounded = file(
            extra: #""trigger": {"availableNow": true}"#, source: kafka, transforms: transforms,
            sinks: #""out": {"type": "delta", "from": "t", "table": "x"}"#)
        let outcome = load(bounded)
        #expect(outcome.pipeline?.transforms.first?.outputMode == .append)
        #expect(outcome.problems.contains { $0.severity == .warning && $0.description.contains("with --finish") })
    }

    @Test func oneGroupReplacesTheTable() {
        #expect(delta(text(transform("SELECT count(*) AS n FROM s", #", "outputMode": "update""#)))?.mode == .complete)
        #expect(
            delta(text(transform("SELECT b, count(*) AS n FROM s GROUP BY b", #", "outputMode": "complete""#)))?.mode
                == .complete)
    }

    @Test func deduplicationIsAStep() {
        let pipeline = load(text(#"{"t": {"op": "deduplicate", "from": "S", "keys": ["a", "b"], "within": "1 hour"}}"#))
            .pipeline
        guard case .deduplicate(.scan(let relation, _), let plan)? = pipeline?.transforms.first?.plan else {
            Issue.record("expected a deduplication of the source")
            return
        }
        #expect(relation == "s")
        #expect(plan.keys.map(\.text) == ["a", "b"])
        #expect(plan.eventTime == 2)
        #expect(plan.withinMicros == 3_600_000_000)
    }

    @Test func eventTimeComesThroughADeduplication() {
        let transforms = """
            {"d": {"op": "deduplicate", "from": "s", "keys": ["a", "ts"]},
             "t": {"sql": "SELECT count(*) AS n FROM d GROUP BY window(ts, '1 minute')"}}
            """
        #expect(errors(text(transforms)) == [])
    }

    @Test(
        "what does not fit together is said where it stands",
        arguments: [
            (
                #"{"t": {"sql": "SELECT b, count(*) AS n FROM s GROUP BY b"}}"#,
                "unsupported: groups without a window of event time never end, and in append mode a group is given when it has ended"
            ),
            (
                #"{"t": {"sql": "SELECT count(*) AS n FROM s GROUP BY b", "outputMode": "update"}}"#,
                "invalidPipeline: 't' gives changed groups, and its rows lack what tells groups apart: b; add it to SELECT"
            ),
            (
                #"{"t": {"sql": "SELECT a FROM s", "outputMode": "update"}}"#,
                "invalidPipeline: outputMode 'update' is for groups, and 't' does not end with any"
            ),
            (
                #"{"g": {"sql": "SELECT b, count(*) AS n FROM s GROUP BY b", "outputMode": "update"}, "t": {"sql": "SELECT DISTINCT b FROM g"}}"#,
                "unsupported: 't' keeps state over 'g', which gives a group again with each change"
            ),
            (
                #"{"t": {"sql": "SELECT a FROM s", "onLate": "restate"}}"#,
                "invalidPipeline: 'restate' gives a closed window again, which append mode does not"
            ),
            (
                #"{"t": {"sql": "SELECT a FROM s", "allowedLateness": "1 hour"}}"#,
                "invalidPipeline: 'allowedLateness' is for \"onLate\": \"restate\""
            ),
            (
                #"{"t": {"op": "deduplicate", "from": "s", "keys": ["c"]}}"#,
                "unknownName: 'c' is no column of 's'"
            ),
            (
                #"{"t": {"op": "deduplicate", "from": "s"}}"#, "invalidPipeline: 'keys' is missing in 'deduplicate'"
            ),
            (
                #"{"t": {"sql": "SELECT a FROM s", "within": "1 hour"}}"#,
                "invalidPipeline: 'within' belongs to 'op', not to 'sql'"
            ),
            (#"{"t": {"expect": []}}"#, "invalidPipeline: "),
        ])
    func mistakes(transforms: String, message: String) {
        let found = errors(text(transforms))
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test func filesTakeNoGroupsThatComeAgain() {
        let sink = #""type": "files", "from": "t", "path": "x""#
        let sql = transform("SELECT b, count(*) AS n FROM s GROUP BY b", #", "outputMode": "complete""#)
        #expect(errors(text(sql, sink: sink)).contains { $0.contains("files cannot take 't'") })
    }
}
