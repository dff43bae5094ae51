// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import JSONText
import ObjectStore
import StreamTesting
import Testing

struct TableCheckpointTests {
    /// A table with txns, tombstones old and new, and a domain, of 21 versions.
    private func table(_ store: MemoryObjectStore) async throws -> DeltaTable {
        let table = try await TestTable.make(store, properties: ["delta.enableRowTracking": "true"])
        for number in Int64(1)...20 {
            let commit = TableCommit(
                operation: "WRITE",
                actions: [
                    TestTable.file("f\(number)"), .txn(Txn(appID: "app-\(number % 2)", version: number)),
                    .remove(
                        RemoveFile(
                            path: "f\(number - 5)", deletionMillis: number < 18 ? 1 : 1_767_225_600_000,
                            dataChange: true)),
                ], isBlindAppend: false)
            _ = try await table.commit { _ in commit }
            // Each version's upkeep is waited for, so that every checkpoint is of its own version.
            await table.finishMaintenance()
        }
        return table
    }

    @Test func everyTenthVersionHasOne() async throws {
        let store = MemoryObjectStore()
        _ = try await table(store)
        let checkpoints = store.keys.filter { $0.hasSuffix(".checkpoint.parquet") }
        #expect(
            checkpoints == [
                "_delta_log/00000000000000000010.checkpoint.parquet",
                "_delta_log/00000000000000000020.checkpoint.parquet",
            ])
        let hint = try JSONValue(parsing: try await store.get("_delta_log/_last_checkpoint"))
        #expect(hint["version"]?.int64 == 20)
        #expect(hint["numOfAddFiles"]?.int64 == 5)
    }

    @Test func aTableReadFromItIsTheTableReadFromItsCommits() async throws {
        let store = MemoryObjectStore()
        let plain = try await table(store).snapshot()
        for version in 0...20 {
            try await store.delete("_delta_log/000000000000000000\(version < 10 ? "0" : "")\(version).json")
        }
        let read = try await DeltaTable(store: store).snapshot()
        #expect(read.version == plain.version)
        #expect(read.metadata == plain.metadata)
        #expect(read.tableProtocol == plain.tableProtocol)
        #expect(read.txns == plain.txns)
        #expect(read.domainMetadata == plain.domainMetadata)
        #expect(read.byteCount == plain.byteCount)
        let files = plain.files.map { file in
            var file = file
            file.dataChange = false
            return file
        }
        #expect(Set(read.files) == Set(files))
        #expect(read.tombstones.map(\.path).sorted() == ["f13", "f14", "f15"])
    }

    @Test func aBrokenOneIsSteppedOver() async throws {
        let store = MemoryObjectStore()
        let plain = try await table(store).snapshot()
        try await store.put("_delta_log/00000000000000000020.checkpoint.parquet", [1, 2, 3])
        let read = try await DeltaTable(store: store).snapshot()
        #expect(read.version == plain.version)
        #expect(read.fileCount == plain.fileCount)
        #expect(read.txns == plain.txns)
    }

    @Test func aFailureToWriteItCostsNoCommit() async throws {
        let memory = MemoryObjectStore()
        _ = try await TestTable.make(memory)
        let store = FaultyObjectStore(memory) { _, _, key in
            key.hasSuffix(".checkpoint.parquet") ? .refuse(.diskFull) : nil
        }
        let table = DeltaTable(store: store, policy: TestTable.policy)
        for number in 0..<12 { _ = try await table.commit { _ in TestTable.append("f\(number)") } }
        await table.finishMaintenance()
        #expect(try await DeltaTable(store: memory).snapshot().fileCount == 12)
        #expect(memory.keys.filter { $0.contains("checkpoint") }.isEmpty)
    }

    @Test func intervalsAreUnderstood() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store, properties: ["delta.checkpointInterval": "2"])
        for name in ["a", "b", "c", "d"] {
            _ = try await table.commit { _ in TestTable.append(name) }
            await table.finishMaintenance()
        }
        #expect(store.keys.filter { $0.hasSuffix(".checkpoint.parquet") }.count == 2)
    }
}
