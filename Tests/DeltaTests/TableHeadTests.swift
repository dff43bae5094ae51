// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import ObjectStore
import StreamTesting
import Testing

/// A committer keeps no list of files, and still knows what it needs.
struct TableHeadTests {
    private func checksum(_ store: MemoryObjectStore, _ version: Int) async throws -> JSONValue {
        let digits = String(version)
        return try JSONValue(
            parsing: try await store.get(
                "_delta_log/\(String(repeating: "0", count: 20 - digits.count))\(digits).crc"))
    }

    /// A table of 25 versions, each of which adds two files and, from the third on, removes one.
    private func table(_ store: MemoryObjectStore) async throws -> DeltaTable {
        let table = try await TestTable.make(store)
        for number in Int64(1)...25 {
            var actions: [Action] = [
                TestTable.file("a\(number)"), TestTable.file("b\(number)"), .txn(Txn(appID: "app", version: number)),
            ]
            if number > 2 {
                actions.append(
                    .remove(
                        RemoveFile(
                            path: "a\(number - 2)", deletionMillis: 1_767_225_600_000, dataChange: true, byteCount: 100)
                    )
                )
            }
            let commit = TableCommit(operation: "WRITE", actions: actions, isBlindAppend: false)
            _ = try await table.commit { _ in commit }
            await table.finishMaintenance()
        }
        return table
    }

    @Test func itSaysWhatTheSnapshotSays() async throws {
        let store = MemoryObjectStore()
        let kept = try await table(store).head()
        let read = try await DeltaTable(store: store).head()
        let snapshot = try await DeltaTable(store: store).snapshot()
        for head in [kept, read] {
            #expect(head.version == snapshot.version)
            #expect(head.metadata == snapshot.metadata)
            #expect(head.tableProtocol == snapshot.tableProtocol)
            #expect(head.txns == snapshot.txns)
            #expect(head.checkpointVersion == TableVersion(20))
        }
    }

    @Test func checksumsCountOnWithoutTheFiles() async throws {
        let store = MemoryObjectStore()
        let first = try await table(store)
        let snapshot = try await first.snapshot()
        #expect(snapshot.fileCount == 27)
        #expect(try await checksum(store, 25)["numFiles"]?.int64 == 27)
        #expect(try await checksum(store, 25)["tableSizeBytes"]?.int64 == snapshot.byteCount)
        // A process that begins later counts on from the checksum it finds.
        let second = DeltaTable(store: store, policy: TestTable.policy)
        _ = try await second.commit { _ in TestTable.append("c") }
        await second.finishMaintenance()
        #expect(try await checksum(store, 26)["numFiles"]?.int64 == 28)
    }

