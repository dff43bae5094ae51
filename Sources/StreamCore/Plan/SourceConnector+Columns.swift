// SPDX-License-Identifier: Apache-2.0
public import Columnar

extension SourceConnector {
    /// The columns of rows that are generated; `nil` where the pipeline file declares them.
    public var generatedSchema: Schema? {
        switch self {
        case .kafka, .files: nil
        case .rate:
            Schema([Field("timestamp", .timestamp, nullable: false), Field("value", .bigint, nullable: false)])
        case .iot:
            Schema([
                Field("device", .string, nullable: false), Field("ts", .timestamp, nullable: false),
                Field("temperature", .double), Field("humidity", .double), Field("site", .string),
                Field("seq", .bigint), Field("ok", .boolean),
            ])
        }
    }

    /// The metadata columns that SQL may name, in the order in which a source gives those that are named.
    public var metadataFields: [Field] {
        switch self {
        case .kafka:
            [
                Field("_key", .binary), Field("_topic", .string, nullable: false),
                Field("_partition", .int, nullable: false), Field("_offset", .bigint, nullable: false),
                Field("_timestamp", .timestamp),
                Field(
                    "_headers",
                    .array(
                        element: .structure([Field("key", .string, nullable: false), Field("value", .binary)]),
                        containsNull: false)),
            ]
        case .files:
            [
                Field("_file_path", .string, nullable: false), Field("_file_modified", .timestamp, nullable: false),
                Field("_offset", .bigint, nullable: false),
            ]
        case .rate, .iot: []
        }
    }
}
