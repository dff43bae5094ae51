// SPDX-License-Identifier: Apache-2.0
import JSONText
import StreamCore
import Testing

@testable import PipelineSpec

struct FileProblemTests {
    @Test func wholeFileHasNoErrors() {
        #expect(errors(file()) == [])
        #expect(load(file()).pipeline?.name == "p")
    }

    @Test func sevenMistakesAreSevenMessagesInOneAnswer() {
        let text = """
            {
              "name": "my pipeline",
              "triger": { "interval": "1 second" },
              "memory": "64 MeB",
              "sources": {
                "readings": {
                  "type": "kafka", "topics": ["a"],
                  "schema": "device STRING, ts TIMESTAMP",
                  "watermark": { "column": "tz", "delay": "10 seconds" },
                  "onMalformed": "deadletter"
                }
              },
              "sinks": { "raw": { "type": "delta", "from": "reading", "table": "t" } }
            }
            """
        #expect(
            errors(text) == [
                """
                p.json:2:11: invalidPipeline: 'my pipeline' cannot be the name of a pipeline; use up to 100 letters, digits, \
                '_', '-' and '.', beginning with a letter or digit
                """,
                "p.json:3:3: unknownName: 'triger' is no key of the pipeline; did you mean 'trigger'?",
                """
                p.json:4:13: invalidPipeline: 'memory': '64 MeB' is no size; write it as "64 MiB", "1.5 GiB" or "500 MB"
                """,
                """
                p.json:6:17: invalidPipeline: 'brokers' is missing in source 'readings'; add it, for example "brokers": \
                "127.0.0.1:9092"
                """,
                "p.json:9:32: unknownName: 'tz' is no column of the source; did you mean 'ts'?",
                "p.json:10:22: unknownName: 'deadletter' is no value of 'onMalformed'; did you mean 'deadLetter'?",
                """
                p.json:13:48: unknownName: sink 'raw' reads 'reading', which is no source or transform; did you mean 'readings'?
                """,
            ])
    }

    @Test func syntaxMistakeIsSaidWhereItStands() {
        #expect(
            errors("{\n  \"name\": \"p\"\n  \"x\": 1\n}") == [
                "p.json:3:3: invalidPipeline: ',' or '}' is expected here"
            ])
        #expect(errors("").count == 1)
        #expect(errors("[]") == ["p.json:1:1: invalidPipeline: 'the pipeline' is an array, not an object"])
    }

    @Test func repeatedKeyIsRefused() {
        #expect(
            errors(file(extra: #""name": "q""#)) == ["p.json:1:15: invalidPipeline: 'name' is there twice; remove one"])
    }

    @Test func unknownTypeSuggestsAKnownOne() {
        #expect(
            errors(file(source: #""type": "kafak""#)) == [
                "p.json:2:27: unknownName: 'kafak' is no type of source 's'; did you mean 'kafka'?"
            ])
    }

    @Test func wrongKindsNameKeyAndKind() {
        #expect(
            errors(file(extra: #""workers": "two""#)) == [
                "p.json:1:26: invalidPipeline: 'workers' is a string, not an integer"
            ])
        #expect(
            errors(file(extra: #""workers": 0"#)) == [
                "p.json:1:26: invalidPipeline: 'workers' is 0; it must be from 1 to 1024"
            ])
        #expect(
            errors(file(extra: #""trigger": {"interval": "1 s", "once": true}"#)) == [
                """
                p.json:1:26: invalidPipeline: trigger has interval and once at once; give exactly one of interval, \
                availableNow, once, commitInterval
                """
            ])
    }

    @Test func watermarkColumnMustBeATimestampOfTheSource() {
        let source = #""type": "files", "path": "in", "schema": "a STRING, ts TIMESTAMP", "watermark": "#
        #expect(
            errors(file(source: source + #"{"column": "a", "delay": "1 s"}"#)) == [
                """
                p.json:2:110: typeMismatch: the event time 'a' is STRING, not TIMESTAMP; declare the column as TIMESTAMP
                """
            ])
        #expect(
            errors(file(source: source + #"{"column": "tss", "delay": "1 s"}"#)) == [
                "p.json:2:110: unknownName: 'tss' is no column of the source; did you mean 'ts'?"
            ])
    }

    @Test func schemaMistakeIsPlacedInsideTheString() {
        let messages = errors(file(source: #""type": "files", "path": "in", "schema": "a STRIN""#))
        #expect(messages.count == 1)
        #expect(messages.first?.hasPrefix("p.json:2:63: ") == true, "\(messages)")
    }

    @Test func twoSinksOnOneTableAreRefused() {
        let sinks = """
            "one": {"type": "delta", "from": "s", "table": "data/t"},
            "two": {"type": "delta", "from": "s", "table": "file:data/../data/./t/"}
            """.replacing("file:", with: "")
        #expect(
            errors(file(sinks: sinks)) == [
                """
                p.json:5:1: invalidPipeline: sinks 'one' and 'two' write to one place; give each its own, or UNION ALL the \
                rows in a transform
                """
            ])
        #expect(errors(file(deadLetters: #""deadLetters": {"type": "delta", "table": "./t"}"#)).count == 1)
    }

    @Test func partitionColumnsAreChecked() {
        let sink = #""out": {"type": "delta", "from": "s", "table": "t", "partitionBy": "#
        #expect(
            errors(file(sinks: sink + #"["dya"]}"#)) == [
                "p.json:4:79: unknownName: 'dya' is no column of the rows; did you mean 'day'?"
            ])
        #expect(
            errors(file(sinks: sink + #"["a", "b", "day", "ts"]}"#)) == [
                "p.json:4:78: invalidPipeline: a table cannot be partitioned by all its columns; leave one out"
            ])
    }

    @Test func keysOfUpsertsAreChecked() {
        let sink = #""out": {"type": "delta", "from": "s", "table": "t", "#
        #expect(errors(file(sinks: sink + #""mode": "upsert", "keys": ["a", "day"]}"#)).isEmpty)
        #expect(errors(file(sinks: sink + #""mode": "complete"}"#)).isEmpty)
        #expect(
            errors(file(sinks: sink + #""mode": "upsert", "keys": ["dya"]}"#)) == [
                "p.json:4:90: unknownName: 'dya' is no column of the rows; did you mean 'day'?"
            ])
        #expect(
            errors(file(sinks: sink + #""mode": "upsert"}"#)) == [
                """
                p.json:4:71: invalidPipeline: mode 'upsert' needs 'keys'; name the columns whose values tell rows apart
                """
            ])
        #expect(
            errors(file(sinks: sink + #""keys": ["a"]}"#)) == [
                """
                p.json:4:71: invalidPipeline: 'keys' are for mode 'upsert', and the mode is 'append'; set "mode": "upsert", \
                or remove 'keys'
                """
            ])
        #expect(
            errors(file(deadLetters: #""deadLetters": {"type": "delta", "table": "d", "mode": "complete"}"#)).count == 1
        )
    }

    @Test func namesThatDifferInCaseAloneAreRefused() {
        let text = """
            {"name": "p", "checkpoint": "c",
            "sources": {"s": {"type": "rate", "rows": 1}, "S": {"type": "rate", "rows": 1}},
            "sinks": {"o": {"type": "console", "from": "s"}}}
            """
        #expect(
            errors(text) == [
                """
                p.json:2:47: invalidPipeline: 'S' is already the name of the relation 's'; SQL does not tell names apart by \
                case; rename one
                """
            ])
    }

    @Test func kafkaSourceNeedsTopicsOrAPattern() {
        let source = #""type": "kafka", "brokers": "b:9092", "schema": "a INT""#
        #expect(
            errors(file(source: source)) == [
                "p.json:2:18: invalidPipeline: the source names no topic; give exactly one of topics, topicPattern"
            ])
        #expect(errors(file(source: source + #", "topicPattern": "a.*""#)) == [])
    }

    @Test func missingDeadLettersAreAWarningAndGetADefaultPlace() {
        let text = """
            {"name": "p", "sources": {"s": {"type": "rate", "rows": 1}},
            "sinks": {"o": {"type": "delta", "from": "s", "table": "t"}}}
            """
        let outcome = load(text)
        #expect(
            outcome.problems.map(\.description) == [
                """
                p.json:1:1: warning: invalidPipeline: there is no 'deadLetters': unusable records go to the Delta table \
                state/p/dead_letters; name a place for them
                """
            ])
        #expect(outcome.pipeline?.deadLetters == .delta(.init(table: "state/p/dead_letters")))
        #expect(outcome.pipeline?.checkpoint == "state/p")
    }

    @Test func problemsAreAlsoJSON() {
        let problem = load(file(extra: #""x": 1"#)).problems.first
        #expect(
            problem?.json.text == """
                {"file":"p.json","line":1,"column":15,"severity":"error","code":"unknownName","what":"'x' is no key of the \
                pipeline","hint":"the keys are $schema, name, description, mode, trigger, sources, transforms, sinks, \
                deadLetters, checkpoint, workers, memory, maxRecordsPerEpoch, maxBytesPerEpoch, maxFilesPerEpoch"}
                """)
    }
}
