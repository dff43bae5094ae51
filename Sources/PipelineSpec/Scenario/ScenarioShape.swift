// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import StreamCore

/// The keys of a pipeline test.
enum ScenarioShape {
    /// Where the JSON Schema of this format is known under.
    static let schemaURI = "https://millrace.dev/schema/test-1.json"

    /// The whole file.
    static let root = ObjectShape(
        "test", "A test of a pipeline: what comes when, and what must have been given then.",
        [
            .optional("$schema", .text(.plain), example: .string(schemaURI), "The JSON Schema, for editors. Not read."),
            .optional("description", .text(.plain), "What the test is for; shown when it fails."),
            .required(
                "pipeline", .either(.text(.path), .json), example: "pipeline.json",
                "A pipeline file, seen from the folder of the test, or the pipeline itself."),
            .optional(
                "set", .list(.text(.plain), atLeast: 0), by: [],
                example: ["sources.readings.watermark.delay=5 seconds"],
                "`PATH=VALUE`: values laid over the pipeline, as `--set` does."),
            .optional(
                "environment", .map(names: .identifier, .text(.plain), atLeast: 0), by: [:],
                example: ["KAFKA_BROKERS": "none"], "Variables that the pipeline sees besides the real ones."),
            .optional("start", .instant, by: "2026-01-01T00:00:00Z", "What the clock shows at first."),
            .optional("workers", .integer(1...64), "Worker tasks. When absent: what the pipeline says, or 2."),
            .optional(
                "tables", .map(names: .free, .object(table), atLeast: 0), by: [:],
                example: [
                    "data/devices": [
                        "schema": "device STRING NOT NULL, site STRING", "rows": [["device": "a", "site": "north"]],
                    ]
                ],
                "The tables that streams are joined with, by the path that SQL names. The files themselves are not read."
            ),
            .required("steps", .list(.object(step), atLeast: 1), "What happens, one after another."),
            .optional("expect", .object(expectation), "What must be true at the end, of everything from the start on."),
        ])

    private static let step = ObjectShape(
        "step", "One thing that happens.",
        exactlyOneOf: ["send", "replace", "epoch", "advance", "crash", "restart", "finish", "expect"],
        [
            .optional("note", .text(.plain), "What the step is for; shown when it fails."),
            .optional("send", .object(send), "Records come. They are read by the next epoch."),
            .optional(
                "replace", .object(replacement),
                "A table beside the streams has other rows, for epochs planned from now on."
            ),
            .optional("epoch", .boolean, example: true, "One epoch is run over the records that have come."),
            .optional(
                "advance", .duration, example: "30 seconds",
                "The clock moves on, and the trigger fires with nothing new to read: partitions become idle."),
            .optional(
                "crash", .either(crashPoint, .object(crash)), example: "checkpoint.after",
                "One epoch is run up to this point, where the process dies; then the pipeline is started again."),
            .optional(
                "restart", .object(restart), example: ["workers": 3],
                "The pipeline is stopped in good order and started again."),
            .optional(
                "finish", .boolean, example: true,
                "Everything that has come is read, all that is open is closed, as `run --finish` does; then it stops."),
            .optional(
                "expect", .object(expectation), "What must be true now; rows and dead letters since the last look."),
        ])

    private static let send = ObjectShape(
        "send", "Records of one partition of a source.",
        [
            .required("source", .text(.relation), example: "readings", "The source."),
            .optional("partition", .text(.plain), by: "0", example: "iot.readings-1", "The partition; made when new."),
            .required(
                "records", .list(.json, atLeast: 0), example: [["device": "a", "ts": "2026-01-01T00:00:01Z"]],
                """
                The records: a string is the raw text of one, anything else is sent as JSON. An empty list makes a partition \
                that has no record yet.
                """),
            .optional("key", .text(.plain), "`_key` of the records of a Kafka source."),
            .optional(
                "headers", .map(names: .free, .text(.plain), atLeast: 0), by: [:], example: ["origin": "north"],
                "`_headers` of the records of a Kafka source."),
            .optional(
                "timestamp", .instant, "`_timestamp` of the records of a Kafka source. When absent: the clock's."),
        ])

    private static let table = ObjectShape(
        "table", "A table beside the streams.",
        [
            .required(
                "schema", .text(.ddl), example: "device STRING NOT NULL, site STRING", "The columns of the table."),
            .optional("rows", .list(.json, atLeast: 0), by: [], "The rows it has at the start, as JSON objects."),
        ])

    private static let replacement = ObjectShape(
        "replacement", "A table and all the rows that it has from then on.",
        [
            .required("table", .text(.path), example: "data/devices", "The table, one of `tables`."),
            .required(
                "rows", .list(.json, atLeast: 0), example: [["device": "a", "site": "south"]],
                "The rows, as JSON objects."),
        ])

