// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Foundation
import StreamCore
import Synchronization

@testable import Checkpoint

/// Sums by key in memory: what changelogs of additions and snapshots of sums must restore to.
struct Sums: Hashable {
    /// By table and hash.
    var values: [String: [Int64: Int64]] = [:]

    /// Rows of a table as a changelog or snapshot holds them.
    static func rows(_ table: String, _ pairs: [(hash: Int64, value: Int64)]) -> StateRows {
        let schema = Schema([
            Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false),
            Field("sum", .bigint, nullable: false),
        ])
        let columns = [
            Column(.bigint, pairs.map { .bigint($0.hash) }),
            Column(.binary, pairs.map { .binary(Array("key \($0.hash)".utf8)) }),
            Column(.bigint, pairs.map { .bigint($0.value) }),
        ]
        return StateRows(table: table, rows: ColumnBatch(schema: schema, columns: columns, rowCount: pairs.count))
    }

    mutating func add(_ rows: StateRows) {
        for row in rows.rows.rows {
            guard case .bigint(let hash) = row[0], case .binary(let key) = row[1], case .bigint(let value) = row[2],
                key == Array("key \(hash)".utf8)
            else { continue }
            values[rows.table, default: [:]][hash, default: 0] += value
        }
    }

    /// The sums of some key groups.
    func snapshot(_ groups: Range<Int>) -> [StateRows] {
        values.sorted { $0.key < $1.key }.map { table, sums in
            Self.rows(
                table,
                sums.filter { groups.contains(KeyGroups.group(ofHash: $0.key)) }.sorted { $0.key < $1.key }
                    .map { ($0.key, $0.value) })
        }
    }
}

/// What a restore gave.
final class RestoreLog: Sendable {
    struct Content {
        var sums = Sums()
        var ends: [(epoch: Epoch, watermark: Watermark)] = []
        var rowCount = 0
    }

    let content = Mutex(Content())

    func take(_ record: StateRecord) {
        content.withLock { content in
            switch record {
            case .rows(let rows, _):
                content.sums.add(rows)
                content.rowCount += rows.rows.rowCount
            case .endOfEpoch(let epoch, let watermark): content.ends.append((epoch, watermark))
            }
        }
    }

    static func of(_ store: FileStateStore, _ name: String) async throws(PipelineError) -> RestoreLog.Content {
        let log = RestoreLog()
        try await store.restore(name) { record throws(PipelineError) in log.take(record) }
        return log.content.withLock { $0 }
    }
}

/// The rows that a restore gave, with what the state has meant since.
final class MeaningLog: Sendable {
    private let content = Mutex<[(rows: StateRows, meanings: [OperatorIdentity])]>([])

    static func of(
        _ store: FileStateStore, _ name: String
    ) async throws(PipelineError) -> [(rows: StateRows, meanings: [OperatorIdentity])] {
        let log = MeaningLog()
        try await store.restore(name) { record throws(PipelineError) in
            if case .rows(let rows, let meanings) = record { log.content.withLock { $0.append((rows, meanings)) } }
        }
        return log.content.withLock { $0 }
    }
}

/// A clock that stands still.
struct StillClock: Clock {
    var nowMicros: Int64 { 1_000 }
    var monotonicNanos: Int64 { 0 }
    func sleep(nanos: Int64) async {}
}

/// A checkpoint's folder that is gone when the test is.
final class CheckpointPlaceForTests: Sendable {
    let path = NSTemporaryDirectory() + "checkpoint-" + UUID().uuidString
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open(keptStateEpochs: Int64 = 0) async throws(PipelineError) -> SQLiteCheckpointStore {
        try await SQLiteCheckpointStore.open(
            directory: path, pipeline: "p", hash: "h", definition: "{}", clock: StillClock(),
            keptStateEpochs: keptStateEpochs)
    }

    /// The state files on disk, below `state`.
    var stateFiles: Set<String> {
        let found = FileManager.default.enumerator(atPath: path + "/state")?.compactMap { $0 as? String } ?? []
        return Set(found.filter { $0.hasSuffix(".parquet") }.map { "state/" + $0 })
    }
}
