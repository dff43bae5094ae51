// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import ObjectStore
import StreamTesting

/// A small table in memory for tests of the log.
enum TestTable {
    static let schema = Schema([Field("id", .bigint, nullable: false), Field("day", .date)])

    static let policy: CommitPolicy = {
        var policy = CommitPolicy()
        policy.nowMillis = { 1_767_225_600_000 }
        policy.pause = { _ in }
        return policy
    }()

    static func make(_ store: any ObjectStore, properties: [String: String] = [:]) async throws -> DeltaTable {
        let table = DeltaTable(store: store, policy: policy)
        _ = try await table.createIfAbsent(.init(schema: schema, partitionColumns: ["day"], properties: properties))
        return table
    }

    static func file(_ name: String, rows: Int = 3) -> Action {
        .add(
            AddFile(
                path: name, partitionValues: ["day": "2026-01-01"], byteCount: 100, modificationMillis: 1,
                stats: "{\"numRecords\":\(rows)}"))
    }

    static func append(_ names: String..., txn: Txn? = nil) -> TableCommit {
        TableCommit(
            operation: "WRITE", operationParameters: [("mode", "Append")],
            actions: names.map { file($0) } + (txn.map { [.txn($0)] } ?? []), isBlindAppend: true)
    }

    /// Publishes an epoch's file exactly once, as a sink does.
    static func publish(_ epoch: Int64, _ table: DeltaTable) async throws(PipelineError) -> TableVersion? {
        try await table.commit { (snapshot) throws(PipelineError) -> TableCommit? in
            if let done = snapshot?.txns["app"]?.version, done >= epoch { return nil }
            return append("epoch-\(epoch)", txn: Txn(appID: "app", version: epoch))
        }
    }
}
