// SPDX-License-Identifier: Apache-2.0

/// The state of a table as actions are applied to it, oldest first.
///
/// Delta protocol, "Action Reconciliation".
struct LogState: Sendable {
    var tableProtocol: TableProtocol?
    var metadata: TableMetadata?
    private(set) var files: [FileKey: AddFile] = [:]
    private(set) var tombstones: [FileKey: RemoveFile] = [:]
    private(set) var txns: [String: Txn] = [:]
    private(set) var domains: [String: DomainMetadata] = [:]
    private(set) var byteCount: Int64 = 0

    mutating func apply(_ action: Action) {
        switch action {
        case .add(let file):
            let key = file.key
            tombstones[key] = nil
            byteCount += file.byteCount - (files.updateValue(file, forKey: key)?.byteCount ?? 0)
        case .remove(let file):
            let key = file.key
            byteCount -= files.removeValue(forKey: key)?.byteCount ?? 0
            tombstones[key] = file
        case .metadata(let metadata): self.metadata = metadata
        case .tableProtocol(let tableProtocol): self.tableProtocol = tableProtocol
        case .txn(let txn): txns[txn.appID] = txn
        case .domainMetadata(let domain): domains[domain.domain] = domain.removed ? nil : domain
        case .commitInfo, .cdc, .sidecar, .checkpointMetadata, .unknown: break
        }
    }

    /// Applies the actions of one commit; removals first, since their order within a commit means nothing.
    mutating func apply(commit actions: [Action]) {
        for case .remove(let file) in actions { apply(.remove(file)) }
        for action in actions {
            if case .remove = action { continue }
            apply(action)
        }
    }

    /// Forgets tombstones that were removed before a moment.
    mutating func dropTombstones(before millis: Int64) {
        tombstones = tombstones.filter { ($0.value.deletionMillis ?? 0) >= millis }
    }
}
