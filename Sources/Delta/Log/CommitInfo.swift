// SPDX-License-Identifier: Apache-2.0
public import JSONText

/// The `commitInfo` of one version: who did what, when.
public struct CommitInfo: Hashable, Sendable {
    /// The version.
    public let version: TableVersion
    /// The action's value; an empty object when the commit has none.
    public let json: JSONValue
    /// When the file of the commit was last modified, ms since 1970 UTC, where that is known.
    public let fileMillis: Int64?

    /// The in-commit timestamp, ms since 1970 UTC, in tables that have them.
    public var inCommitMillis: Int64? { json["inCommitTimestamp"]?.int64 }
    /// When it was committed, ms since 1970 UTC: in-commit timestamp, else the file's time, else what the writer said.
    public var timestampMillis: Int64? { inCommitMillis ?? fileMillis ?? json["timestamp"]?.int64 }
    /// What was done: `WRITE`, `STREAMING UPDATE`, `OPTIMIZE`, ….
    public var operation: String? { json["operation"]?.string }
    /// The parameters of the operation.
    public var operationParameters: JSONValue? { json["operationParameters"] }
    /// What the operation counted.
    public var operationMetrics: JSONValue? { json["operationMetrics"] }
    /// The program that wrote it.
    public var engineInfo: String? { json["engineInfo"]?.string }
    /// The unique id that the writer gave the commit.
    public var txnID: String? { json["txnId"]?.string }
    /// Whether the commit added files without reading the table.
    public var isBlindAppend: Bool? { json["isBlindAppend"]?.boolean }
}
