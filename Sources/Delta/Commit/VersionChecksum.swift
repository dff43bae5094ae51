// SPDX-License-Identifier: Apache-2.0
import JSONText

/// The `.crc` file of a version: totals by which readers can check their replay.
///
/// Delta protocol, "Version Checksum File".
enum VersionChecksum {
    /// The text; `nil` when it is not certain how many files there are.
    static func text(_ head: TableHead, txnID: String?) -> [UInt8]? {
        guard head.counts.isExact else { return nil }
        let inCommitMillis = head.commitInfo?.inCommitMillis
        let json = JSONValue.action([
            ("txnId", txnID.map { .string($0) }), ("tableSizeBytes", .number(head.counts.bytes)),
            ("numFiles", .number(head.counts.files)), ("numMetadata", 1), ("numProtocol", 1),
            (
                "inCommitTimestampOpt",
                head.metadata.isOn("delta.enableInCommitTimestamps") ? inCommitMillis.map { .number($0) } : nil
            ),
            ("setTransactions", .array(head.txns.values.sorted { $0.appID < $1.appID }.map(\.json))),
            (
                "domainMetadata",
                .array(head.domainMetadata.values.sorted { $0.domain < $1.domain }.map(\.json))
            ),
            ("metadata", head.metadata.json), ("protocol", head.tableProtocol.json),
        ])
        return Array(json.text.utf8)
    }

    /// The counts in a `.crc`; `nil` when it lacks them.
    static func counts(_ bytes: [UInt8]) -> FileCounts? {
        guard let json = try? JSONValue(parsing: bytes), let files = json["numFiles"]?.int64,
            let size = json["tableSizeBytes"]?.int64
        else { return nil }
        return FileCounts(files: Int(files), bytes: size)
    }
}
