// SPDX-License-Identifier: Apache-2.0
import Delta
import ObjectStore
import StreamTesting
import Synchronization
import Testing

struct LogCleanupTests {
    /// Versions 0…25 with checkpoints at 10 and 20, and two days later version 26…30.
    private func keysOfTwoDays(_ properties: [String: String]) async throws -> (MemoryObjectStore, [String]) {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store, properties: properties)
        for number in 1...25 {
            _ = try await table.commit { _ in TestTable.append("f\(number)") }
            await table.finishMaintenance()
        }
        store.advance(millis: 2 * 86_400_000)
        var policy = TestTable.policy
        policy.nowMillis = { 1_767_225_600_000 + 2 * 86_400_000 }
        let later = DeltaTable(store: store, policy: policy)
        for number in 26...30 {
            _ = try await later.commit { _ in TestTable.append("f\(number)") }
            await later.finishMaintenance()
        }
        return (store, store.keys.filter { $0.hasPrefix("_delta_log/0") }.map { String($0.dropFirst(29)) })
    }

    @Test func whatIsOlderThanItsRetentionGoesBehindATableCheckpoint() async throws {
        let (store, keys) = try await keysOfTwoDays(["delta.logRetentionDuration": "interval 1 day"])
        #expect(keys.first == "20.checkpoint.parquet")
        #expect(keys.filter { $0.hasSuffix(".json") }.count == 11)
        #expect(keys.filter { $0.hasSuffix(".crc") }.count == 11)
        let read = try await DeltaTable(store: store).snapshot()
        #expect(read.fileCount == 30)
        #expect(try await DeltaTable(store: store).snapshot(version: TableVersion(20)).fileCount == 20)
    }

    @Test(arguments: [
        [:], ["delta.logRetentionDuration": "interval 1 day", "delta.enableExpiredLogCleanup": "false"],
    ])
    func theRestStays(properties: [String: String]) async throws {
        let (_, keys) = try await keysOfTwoDays(properties)
        #expect(keys.filter { $0.hasSuffix(".json") }.count == 31)
        #expect(keys.filter { $0.hasSuffix(".checkpoint.parquet") }.count == 3)
    }
}
