// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText

/// Turns a commit into the actions of one version: adds `commitInfo`, in-commit timestamp and row ids.
struct CommitBuilder {
    let policy: CommitPolicy
    let txnID: String

    /// The actions of `version` on top of `head` (`nil`: the table is made by this commit).
    func actions(
        _ commit: TableCommit, version: TableVersion, on head: TableHead?, previousInCommitMillis: Int64?
    ) throws(PipelineError) -> [Action] {
        let nowMillis = policy.nowMillis()
        var body = commit.actions
        let rules = try WriteRules(after: commit, on: head)
        try rules.check(commit)
        if rules.tableProtocol.has("rowTracking") {
            try RowTracking.assign(to: &body, version: version, on: head)
        }
        var inCommitMillis: Int64?
        if rules.metadata.isOn("delta.enableInCommitTimestamps"), rules.tableProtocol.has("inCommitTimestamp") {
            inCommitMillis = max(nowMillis, (previousInCommitMillis ?? -1) + 1)
        }
        let info = commitInfo(commit, on: head, nowMillis: nowMillis, inCommitMillis: inCommitMillis)
        return [.commitInfo(info)] + body.sorted { Self.rank($0) < Self.rank($1) }
    }

    private func commitInfo(
        _ commit: TableCommit, on head: TableHead?, nowMillis: Int64, inCommitMillis: Int64?
    ) -> JSONValue {
        .action(
            [
                ("inCommitTimestamp", inCommitMillis.map { .number($0) }), ("timestamp", .number(nowMillis)),
                ("operation", .string(commit.operation)),
                ("operationParameters", .object(commit.operationParameters)),
                ("readVersion", head.map { .number($0.version.number) }),
                ("isolationLevel", commit.isBlindAppend ? "WriteSerializable" : "Serializable"),
                ("isBlindAppend", .boolean(commit.isBlindAppend)),
                ("operationMetrics", .object(commit.operationMetrics)), ("engineInfo", .string(policy.engineInfo)),
                ("txnId", .string(txnID)),
            ], others: commit.extra.map { JSONValue.Member($0.0, $0.1) })
    }

    /// The order that other writers use; it means nothing to readers.
    private static func rank(_ action: Action) -> Int {
        switch action {
        case .commitInfo: 0
        case .tableProtocol: 1
        case .metadata: 2
        case .txn: 3
        case .domainMetadata: 4
        case .remove: 5
        default: 6
        }
    }
}
