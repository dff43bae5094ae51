// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import JSONText
import ObjectStore
import StreamTesting
import Testing

struct CommitTests {
    @Test func aNewTableHasTheLeastProtocolItNeeds() async throws {
        let store = MemoryObjectStore()
        let snapshot = try await TestTable.make(store).snapshot()
        #expect(snapshot.version == .first)
        #expect(snapshot.tableProtocol == TableProtocol(minReaderVersion: 1, minWriterVersion: 2))
        #expect(snapshot.metadata.partitionColumns == ["day"])
        #expect(snapshot.schema.logical == TestTable.schema)
        #expect(snapshot.commitInfo?.operation == "CREATE TABLE")
        #expect(
            snapshot.metadata.schemaText
                == #"{"type":"struct","fields":[{"name":"id","type":"long","nullable":false,"metadata":{}},"#
                + #"{"name":"day","type":"date","nullable":true,"metadata":{}}]}"#)
    }

    @Test func appendsAreSeenByOtherReadersOfTheLog() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store)
        #expect(try await table.commit { _ in TestTable.append("a", "b") } == TableVersion(1))
        #expect(try await table.commit { _ in TestTable.append("c") } == TableVersion(2))
        let seen = try await DeltaTable(store: store).snapshot()
        #expect(seen.files.map(\.path).sorted() == ["a", "b", "c"])
        #expect(seen.byteCount == 300)
        #expect(seen.commitInfo?.isBlindAppend == true)
        let earlier = try await DeltaTable(store: store).snapshot(version: TableVersion(1))
        #expect(earlier.files.map(\.path).sorted() == ["a", "b"])
        let history = try await table.history(limit: 2)
        #expect(history.map(\.version.number) == [2, 1])
        #expect(history.map(\.operation) == ["WRITE", "WRITE"])
    }

    @Test func aVersionTakenByAnotherWriterIsSteppedOver() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store)
        let other = DeltaTable(store: store, policy: TestTable.policy)
        for round in 0..<5 {
            _ = try await other.commit { _ in TestTable.append("other-\(round)") }
            _ = try await table.commit { _ in TestTable.append("ours-\(round)") }
        }
        let seen = try await DeltaTable(store: store).snapshot()
        #expect(seen.version.number == 10)
        #expect(seen.fileCount == 10)
    }

    @Test func manyWritersAtOnceLoseNothing() async throws {
        let store = MemoryObjectStore()
        _ = try await TestTable.make(store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    var policy = TestTable.policy
                    policy.attempts = 1000
                    let table = DeltaTable(store: store, policy: policy)
                    for file in 0..<10 { _ = try await table.commit { _ in TestTable.append("\(writer)-\(file)") } }
                    await table.finishMaintenance()
                }
            }
            try await group.waitForAll()
        }
        let seen = try await DeltaTable(store: store).snapshot()
        #expect(seen.version.number == 80)
        #expect(seen.fileCount == 80)
    }

    @Test func endlessConflictsAreGivenUp() async throws {
        let memory = MemoryObjectStore()
        _ = try await TestTable.make(memory)
        let store = FaultyObjectStore(memory) { _, operation, key in
            operation == .putIfAbsent && key.hasSuffix(".json") ? .refuse(.storageFailed) : nil
        }
        let error = await #expect(throws: PipelineError.self) {
            try await DeltaTable(store: store, policy: TestTable.policy).commit { _ in TestTable.append("a") }
        }
        #expect(error?.code == .storageFailed)
    }

    @Test(
        "a lost answer or request at any call is settled",
        arguments: [FaultyObjectStore.Fault.loseAnswer, .loseRequest])
    func unknownOutcomesAreSettledByReadingBack(fault: FaultyObjectStore.Fault) async throws {
        let memory = MemoryObjectStore()
        _ = try await TestTable.make(memory)
        let store = FaultyObjectStore(memory) { number, operation, key in
            number < 6 && operation == .putIfAbsent && key.hasSuffix("1.json") ? fault : nil
        }
        let table = DeltaTable(store: store, policy: TestTable.policy)
        #expect(try await table.commit { _ in TestTable.append("a") } == TableVersion(1))
        #expect(try await table.commit { _ in TestTable.append("b") } == TableVersion(2))
        #expect(try await DeltaTable(store: memory).snapshot().files.map(\.path).sorted() == ["a", "b"])
    }

    @Test(
        "a crash before or after each call to the store", arguments: [FaultyObjectStore.Fault.crashBefore, .crashAfter])
    func repeatedPublishingIsExactlyOnceWhereverTheProcessDies(fault: FaultyObjectStore.Fault) async throws {
        for dead in 0..<20 {
            let memory = MemoryObjectStore()
            _ = try await TestTable.make(memory)
            let store = FaultyObjectStore(memory) { number, _, _ in number == dead ? fault : nil }
            let crashing = DeltaTable(store: store, policy: TestTable.policy)
            for epoch in Int64(0)..<3 { _ = try? await TestTable.publish(epoch, crashing) }
            await crashing.finishMaintenance()

            let restarted = DeltaTable(store: memory, policy: TestTable.policy)
            for epoch in Int64(0)..<3 { _ = try await TestTable.publish(epoch, restarted) }
            let seen = try await DeltaTable(store: memory).snapshot()
            #expect(seen.files.map(\.path).sorted() == ["epoch-0", "epoch-1", "epoch-2"], "crash at call \(dead)")
            #expect(seen.version.number == 3, "crash at call \(dead)")
        }
    }

    @Test func aTableReplacedBehindOurBackIsNoticed() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store)
        _ = try await table.commit { _ in TestTable.append("a") }
        for key in store.keys { try await store.delete(key) }
        let error = await #expect(throws: PipelineError.self) { try await table.commit { _ in TestTable.append("b") } }
        #expect(error?.code == .corruptTable)
        #expect(store.keys.filter { $0.hasSuffix(".json") }.isEmpty)
    }

    @Test func inCommitTimestampsGrowEvenWhenTheClockStands() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store, properties: ["delta.enableInCommitTimestamps": "true"])
        #expect(try await table.snapshot().tableProtocol.writerFeatures?.contains("inCommitTimestamp") == true)
        for name in ["a", "b"] { _ = try await table.commit { _ in TestTable.append(name) } }
        let times = try await table.history().map(\.inCommitMillis)
        #expect(times == [1_767_225_600_002, 1_767_225_600_001, 1_767_225_600_000])
        let text = String(decoding: try await store.get("_delta_log/00000000000000000002.json"), as: UTF8.self)
        #expect(text.hasPrefix("{\"commitInfo\":{\"inCommitTimestamp\":1767225600002,"))
    }

    @Test func rowTrackingGivesEachFileItsRows() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store, properties: ["delta.enableRowTracking": "true"])
        _ = try await table.commit { _ in TestTable.append("a", "b") }
        _ = try await table.commit { _ in TestTable.append("c") }
        let files = try await DeltaTable(store: store).snapshot().files.sorted { $0.path < $1.path }
        #expect(files.map(\.baseRowID) == [0, 3, 6])
        #expect(files.map(\.defaultRowCommitVersion) == [1, 1, 2])
        let mark = try await table.snapshot().domainMetadata["delta.rowTracking"]?.configuration
        #expect(mark == #"{"rowIdHighWaterMark":8}"#)
    }

    @Test func checksumsSayWhatTheTableHolds() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store)
        _ = try await table.commit { _ in TestTable.append("a", txn: Txn(appID: "app", version: 7)) }
        await table.finishMaintenance()
        let json = try JSONValue(parsing: try await store.get("_delta_log/00000000000000000001.crc"))
        #expect(json["numFiles"]?.int64 == 1)
        #expect(json["tableSizeBytes"]?.int64 == 100)
        #expect(json["setTransactions"]?.text == #"[{"appId":"app","version":7}]"#)
        #expect(json["numMetadata"]?.int64 == 1 && json["numProtocol"]?.int64 == 1)
    }

    @Test(
        "features that cannot be honoured",
        arguments: [
            ("delta.constraints.positive", "checkConstraints"), ("delta.feature.icebergCompatV2", "icebergCompatV2"),
            ("delta.feature.fromTheFuture", "fromTheFuture"),
        ])
    func theyAreRefusedByNameBeforeAnythingIsWritten(property: String, feature: String) async throws {
        let store = MemoryObjectStore()
        let error = await #expect(throws: PipelineError.self) {
            try await TestTable.make(store, properties: [property: "id > 0"])
        }
        #expect(error?.code == .unsupportedTableFeature)
        #expect(error?.what.contains("'\(feature)'") == true)
        #expect(store.keys.isEmpty)
    }

    @Test func rowsOfAnAppendOnlyTableStay() async throws {
        let store = MemoryObjectStore()
        let table = try await TestTable.make(store, properties: ["delta.appendOnly": "true"])
        _ = try await table.commit { _ in TestTable.append("a") }
        let error = await #expect(throws: PipelineError.self) {
            try await table.commit { _ in
                TableCommit(
                    operation: "DELETE",
                    actions: [.remove(RemoveFile(path: "a", deletionMillis: 1, dataChange: true))],
                    isBlindAppend: false)
            }
        }
        #expect(error?.code == .unsupportedTableFeature)
    }
}
