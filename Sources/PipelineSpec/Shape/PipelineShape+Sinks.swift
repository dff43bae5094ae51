// SPDX-License-Identifier: Apache-2.0
import JSONText

extension PipelineShape {
    /// What a sink takes.
    enum SinkInput {
        case relation
        case deadLetters
    }

    /// The kinds of sinks. Those of dead letters have no `from`.
    static func sinks(of input: SinkInput) -> [ObjectShape] {
        let from: [KeyShape] =
            switch input {
            case .relation:
                [.required("from", .text(.relation), example: "good", "The source or transform whose rows it takes.")]
            case .deadLetters: []
            }
        return [
            ObjectShape(
                "delta", "A Delta table: each epoch is one commit, exactly once.",
                from + (input == .relation ? deltaModes : []) + delta),
            ObjectShape("files", "Files in a folder: each epoch is one set of files.", from + files),
            ObjectShape("kafka", "A Kafka topic: each epoch is one transaction, a record per row.", from + kafka),
            ObjectShape(
                "console", "Rows on standard output, for a look; shown again when an epoch is repeated.", from + console
            ),
        ]
    }

    private static let compression: [KeyShape] = [
        .optional(
            "compression",
            .choice([
                .init("zstd", "small and fast"), .init("snappy", "for readers that lack zstd"), .init("none", "as is"),
            ]), by: "zstd", "How Parquet pages are compressed."),
        .optional("compressionLevel", .integer(1...22), example: 3, "The level of zstd. When absent: 1."),
    ]

    /// What only the rows of a relation can do to a table.
    private static let deltaModes: [KeyShape] = [
        .optional(
            "mode",
            .choice([
                .init("append", "add them"), .init("upsert", "replace the rows with equal `keys`, and add the others"),
                .init("complete", "replace all rows of the table"),
            ]),
            "What the rows of an epoch do to the table. When absent: what the rows ask for, which is `append`, of groups that changed (`update`) `upsert` by what tells groups apart, and of `complete` the same."
        ),
        .optional(
            "keys", .list(.text(.column), atLeast: 1), example: ["device"],
            "The columns by which `upsert` finds the row to replace; NULL equals NULL, and of equal rows in an epoch the last wins."
        ),
    ]

    private static let delta: [KeyShape] =
        [
            .required(
                "table", .text(.path), example: "data/readings", "The table: a path or `file://` URI. Made when absent."
            ),
            .optional(
                "partitionBy", .list(.text(.column), atLeast: 0), by: [], example: ["day"],
                "Columns that a new table is partitioned by; must agree with an existing one's."),
            .optional(
                "appId", .text(.plain),
                "The application id of the table's `txn` entries. When absent: pipeline and sink name."),
            .optional(
                "schemaEvolution",
                .choice([.init("none", "refuse columns that the table lacks"), .init("add", "add them to the table")]),
                by: "none",
                "What happens when the rows have columns that the table lacks. Below a source with `unknownFields: \"evolve\"` the default is `add`."
            ),
            .optional("targetFileSize", .size, by: "128 MiB", "Size of a data file after which the next is begun."),
            .optional(
                "properties", .map(names: .free, .scalar, atLeast: 0), by: [:], example: ["delta.appendOnly": "true"],
                "Table properties of a new table."),
        ] + compression

    private static let files: [KeyShape] =
        [
            .required("path", .text(.path), example: "out/readings", "The folder. Made when absent."),
            .optional(
                "format",
                .union([
                    ObjectShape("json", "JSON lines.", []),
                    ObjectShape("parquet", "Parquet.", compression),
                ]), by: ["type": "json"], "What is written."),
        ]

    private static let kafka: [KeyShape] = [
        .required("brokers", .text(.plain), example: "127.0.0.1:9092", "`host:port`, comma-separated."),
        .required("topic", .text(.plain), example: "iot.minute", "The topic. It must exist."),
        .optional(
            "key", .either(.text(.column), .list(.text(.column), atLeast: 1)), example: "device",
            "The record's key: a column, as its bytes or text, or a list of columns, as a JSON object. When absent: no key."
        ),
        .optional(
            "headers", .map(names: .free, .text(.column), atLeast: 0), by: [:], example: ["origin": "site"],
            "Headers by name, each from a column; NULL leaves the header out."),
        .optional(
            "format", .union([ObjectShape("json", "One JSON object per row; NULL columns are left out.", [])]),
            by: ["type": "json"], "What the record's value is."),
        .optional(
            "delivery",
            .choice([
                .init("transactional", "each epoch in one transaction, exactly once for consumers that read committed"),
                .init("early", "as rows come, before their epoch is decided; again when an epoch is repeated"),
            ]), by: "transactional", "When records are sent."),
        .optional(
            "appId", .text(.plain),
            "What the transactional id and the group that holds the epoch are named after. When absent: pipeline and sink name."
        ),
        .optional(
            "properties", .map(names: .free, .scalar, atLeast: 0), by: [:], example: ["compression.type": "zstd"],
            "librdkafka properties, passed on: TLS, SASL, `transaction.timeout.ms`, …."),
    ]

    private static let console: [KeyShape] = [
        .optional("rows", .integer(1...1_000_000), by: 20, "At most so many rows of an epoch are shown.")
    ]
}
