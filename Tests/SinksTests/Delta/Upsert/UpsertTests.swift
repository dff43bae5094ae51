// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import ObjectStore
import Sinks
import StreamCore
import StreamTesting
import Testing

struct UpsertTests {
    private typealias Row = UpsertBench.Row

    @Test func rowsWithEqualKeysAreReplacedAndTheOthersStay() async throws {
        let bench = UpsertBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        try await UpsertBench.run(sink, 0, [Row(device: "a", value: 1), Row(device: "b", value: 2), Row(value: 3)])
        try await UpsertBench.run(sink, 1, [Row(device: "b", value: 20), Row(device: "c", value: 30)])
        // NULL is a key like any other.
        try await UpsertBench.run(sink, 2, [Row(value: 33)])
        #expect(
            try await bench.sortedRows() == [
                Row(device: "a", value: 1), Row(device: "b", value: 20), Row(device: "c", value: 30), Row(value: 33),
            ])
        let history = try await DeltaTable(store: bench.bench.store).history(limit: 2)
        #expect(history[1].operationParameters?["outputMode"]?.string == "Update")
        #expect(history[1].operationMetrics?["numRemovedFiles"]?.string == "1")
        #expect(history[1].isBlindAppend == false)
    }

    @Test func ofEqualKeysInAnEpochTheLastWins() async throws {
        let bench = UpsertBench()
        let sink = bench.sink(keys: ["device", "day"])
        _ = try await sink.recover()
        try await UpsertBench.run(
            sink, 0, [Row(device: "a", day: 1, value: 1), Row(device: "a", day: 1, value: 2)],
            [Row(device: "a", day: 2, value: 3), Row(device: "a", day: 1, value: 4), Row(device: "b", value: 5)])
        #expect(
            try await bench.sortedRows() == [
                Row(device: "a", day: 1, value: 4), Row(device: "a", day: 2, value: 3), Row(device: "b", value: 5),
            ])
    }

    @Test func filesWithoutAnyOfTheKeysAreNotTouched() async throws {
        let memory = MemoryObjectStore()
        let setup = UpsertBench(memory)
        let first = setup.sink(keys: ["device"], partitionBy: ["day"])
        _ = try await first.recover()
        for (epoch, letter) in ["a", "k", "t"].enumerated() {
            try await UpsertBench.run(
                first, Int64(epoch),
                [Row(device: letter, day: 1, value: 1), Row(device: letter + "z", day: 2, value: 2)])
        }
        await first.close()
        let before = Set(try await setup.bench.snapshot().files.map(\.path))
        #expect(before.count == 6)
        let store = FaultyObjectStore(memory)
        let sink = UpsertBench(store).sink(keys: ["device"], partitionBy: ["day"])
        _ = try await sink.recover()
        try await UpsertBench.run(sink, 3, [Row(device: "kz", day: 2, value: 9)])
        let after = Set(try await setup.bench.snapshot().files.map(\.path))
        #expect(before.subtracting(after).count == 1)
        let read = Set(store.calls.filter { $0.operation == .get && before.contains($0.key) }.map(\.key))
        #expect(read == before.subtracting(after), "files outside of the statistics are not even read")
    }

    @Test func aKeyColumnMayBeAPartitionColumn() async throws {
        let bench = UpsertBench()
        let sink = bench.sink(keys: ["device", "day"], partitionBy: ["day"])
        _ = try await sink.recover()
        try await UpsertBench.run(
            sink, 0,
            [Row(device: "a", day: 1, value: 1), Row(device: "a", day: 2, value: 2), Row(device: "a", value: 3)])
        try await UpsertBench.run(sink, 1, [Row(device: "a", day: 2, value: 20), Row(device: "a", value: 30)])
        #expect(
            try await bench.sortedRows() == [
                Row(device: "a", value: 30), Row(device: "a", day: 1, value: 1), Row(device: "a", day: 2, value: 20),
            ])
    }

    @Test func theEmptyStringOfAPartitionColumnIsTheNullItIsStoredAs() async throws {
        let bench = UpsertBench()
        let sink = bench.sink(keys: ["device"], partitionBy: ["device"])
        _ = try await sink.recover()
        try await UpsertBench.run(sink, 0, [Row(device: "", value: 1), Row(value: 2)])
        #expect(try await bench.rows() == [Row(value: 2)])
        try await UpsertBench.run(sink, 1, [Row(device: "", value: 3)])
        #expect(try await bench.rows() == [Row(value: 3)])
    }

    @Test("a naive map gives the same rows", arguments: UInt64(0)..<12)
    func theTableIsTheMapOfTheLastValues(seed: UInt64) async throws {
        var random = SeededNumbers(seed: seed)
        let bench = UpsertBench()
        let partitions = [[], ["day"], ["device"]][Int(seed % 3)]
        let keys = seed % 2 == 0 ? ["device"] : ["device", "day"]
        let sink = bench.sink(keys: keys, partitionBy: partitions) {
            $0.targetFileBytes = seed % 4 == 0 ? 600 : 1 << 20
        }
        _ = try await sink.recover()
        var expected: [[String?]: Row] = [:]
        for epoch in Int64(0)..<12 {
            let rows = (0..<Int.random(in: 1...40, using: &random)).map { number in
                Row(
                    device: Int.random(in: 0..<9, using: &random) == 0
                        ? nil : "d\(Int.random(in: 0..<60, using: &random))",
                    day: Int.random(in: 0..<5, using: &random) == 0 ? nil : Int32.random(in: 0..<4, using: &random),
                    value: epoch * 100 + Int64(number))
            }
            for row in rows { expected[keys.count == 1 ? [row.device] : [row.device, row.day.map { "\($0)" }]] = row }
            try await UpsertBench.run(sink, epoch, rows)
        }
        await sink.close()
        #expect(
            try await bench.sortedRows() == expected.values.sorted { UpsertBench.order($0) < UpsertBench.order($1) })
    }

    @Test func completeReplacesEverythingInOneCommit() async throws {
        let bench = UpsertBench()
        let sink = bench.sink(.complete, partitionBy: ["day"])
        _ = try await sink.recover()
        try await UpsertBench.run(sink, 0, [Row(device: "a", day: 1, value: 1), Row(device: "b", day: 2, value: 2)])
        try await UpsertBench.run(sink, 1, [Row(device: "c", day: 2, value: 3)])
        #expect(try await bench.rows() == [Row(device: "c", day: 2, value: 3)])
        let snapshot = try await bench.bench.snapshot()
        #expect(snapshot.version == TableVersion(2))
        #expect(snapshot.tombstones.count == 2)
        #expect(snapshot.commitInfo?.operationParameters?["outputMode"]?.string == "Complete")
    }

    @Test func whatAForeignWriterPutInBetweenIsReplacedToo() async throws {
        let memory = MemoryObjectStore()
        let bench = UpsertBench(memory)
        let sink = bench.sink()
        _ = try await sink.recover()
        try await UpsertBench.run(sink, 0, [Row(device: "a", value: 1), Row(device: "b", value: 1)])
        let token = try await SinkBench.prepare(sink, 1, [[UpsertBench.batch([Row(device: "a", value: 2)])]])
        // Between prepare and publish another program adds a row with the key, and rewrites the file that had it.
        let other = bench.bench.sink(schema: UpsertBench.schema, appId: "other") {
            $0.mode = .upsert
            $0.keys = ["device"]
        }
        _ = try await other.recover()
        try await UpsertBench.run(other, 0, [Row(device: "a", value: 100), Row(device: "c", value: 100)])
        _ = try await sink.publish(Epoch(1), token, provenance: SinkBench.provenance(1))
        #expect(
            try await bench.sortedRows() == [
                Row(device: "a", value: 2), Row(device: "b", value: 1), Row(device: "c", value: 100),
            ])
        // Published once more after it landed: nothing happens.
        let again = try await sink.publish(Epoch(1), token, provenance: SinkBench.provenance(1))
        #expect(again == .alreadyPublished)
        #expect(try await bench.bench.snapshot().version == TableVersion(3))
    }

    @Test func aVersionTakenWhileFilesAreRewrittenIsFollowedByAnotherTry() async throws {
        let memory = MemoryObjectStore()
        let quiet = UpsertBench(memory)
        let setup = quiet.sink()
        _ = try await setup.recover()
        try await UpsertBench.run(setup, 0, [Row(device: "a", value: 1), Row(device: "b", value: 1)])
        await setup.close()
        let other = quiet.bench.sink(schema: UpsertBench.schema, appId: "other") {
            $0.mode = .upsert
            $0.keys = ["device"]
        }
        _ = try await other.recover()
        let racing = RacingStore(memory, key: "_delta_log/00000000000000000002.json") {
            _ = try? await UpsertBench.run(other, 0, [Row(device: "b", value: 100), Row(device: "a", value: 100)])
        }
        let sink = UpsertBench(racing).sink()
        _ = try await sink.recover()
        try await UpsertBench.run(sink, 1, [Row(device: "a", value: 2)])
        #expect(try await quiet.sortedRows() == [Row(device: "a", value: 2), Row(device: "b", value: 100)])
        #expect(try await quiet.bench.snapshot().version == TableVersion(3))
    }

    @Test(
        "tables whose rows stay", arguments: [DeltaSinkOptions.Mode.upsert, .complete],
        ["delta.appendOnly", "delta.enableChangeDataFeed"])
    func theyAreRefusedWhenTheyAreOpened(mode: DeltaSinkOptions.Mode, property: String) async throws {
        let bench = UpsertBench()
        let sink = bench.sink(mode) { $0.properties = [property: "true"] }
        let error = await #expect(throws: PipelineError.self) { try await sink.recover() }
        #expect(error?.code == .unsupportedTableFeature)
        #expect(error?.what.contains(property) == true)
    }

    @Test func filesThatAreOlderThanAColumnHaveNullInIt() async throws {
        let memory = MemoryObjectStore()
        let narrow = Schema([Field("device", .string), Field("value", .bigint)])
        let bench = UpsertBench(memory)
        let first = bench.bench.sink(schema: narrow) { _ in }
        _ = try await first.recover()
        let old = ColumnBatch(
            schema: narrow,
            columns: [Column(.string, [.string("a"), .string("b")]), Column(.bigint, [.bigint(1), .bigint(2)])],
            rowCount: 2)
        let token = try await SinkBench.prepare(first, 0, [[old]])
        _ = try await first.publish(Epoch(0), token, provenance: SinkBench.provenance(0))
        let sink = bench.sink(keys: ["device", "day"]) { $0.schemaEvolution = .add }
        _ = try await sink.recover()
        try await UpsertBench.run(sink, 1, [Row(device: "a", day: 1, value: 3), Row(device: "b", value: 4)])
        #expect(
            try await bench.sortedRows() == [
                Row(device: "a", value: 1), Row(device: "a", day: 1, value: 3), Row(device: "b", value: 4),
            ])
    }
}
