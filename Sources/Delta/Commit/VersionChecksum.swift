// SPDX-License-Identifier: Apache-2.0
import JSONText

/// The `.crc` file of a version: totals by which readers can check their replay.
///
/// Delta protocol, "Version Checksum File".
enum VersionChecksum {
    static func text(_ snapshot: TableSnapshot, txnID: String?) -> [UInt8] {
        let inCommitMillis = snapshot.commitInfo?.inCommitMillis
        let json = JSONValue.action([
            ("txnId", txnID.map { .string($0) }), ("tableSizeBytes", .number(snapshot.byteCount)),
            ("numFiles", .number(snapshot.fileCount)), ("numMetadata", 1), ("numProtocol", 1),
            (
                "inCommitTimestampOpt",
                snapshot.metadata.isOn("delta.enableInCommitTimestamps") ? inCommitMillis.map { .number($0) } : nil
            ),
            ("setTransactions", .array(snapshot.txns.values.sorted { $0.appID < $1.appID }.map(\.json))),
            (
                "domainMetadata",
                .array(snapshot.domainMetadata.values.sorted { $0.domain < $1.domain }.map(\.json))
            ),
            ("metadata", snapshot.metadata.json), ("protocol", snapshot.tableProtocol.json),
        ])
        return Array(json.text.utf8)
    }
}
