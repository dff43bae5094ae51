// SPDX-License-Identifier: Apache-2.0

/// What the actions of a log come to, beside its files: small whatever the size of the table.
struct HeadState: Sendable {
    /// The actions that change it, by their names in table checkpoints.
    static let actionNames: Set<String> = ["metaData", "protocol", "txn", "domainMetadata"]

    var tableProtocol: TableProtocol?
    var metadata: TableMetadata?
    var txns: [String: Txn] = [:]
    var domains: [String: DomainMetadata] = [:]

    mutating func apply(_ action: Action) {
        switch action {
        case .metadata(let metadata): self.metadata = metadata
        case .tableProtocol(let tableProtocol): self.tableProtocol = tableProtocol
        case .txn(let txn): txns[txn.appID] = txn
        case .domainMetadata(let domain): domains[domain.domain] = domain.removed ? nil : domain
        case .add, .remove, .commitInfo, .cdc, .sidecar, .checkpointMetadata, .unknown: break
        }
    }
}

/// The files of a table as actions are applied, oldest first; or, begun at a version, what has happened to files since then.
///
/// Delta protocol, "Action Reconciliation".
struct FileState: Sendable {
    /// The actions that change it, by their names in table checkpoints.
    static let actionNames: Set<String> = ["add", "remove"]

    private(set) var files: [FileKey: AddFile] = [:]
    private(set) var tombstones: [FileKey: RemoveFile] = [:]
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
        default: break
        }
    }

    /// Applies the actions of one commit; removals first, since their order within a commit means nothing.
    mutating func apply(commit actions: [Action]) {
        for case .remove(let file) in actions { apply(.remove(file)) }
        for case .add(let file) in actions { apply(.add(file)) }
    }

    /// Whether something is known of a logical file.
    func knows(_ key: FileKey) -> Bool { files[key] != nil || tombstones[key] != nil }
}
