// SPDX-License-Identifier: Apache-2.0
import JSONText

/// The keys of a pipeline file.
enum PipelineShape {
    /// Where the JSON Schema of this format is known under.
    static let schemaURI = "https://millrace.dev/schema/pipeline-1.json"

    private static let counts: ValueShape = .integer(1...Int64(Int32.max))

    /// The whole file.
    static let root = ObjectShape(
        "pipeline", "One pipeline: sources, transforms over them, and sinks that take their rows exactly once.",
        [
            .optional("$schema", .text(.plain), example: .string(schemaURI), "The JSON Schema, for editors. Not read."),
            .required(
                "name", .text(.plain), example: "iot-rollup",
                "The pipeline's identity in checkpoints, table commits and metrics: letters, digits, '_', '-' and '.'."),
            .optional("description", .text(.plain), "What the pipeline is for. Not read."),
            .optional(
                "mode",
                .choice([
                    .init("micro-batch", "the end of an epoch is fixed before it is read"),
                    .init("continuous", "records flow as they arrive; the epoch is cut by time"),
                ]), by: "micro-batch", "How epochs are cut."),
            .optional("trigger", .object(trigger), example: ["interval": "1 second"], "When an epoch starts."),
            .required(
                "sources", .map(names: .identifier, .union(sources), atLeast: 1),
                "Where records come from, by name. SQL reads a source by its name."),
            .optional(
                "transforms", .map(names: .identifier, .object(transform), atLeast: 0), by: [:],
                "Named queries over sources and other transforms, in any order; they must not read each other in a circle."
            ),
            .required(
                "sinks", .map(names: .label, .union(sinks(of: .relation)), atLeast: 1), "Where rows go, by name."),
            .optional(
                "deadLetters", .union(sinks(of: .deadLetters)),
                example: ["type": "delta", "table": "data/dead_letters"],
                """
                Where records go that could not be used, with reason and origin. When absent: the Delta table \
                `dead_letters` in the checkpoint's folder.
                """),
            .optional(
                "checkpoint", .text(.path), example: "state/iot-rollup",
                "The folder that remembers how far the pipeline is. When absent: `state/` and the pipeline's name."),
            .optional("workers", .integer(1...1024), "Worker tasks. When absent: one per core."),
            .optional(
                "memory", .size, by: "512 MiB", "The memory budget of the pipeline; at the bound, sources pause."),
        ] + limits)

    /// Bounds of an epoch; on the pipeline they hold for each source without its own.
    static let limits: [KeyShape] = [
        .optional("maxRecordsPerEpoch", counts, "At most so many records of a source in one epoch."),
        .optional("maxBytesPerEpoch", .size, example: "64 MiB", "At most so many bytes of a source in one epoch."),
        .optional("maxFilesPerEpoch", counts, "At most so many files of a source in one epoch."),
    ]

    private static let trigger = ObjectShape(
        "trigger", "When an epoch starts. When absent: every second, or every 100 ms in continuous mode.",
        exactlyOneOf: ["interval", "availableNow", "once", "commitInterval"],
        [
            .optional(
                "interval", .duration, example: "1 second",
                "Every so often; \"0\" starts the next epoch as soon as the last one is done."),
            .optional("availableNow", .boolean, "Everything that is there at the start, in bounded epochs, then exit."),
            .optional("once", .boolean, "One epoch, then exit."),
            .optional("commitInterval", .duration, example: "100 ms", "In continuous mode: how often to commit."),
        ])

    private static let transform = ObjectShape(
        "transform", "A named query, or a step that SQL has no word for.", exactlyOneOf: ["sql", "op"],
        [
            .optional(
                "sql", .text(.sql), example: "SELECT device, ts, temperature FROM readings WHERE ok",
                "A SELECT in Spark SQL's dialect over sources and other transforms."),
            .optional(
                "op", .choice([.init("deduplicate", "the first row of each key, in the order of the source")]),
                "A step that SQL has no word for."),
            .optional("from", .text(.relation), example: "readings", "With `op`: the source or transform it reads."),
            .optional(
                "keys", .list(.text(.column), atLeast: 1), example: ["device", "seq"],
                "With `deduplicate`: the columns whose equal values make rows the same row; NULL equals NULL."),
            .optional(
                "within", .duration, example: "1 hour",
                """
                With `deduplicate`: a key is forgotten once the watermark has passed its first row by so much. When absent: \
                never, or with the column of the watermark among the keys as the watermark passes it.
                """),
            .optional(
                "outputMode",
                .choice([
                    .init("append", "each group once, when its window has closed"),
                    .init("update", "each group that changed"), .init("complete", "all groups"),
                ]), "Which groups of the last GROUP BY come out of an epoch. When absent: `append`."),
            .optional(
                "onLate",
                .choice([
                    .init("drop", "count it"), .init("deadLetter", "count it and move it to dead letters"),
                    .init("restate", "change the window again within `allowedLateness`, in update mode"),
                ]), by: "deadLetter", "What happens to a record whose window has closed."),
            .optional(
                "allowedLateness", .duration, example: "1 hour",
                "With `restate`: for so long after its end a window still takes changes; later records go to dead letters."
            ),
            .optional("expect", expectations, by: [], "What its rows must be."),
        ])

    /// `expect` of a source or transform.
    static let expectations: ValueShape = .list(
        .object(
            ObjectShape(
                "expectation", "A condition that rows must meet; NULL counts as met.",
                [
                    .required("name", .text(.plain), example: "plausible", "The name, for counts and dead letters."),
                    .required(
                        "condition", .text(.expression), example: "temperature BETWEEN -50 AND 80",
                        "A BOOLEAN over the relation's columns."),
                    .optional(
                        "onViolation",
                        .choice([
                            .init("warn", "count the row and keep it"),
                            .init("drop", "count the row and leave it out"),
                            .init("deadLetter", "count the row and move it to dead letters"),
                            .init("fail", "stop the pipeline"),
                        ]), by: "warn", "What to do with a row that does not meet it."),
                ])), atLeast: 0)
}
