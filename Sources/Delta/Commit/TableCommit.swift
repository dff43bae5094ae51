// SPDX-License-Identifier: Apache-2.0
public import JSONText

/// What one commit does to a table. `commitInfo` is made from it; row ids and timestamps are filled in when it is written.
public struct TableCommit: Sendable {
    /// `WRITE`, `STREAMING UPDATE`, `CREATE TABLE`, ….
    public var operation: String
    /// Parameters of the operation; values are text, or JSON as text.
    public var operationParameters: [(String, JSONValue)]
    /// What the operation counted; values are text.
    public var operationMetrics: [(String, JSONValue)]
    /// Everything but `commitInfo`.
    public var actions: [Action]
    /// Whether only files are added, without having read the table.
    public var isBlindAppend: Bool
    /// Further members of `commitInfo`.
    public var extra: [(String, JSONValue)]

    /// A commit.
    public init(
        operation: String, operationParameters: [(String, JSONValue)] = [],
        operationMetrics: [(String, JSONValue)] = [], actions: [Action], isBlindAppend: Bool,
        extra: [(String, JSONValue)] = []
    ) {
        self.operation = operation
        self.operationParameters = operationParameters
        self.operationMetrics = operationMetrics
        self.actions = actions
        self.isBlindAppend = isBlindAppend
        self.extra = extra
    }
}
