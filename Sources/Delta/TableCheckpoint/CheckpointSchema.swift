// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The columns of a table checkpoint: one STRUCT for each kind of action, NULL in the rows of other kinds.
///
/// Delta protocol, "Checkpoint Schema".
enum CheckpointSchema {
    private static let strings: DataType = .map(key: .string, value: .string, valueContainsNull: true)
    private static let names: DataType = .array(element: .string, containsNull: true)

    private static let vector: DataType = .structure([
        Field("storageType", .string), Field("pathOrInlineDv", .string), Field("offset", .int),
        Field("sizeInBytes", .int), Field("cardinality", .bigint), Field("maxRowIndex", .bigint),
    ])

    static let txn: DataType = .structure([
        Field("appId", .string), Field("version", .bigint), Field("lastUpdated", .bigint),
    ])

    static func add(_ parsed: ParsedStatistics?, statsAsText: Bool) -> DataType {
        .structure(
            [
                Field("path", .string), Field("partitionValues", strings), Field("size", .bigint),
                Field("modificationTime", .bigint), Field("dataChange", .boolean), Field("tags", strings),
                Field("deletionVector", vector), Field("baseRowId", .bigint),
                Field("defaultRowCommitVersion", .bigint), Field("clusteringProvider", .string),
            ] + (statsAsText ? [Field("stats", .string)] : []) + (parsed?.fields ?? []))
    }

    static let remove: DataType = .structure([
        Field("path", .string), Field("deletionTimestamp", .bigint), Field("dataChange", .boolean),
        Field("extendedFileMetadata", .boolean), Field("partitionValues", strings), Field("size", .bigint),
        Field("tags", strings), Field("deletionVector", vector), Field("baseRowId", .bigint),
        Field("defaultRowCommitVersion", .bigint),
    ])

    static let metadata: DataType = .structure([
        Field("id", .string), Field("name", .string), Field("description", .string),
        Field("format", .structure([Field("provider", .string), Field("options", strings)])),
        Field("schemaString", .string), Field("partitionColumns", names), Field("configuration", strings),
        Field("createdTime", .bigint),
    ])

    static let tableProtocol: DataType = .structure([
        Field("minReaderVersion", .int), Field("minWriterVersion", .int), Field("readerFeatures", names),
        Field("writerFeatures", names),
    ])

    /// Of V2 checkpoints: what the file is.
    static let checkpointMetadata: DataType = .structure([Field("version", .bigint), Field("tags", strings)])
    /// Of V2 checkpoints: files of further actions.
    static let sidecar: DataType = .structure([
        Field("path", .string), Field("sizeInBytes", .bigint), Field("modificationTime", .bigint),
        Field("tags", strings),
    ])

    static let domain: DataType = .structure([
        Field("domain", .string), Field("configuration", .string), Field("removed", .boolean),
    ])
}