    @Test func whatIsNotCertainIsNotWrittenUntilATableCheckpointCountsAnew() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store)
        _ = try await table.commit { _ in TestTable.append("a") }
        let again = TableCommit(operation: "COMPUTE STATS", actions: [TestTable.file("a")], isBlindAppend: false)
        _ = try await table.commit { _ in again }
        await table.finishMaintenance()
        #expect(store.keys.contains("_delta_log/00000000000000000001.crc"))
        #expect(!store.keys.contains("_delta_log/00000000000000000002.crc"))
        for number in 3...11 {
            _ = try await table.commit { _ in TestTable.append("f\(number)") }
            await table.finishMaintenance()
        }
        #expect(!store.keys.contains("_delta_log/00000000000000000010.crc"))
        #expect(try await checksum(store, 11)["numFiles"]?.int64 == 10)
        #expect(try await checksum(store, 11)["tableSizeBytes"]?.int64 == 1000)
    }

    @Test("a checkpoint merged from an earlier one is the table", arguments: UInt64(0)..<20)
    func mergedCheckpointsSayWhatTheCommitsSay(seed: UInt64) async throws {
        var random = SeededNumbers(seed: seed)
        let store = MemoryObjectStore()
        let table = try await TestTable.make(
            store,
            properties: [
                "delta.checkpointInterval": "3",
                "delta.checkpoint.writeStatsAsStruct": seed % 2 == 0 ? "true" : "false",
            ])
        var live: Set<String> = []
        for version in 1...17 {
            var actions: [Action] = []
            for number in 0..<Int.random(in: 0...4, using: &random) {
                let path = Bool.random(using: &random) ? "new-\(version)-\(number)" : "old \(number)%é"
                guard !live.contains(path) else { continue }
                live.insert(path)
                actions.append(TestTable.file(path, rows: version))
            }
            for path in live.sorted() where Int.random(in: 0..<5, using: &random) == 0 {
                guard !actions.contains(TestTable.file(path, rows: version)) else { continue }
                live.remove(path)
                actions.append(
                    .remove(
                        RemoveFile(path: path, deletionMillis: 1_767_225_600_000, dataChange: true, byteCount: 100)))
            }
            actions.append(.txn(Txn(appID: "app", version: Int64(version))))
            let commit = TableCommit(operation: "WRITE", actions: actions, isBlindAppend: false)
            _ = try await table.commit { _ in commit }
            await table.finishMaintenance()
        }
        #expect(store.keys.filter { $0.hasSuffix(".checkpoint.parquet") }.count == 5)
        let fromCheckpoint = try await DeltaTable(store: store).snapshot()
        #expect(fromCheckpoint.checkpointVersion == TableVersion(15))
        for key in store.keys where key.contains("checkpoint") { try await store.delete(key) }
        let fromCommits = try await DeltaTable(store: store).snapshot()
        #expect(fromCheckpoint.files.map(\.path).sorted() == live.sorted())
        #expect(fromCommits.files.map(\.path).sorted() == live.sorted())
        #expect(
            fromCheckpoint.files.map { "\($0.path) \($0.stats ?? "")" }.sorted()
                == fromCommits.files.map { "\($0.path) \($0.stats ?? "")" }.sorted())
        #expect(fromCheckpoint.tombstones.map(\.path).sorted() == fromCommits.tombstones.map(\.path).sorted())
        #expect(fromCheckpoint.txns == fromCommits.txns)
    }

    @Test func aLogCompactionStandsForItsCommits() async throws {
        let store = MemoryObjectStore()
        let table = try await table(store)
        for key in store.keys where key.contains("checkpoint") { try await store.delete(key) }
        let plain = try await table.snapshot()
        // Versions 3 to 12, reconciled: what they left, and what they removed of earlier and their own files.
        var actions: [Action] = [.txn(Txn(appID: "app", version: 12))]
        for number in 3...12 {
            actions.append(TestTable.file("b\(number)"))
            if number > 10 { actions.append(TestTable.file("a\(number)")) }
            actions.append(
                .remove(
                    RemoveFile(
                        path: "a\(number - 2)", deletionMillis: 1_767_225_600_000, dataChange: true, byteCount: 100)))
        }
        try await store.put(
            "_delta_log/00000000000000000003.00000000000000000012.compacted.json", Action.lines(actions))
        for version in 3...12 {
            try await store.delete("_delta_log/000000000000000000\(version < 10 ? "0" : "")\(version).json")
        }
        let read = try await DeltaTable(store: store).snapshot()
        #expect(read.version == plain.version)
        #expect(read.files.map(\.path).sorted() == plain.files.map(\.path).sorted())
        #expect(read.tombstones.map(\.path).sorted() == plain.tombstones.map(\.path).sorted())
        #expect(read.txns == plain.txns)
        #expect(try await DeltaTable(store: store).head().commitInfo?.operation == "WRITE")
    }

    @Test func aCheckpointFollowsTheSpecThatThePolicyAsksFor() async throws {
        for policy in ["classic", "v2"] {
            let store = MemoryObjectStore()
            let table = try await TestTable.make(
                store, properties: ["delta.checkpointPolicy": policy, "delta.checkpointInterval": "2"])
            for number in 1...5 {
                _ = try await table.commit { _ in TestTable.append("f\(number)") }
                await table.finishMaintenance()
            }
            let key = "_delta_log/00000000000000000004.checkpoint.parquet"
            let file = try await StoredParquetFile(key, in: store)
            #expect(file.schema.fields.contains { $0.name == "checkpointMetadata" } == (policy == "v2"))
            for version in 0...4 { try await store.delete("_delta_log/0000000000000000000\(version).json") }
            let read = try await DeltaTable(store: store).snapshot()
            #expect(read.files.map(\.path).sorted() == ["f1", "f2", "f3", "f4", "f5"])
            #expect(read.tableProtocol.has("v2Checkpoint") == (policy == "v2"))
        }
    }

    @Test func aBrokenBaseIsReplacedByAnOlderOne() async throws {
        let store = MemoryObjectStore()
        let table = try await table(store)
        try await store.put("_delta_log/00000000000000000020.checkpoint.parquet", [1, 2, 3])
        for number in 26...30 { _ = try await table.commit { _ in TestTable.append("c\(number)") } }
        await table.finishMaintenance()
        let read = try await DeltaTable(store: store).snapshot()
        #expect(read.checkpointVersion == TableVersion(30))
        #expect(read.fileCount == 32)
    }
}
