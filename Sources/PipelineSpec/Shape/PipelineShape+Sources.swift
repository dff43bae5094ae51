// SPDX-License-Identifier: Apache-2.0
import JSONText

extension PipelineShape {
    /// The kinds of sources.
    static let sources = [kafka, files, rate, iot]

    private static let kafka = ObjectShape(
        "kafka", "Records of Kafka topics, each partition in order, from the offsets in the checkpoint.",
        [
            .required("brokers", .text(.plain), example: "127.0.0.1:9092", "`host:port`, comma-separated."),
            .optional("topics", .list(.text(.plain), atLeast: 1), example: ["iot.readings"], "Topics by name."),
            .optional(
                "topicPattern", .text(.plain), example: "iot\\..*",
                "A regular expression over whole topic names, instead of `topics`; new topics are found while running."),
            .optional(
                "startingOffsets",
                .either(
                    .choice([
                        .init("earliest", "the oldest record that is kept"),
                        .init("latest", "records that come from now on"),
                    ]),
                    .object(
                        ObjectShape(
                            "startingOffsets", "Where partitions start, by time or one by one.",
                            exactlyOneOf: ["timestamp", "offsets"],
                            [
                                .optional(
                                    "timestamp", .instant, example: "2026-01-31T08:00:00Z",
                                    "The first record at or after this time."),
                                .optional(
                                    "offsets", .map(names: .free, .integer(-2...Int64.max), atLeast: 1),
                                    example: ["iot.readings-0": 1200],
                                    "By `topic-partition`; -2 is earliest, -1 latest. Others start at the earliest."),
                            ]))), by: "earliest", "Where a partition starts that the checkpoint does not know."),
            .optional(
                "onDataLoss",
                .choice([
                    .init("fail", "refuse to go on"), .init("continue", "count the gap and go on at the oldest record"),
                ]), by: "fail", "What to do when records that were not yet read are gone."),
            .optional(
                "properties", .map(names: .free, .scalar, atLeast: 0), by: [:],
                example: ["security.protocol": "ssl"], "librdkafka properties, passed on: TLS, SASL, fetch sizes, …."),
        ] + decoded + common)

    private static let files = ObjectShape(
        "files", "Records of files in a directory or glob; each file and line once, also while files are appended to.",
        [
            .required(
                "path", .text(.path), example: "input/*.jsonl",
                "A directory, file or glob. `.gz` and `.zst` are unpacked."),
            .optional("recursive", .boolean, by: false, "Whether a directory is read with all below it."),
            .optional(
                "maxFileAge", .duration, example: "7 days", "Files older than this when first seen are not read."),
            .optional("archiveTo", .text(.path), "Where files are moved once their epoch is confirmed."),
            .optional("deleteAfter", .boolean, by: false, "Whether files are deleted once their epoch is confirmed."),
        ] + decoded + common + limits.filter { $0.name == "maxFilesPerEpoch" })

    private static let generated: [KeyShape] = [
        .optional(
            "rowsPerSecond", .integer(1...1_000_000_000),
            "Rows a second. When absent: as fast as they are read; needs `rows`."),
        .optional("rows", .integer(1...Int64.max), "How many rows in all. When absent: for ever."),
        .optional("partitions", .integer(1...1024), by: 1, "Source partitions."),
        .optional(
            "startTime", .instant, by: "2026-01-01T00:00:00Z", "The event time of the first row."),
    ]

    private static let rate = ObjectShape(
        "rate", "Numbered rows, for trials: `timestamp TIMESTAMP NOT NULL, value BIGINT NOT NULL`.", generated + common)

    private static let iot = ObjectShape(
        "iot", "Generated readings of devices, the same ones for the same seed.",
        generated + [
            .optional("seed", .integer(0...Int64.max), by: 1, "The seed."),
            .optional("devices", .integer(1...10_000_000), by: 1000, "How many devices."),
        ] + common)

    /// Keys of sources whose records are bytes.
    private static let decoded: [KeyShape] = [
        .optional("format", .union(formats), by: ["type": "json"], "How the bytes of a record are read."),
        .optional(
            "schema", .text(.ddl), example: "device STRING NOT NULL, ts TIMESTAMP NOT NULL, temperature DOUBLE",
            "The columns. Needed for `json` and `csv`; `millrace infer` proposes one."),
        .optional(
            "unknownFields",
            .choice([
                .init("ignore", "leave them out"),
                .init("rescue", "keep them as JSON in the column `_rescued`"),
                .init(
                    "evolve",
                    "make a column of them, which `SELECT *` takes along and Delta tables get in the commit that first carries it; what cannot be a column is kept in `_rescued`"
                ),
                .init("reject", "treat the record as malformed"),
            ]), by: "ignore", "What happens to fields that the schema lacks."),
        .optional(
            "onMalformed",
            .choice([
                .init("deadLetter", "move them to dead letters"), .init("drop", "count them and leave them out"),
                .init("fail", "stop the pipeline"),
            ]), by: "deadLetter", "What happens to records that cannot be decoded."),
    ]

    private static let common: [KeyShape] =
        [
            .optional("watermark", .object(watermark), "The event time, and how late records may be."),
            .optional("expect", expectations, by: [], "What its rows must be."),
        ] + limits.filter { $0.name != "maxFilesPerEpoch" }

    private static let watermark = ObjectShape(
        "watermark", "The event time of a source, and how late records may be.",
        [
            .required("column", .text(.column), example: "ts", "The TIMESTAMP column that is the event time."),
            .required(
                "delay", .duration, example: "10 seconds", "How far behind the newest event time the watermark stays."),
            .optional(
                "idleAfter", .duration, example: "30 seconds",
                "After how long at its end a partition stops holding the watermark back. When absent: never."),
        ])

    private static let timestampUnit: KeyShape = .optional(
        "timestampUnit",
        .choice([
            .init("seconds", "since 1970-01-01 UTC"), .init("milliseconds", "since 1970-01-01 UTC"),
            .init("microseconds", "since 1970-01-01 UTC"),
        ]), by: "seconds", "What a number in a TIMESTAMP column counts; text is ISO 8601.")

    private static let formats = [
        ObjectShape("json", "One JSON object per record or line.", [timestampUnit]),
        ObjectShape(
            "csv", "One line of separated values per record (RFC 4180).",
            [
                .optional("header", .boolean, by: false, "Whether the first line of a file names the columns."),
                .optional("delimiter", .text(.plain), by: ",", "One character."),
                .optional("quote", .text(.plain), by: "\"", "One character."),
                .optional("nullValue", .text(.plain), by: "", "Text that means NULL."),
                timestampUnit,
            ]),
        ObjectShape("text", "The whole record as one column, `value STRING`.", []),
        ObjectShape("raw", "The whole record as one column, `value BINARY`.", []),
    ]
}
