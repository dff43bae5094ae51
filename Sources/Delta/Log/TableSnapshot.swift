// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText

/// A Delta table at one version.
public struct TableSnapshot: Sendable {
    /// The version.
    public let version: TableVersion
    /// What is asked of readers and writers.
    public let tableProtocol: TableProtocol
    /// What the table is.
    public let metadata: TableMetadata
    /// The schema, parsed.
    public let schema: TableSchema
    /// How columns are found in files.
    public let columnMapping: ColumnMapping
    /// The `commitInfo` of this version's commit, where it was read.
    public let commitInfo: CommitInfo?
    /// The version of the newest table checkpoint that is known.
    public internal(set) var checkpointVersion: TableVersion?
    var state: LogState

    /// Finishes a replay.
    ///
    /// - Throws: `corruptTable` without protocol or metadata, `unsupportedTableFeature` for a table that we cannot read.
    init(
        version: TableVersion, state: LogState, commitInfo: CommitInfo?, checkpointVersion: TableVersion?,
        previous: TableSnapshot? = nil
    ) throws(PipelineError) {
        guard let tableProtocol = state.tableProtocol else {
            throw PipelineError(.corruptTable, "the log has no protocol action up to version \(version)")
        }
        try tableProtocol.requireReadable()
        guard let metadata = state.metadata else {
            throw PipelineError(.corruptTable, "the log has no metaData action up to version \(version)")
        }
        self.version = version
        self.tableProtocol = tableProtocol
        self.metadata = metadata
        self.commitInfo = commitInfo
        self.checkpointVersion = checkpointVersion
        if let previous, previous.metadata == metadata {
            schema = previous.schema
            columnMapping = previous.columnMapping
        } else {
            schema = try TableSchema(text: metadata.schemaText)
            columnMapping = try ColumnMapping(metadata.configuration)
            for column in metadata.partitionColumns where !schema.logical.fields.contains(where: { $0.name == column })
            {
                throw PipelineError(.corruptTable, "the partition column '\(column)' is not in the table's schema")
            }
        }
        self.state = state
    }

    /// How many data files there are.
    public var fileCount: Int { state.files.count }
    /// Their size in bytes.
    public var byteCount: Int64 { state.byteCount }
    /// The data files, in no order.
    public var files: some Collection<AddFile> { state.files.values }
    /// Files that were removed and are still kept for readers of older versions, in no order.
    public var tombstones: some Collection<RemoveFile> { state.tombstones.values }
    /// Applications and how far each has written.
    public var txns: [String: Txn] { state.txns }
    /// Configuration of domains by name; removed ones are absent.
    public var domainMetadata: [String: DomainMetadata] { state.domains }

    /// Whether a logical file is part of the table.
    public func contains(_ key: FileKey) -> Bool { state.files[key] != nil }
}
