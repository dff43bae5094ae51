// SPDX-License-Identifier: Apache-2.0
import Delta
import ObjectStore
import StreamTesting
import Testing

struct LargeTableTests {
    @Test func tenThousandFilesWithVectorsTagsAndRowIDsSurviveATableCheckpoint() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store, properties: ["delta.checkpointInterval": "1"])
        let actions = (0..<10_000).map { number -> Action in
            var file = AddFile(
                path: "day=2026-01-01/part é %\(number).parquet",
                partitionValues: ["day": number % 7 == 0 ? nil : "2026-01-01"], byteCount: Int64(number),
                modificationMillis: 5, dataChange: false, stats: number % 3 == 0 ? nil : "{\"numRecords\":\(number)}")
            if number % 5000 == 1 {
                file.deletionVector = DeletionVector(
                    storageType: "u", pathOrInlineDv: "ab", offset: 1, sizeInBytes: 40, cardinality: 6)
                file.tags = ["b": "2", "a": nil]
                file.baseRowID = 7
                file.defaultRowCommitVersion = 1
                file.clusteringProvider = "liquid"
            }
            return .add(file)
        }
        let commit = TableCommit(operation: "WRITE", actions: actions, isBlindAppend: true)
        _ = try await table.commit { _ in commit }
        await table.finishMaintenance()
        for version in 0...1 { try await store.delete("_delta_log/0000000000000000000\(version).json") }
        let read = try await DeltaTable(store: store).snapshot()
        #expect(read.fileCount == 10_000)
        #expect(Set(read.files.map { Action.add($0) }) == Set(actions))
    }
}
