// SPDX-License-Identifier: Apache-2.0

/// A Delta table at one version with all its files, for reading it. Takes memory for each file.
public struct TableSnapshot: Sendable {
    /// The table without its files.
    public let head: TableHead
    private let state: FileState

    init(head: TableHead, state: FileState) {
        self.head = head
        self.state = state
    }

    /// The version.
    public var version: TableVersion { head.version }
    /// What is asked of readers and writers.
    public var tableProtocol: TableProtocol { head.tableProtocol }
    /// What the table is.
    public var metadata: TableMetadata { head.metadata }
    /// The schema, parsed.
    public var schema: TableSchema { head.schema }
    /// How columns are found in files.
    public var columnMapping: ColumnMapping { head.columnMapping }
    /// The `commitInfo` of this version's commit, where it was read.
    public var commitInfo: CommitInfo? { head.commitInfo }
    /// The version of the table checkpoint that this was read from.
    public var checkpointVersion: TableVersion? { head.checkpointVersion }
    /// Applications and how far each has written.
    public var txns: [String: Txn] { head.txns }
    /// Configuration of domains by name; removed ones are absent.
    public var domainMetadata: [String: DomainMetadata] { head.domainMetadata }

    /// How many data files there are.
    public var fileCount: Int { state.files.count }
    /// Their size in bytes.
    public var byteCount: Int64 { state.byteCount }
    /// The data files, in no order.
    public var files: some Collection<AddFile> { state.files.values }
    /// Files that were removed and are still kept for readers of older versions, in no order.
    public var tombstones: some Collection<RemoveFile> { state.tombstones.values }

    /// Whether a logical file is part of the table.
    public func contains(_ key: FileKey) -> Bool { state.files[key] != nil }
}
