// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// A Delta table at one version, without its files: what a committer needs, of a size that does not grow with the table.
public struct TableHead: Sendable {
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
    /// Applications and how far each has written.
    public var txns: [String: Txn] { state.txns }
    /// Configuration of domains by name; removed ones are absent.
    public var domainMetadata: [String: DomainMetadata] { state.domains }
    private let state: HeadState
    var counts: FileCounts

    /// Finishes a replay.
    ///
    /// - Throws: `corruptTable` without protocol or metadata, `unsupportedTableFeature` for a table that we cannot read.
    init(
        version: TableVersion, state: HeadState, counts: FileCounts, commitInfo: CommitInfo?,
        checkpointVersion: TableVersion?, previous: TableHead? = nil
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
        self.counts = counts
    }

    /// The head after one more commit.
    func advanced(by actions: [Action], _ info: CommitInfo) throws(PipelineError) -> TableHead {
        var (state, counts) = (state, counts)
        for action in actions { state.apply(action) }
        counts.apply(actions, info)
        return try TableHead(
            version: info.version, state: state, counts: counts, commitInfo: info,
            checkpointVersion: checkpointVersion, previous: self)
    }
}