    private static let crashPoint: ValueShape = .choice(
        CrashPoint.allCases.map { .init($0.rawValue, summaries[$0] ?? "") })

    private static let summaries: [CrashPoint: String] = [
        .planBefore: "before the offsets of the epoch are written", .planAfter: "after that, before anything is read",
        .readAfter: "when all is computed", .stateAfter: "when the changes of state are written",
        .prepareAfter: "when the sinks have prepared",
        .checkpointBefore: "just before the epoch is decided", .checkpointAfter: "just after the epoch is decided",
        .publishBefore: "before any sink publishes", .publishAfter: "after a sink has published",
        .confirmBefore: "when all have published", .confirmAfter: "when the epoch is confirmed",
        .releaseAfter: "when the sources have been let go",
    ]

    private static let crash = ObjectShape(
        "crash", "A crash, and how it goes on.",
        [
            .required("at", crashPoint, example: "checkpoint.after", "The point."),
            .optional("workers", .integer(1...64), "Worker tasks from then on."),
            .optional("replace", .object(replacement), "A table that has other rows when the process starts again."),
        ])

    private static let restart = ObjectShape(
        "restart", "How it goes on.", [.optional("workers", .integer(1...64), "Worker tasks from then on.")])

    private static let expectation = ObjectShape(
        "expectation", "What must be true. What is not named is not looked at.",
        [
            .optional(
                "rows", .map(names: .free, .either(.list(.json, atLeast: 0), .object(rows)), atLeast: 0), by: [:],
                example: ["rollup": [["device": "a", "n": 2]]],
                """
                Rows by sink or relation. A list: exactly these rows, in any order; a column that a row does not name \
                is NULL there. Of a sink the rows that its table then holds, of a relation the rows it gave.
                """),
            .optional(
                "deadLetters", .list(.object(deadLetter), atLeast: 0), example: [["code": "lateRecord"]],
                "The dead letters, in any order; of each what is named is compared."),
            .optional(
                "watermarks", .map(names: .free, .text(.plain), atLeast: 0), by: [:],
                example: ["readings": "2026-01-01T00:00:50Z"],
                "The watermark of a source or of a stateful transform; `none` before there is one."),
            .optional("counts", .object(counts), "Counts since the start of the test."),
            .optional("error", .object(error), "The run has failed with this error."),
        ])

    private static let rows = ObjectShape(
        "rows", "Rows, and how they are compared.",
        [
            .required("rows", .list(.json, atLeast: 0), "The rows, as JSON objects."),
            .optional(
                "of",
                .choice([
                    .init("new", "those since the last look at them"),
                    .init("all", "those since the start of the test"),
                ]), "Which rows. When absent: `new` in a step, `all` at the end."),
            .optional(
                "columns",
                .choice([
                    .init("all", "all columns; one that a row does not name is NULL there"),
                    .init("named", "the columns that some expected row names"),
                ]), by: "all", "Which columns are compared."),
            .optional("ordered", .boolean, by: false, "Whether the rows must come in this order."),
            .optional(
                "latestBy", .list(.text(.column), atLeast: 1), example: ["device"],
                "Of rows that are equal in these columns only the newest is looked at."),
        ])

    private static let deadLetter = ObjectShape(
        "deadLetter", "A record that was not used.",
        [
            .optional("source", .text(.relation), "The source."),
            .optional("partition", .text(.plain), "The partition."),
            .optional("position", .integer(0...Int64.max), "The number of the record in its partition, from 0."),
            .optional("stage", .text(.plain), example: "decode", "`decode`, or the transform or expectation."),
            .optional("code", .text(.plain), example: "malformedRecord", "Why, for programs."),
            .optional("message", .text(.plain), "A part of the message."),
            .optional("raw", .json, "The record: a string is its raw text, anything else is taken as JSON was sent."),
        ])

    private static let number: ValueShape = .integer(0...Int64.max)

    private static let counts = ObjectShape(
        "counts", "How many there were.",
        [
            .optional("epochs", number, "Epochs that were confirmed."),
            .optional("records", number, "Records that were read."),
            .optional("malformed", number, "Records that could not be decoded."),
            .optional("deadLetters", number, "Records in dead letters."),
            .optional("late", number, "Rows that came too late for a stateful transform, dropped or in dead letters."),
            .optional(
                "violations", .map(names: .free, number, atLeast: 0), by: [:], example: ["good.plausible": 2],
                "Rows that broke an expectation and were only counted, by `relation.expectation`."),
        ])

    private static let error = ObjectShape(
        "error", "An error.",
        [
            .optional("code", .text(.plain), example: "expectationFailed", "Its code."),
            .optional("message", .text(.plain), "A part of its text."),
        ])
}
