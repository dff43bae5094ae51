// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Foundation
import StreamCore
import Testing

@testable import Checkpoint

struct CheckpointFormatTests {
    /// Written by version 0.1.0 with format 1: a pipeline `old`, epoch 0 confirmed, epoch 1 decided.
    private func oldCheckpoint() throws -> CheckpointPlaceForTests {
        let place = CheckpointPlaceForTests()
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/checkpoint-1.sqlite")
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: fixture, to: URL(fileURLWithPath: place.path + "/checkpoint.sqlite"))
        return place
    }

    private let one = SourcePartition("/data/input/one.jsonl")
    private let two = SourcePartition("/data/input/two.jsonl")

    @Test func version1IsReadAndGoesOnAsTheCurrentVersion() async throws {
        let place = try oldCheckpoint()
        func open() async throws(PipelineError) -> SQLiteCheckpointStore {
            try await SQLiteCheckpointStore.open(
                directory: place.path, pipeline: "old", hash: "new", definition: "{}", clock: StillClock())
        }
        var store = try await open()
        let state = try await store.load()
        #expect(state.offsets == ["readings": [one: Offset(46), two: Offset(23)]])
        #expect(state.decided?.epoch == Epoch(1))
        #expect(state.decided?.ranges == ["readings": [two: OffsetRange(start: Offset(0), end: Offset(23))]])
        #expect(state.decided?.watermarks == ["readings": 77])
        #expect(state.decided?.tokens.keys.sorted() == ["$deadLetters", "out"])
        #expect(state.decided?.state == StateToken(""))
        #expect(state.confirmed == false)
        #expect(state.planned == nil)
        let next = DecidedEpoch(
            epoch: Epoch(2), ranges: [:], tokens: [:], watermarks: ["readings": 99],
            eventTimes: ["readings": [two: 109]], operatorWatermarks: ["rollup": 88])
        try await store.decide(next)
        await store.close()

        store = try await open()
        #expect(try await store.load().decided == next)
        #expect(try await store.run { connection throws(PipelineError) in try CheckpointSchema.check(connection) } == 3)
        await store.close()
    }

    @Test func version1IsReportedWithoutChangingIt() throws {
        let place = try oldCheckpoint()
        let before = try Data(contentsOf: URL(fileURLWithPath: place.path + "/checkpoint.sqlite"))
        let report = try CheckpointReport(directory: place.path, limit: 10)
        #expect(report.pipeline == "old")
        #expect(report.epochs.map(\.epoch.number) == [1, 0])
        #expect(report.offsets == ["readings": [one: Offset(46), two: Offset(23)]])
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path + "/checkpoint.sqlite")) == before)
    }

    /// Written by format 2: epochs 0 and 1 of a grouping `rollup`, of sessions `visits` and of a left join `pairs`.
    private func checkpoint2() throws -> CheckpointPlaceForTests {
        let place = CheckpointPlaceForTests()
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/checkpoint-2")
        try FileManager.default.copyItem(at: fixture, to: URL(fileURLWithPath: place.path))
        return place
    }

    @Test func version2IsReadAndItsStateGoesOnUnderAnotherMeaning() async throws {
        let place = try checkpoint2()
        let checkpoint = try await SQLiteCheckpointStore.open(
            directory: place.path, pipeline: "old", hash: "new", definition: "{}", clock: StillClock())
        let store = try await FileStateStore.open(checkpoint) { _ in }
        let operators = try await store.operators()
        #expect(operators.keys.sorted() == ["pairs", "rollup", "visits"])
        let old = try #require(operators["rollup"])
        var new = old
        new.meaning.removeLast()
        try await store.register(operators.values.map { $0.name == "rollup" ? new : $0 }, dropping: [])
        let history = try await MeaningLog.of(store, "rollup")
        #expect(history.map { $0.meanings } == [[old, new], [old, new]])
        #expect(history.map { $0.rows.rows.schema.fields.map(\.name) } == Array(repeating: rollupColumns, count: 2))
        #expect(history.map { $0.rows.rows.rowCount } == [2, 2])
        let visits = try #require(operators["visits"])
        #expect(try await MeaningLog.of(store, "visits").map { $0.meanings } == [[visits], [visits]])
        #expect(try await MeaningLog.of(store, "pairs").map { $0.rows.table } == ["left", "right", "left"])
        #expect(
            try await checkpoint.run { connection throws(PipelineError) in try CheckpointSchema.check(connection) } == 3
        )
        await checkpoint.close()
    }

    private let rollupColumns = [
        "$hash", "$key", "$window", "count(1).count", "sum(v).sum", "sum(v).count", "max(v) FILTER (WHERE ok).value",
    ]

    @Test func version2IsReportedWithoutChangingIt() throws {
        let place = try checkpoint2()
        let before = try Data(contentsOf: URL(fileURLWithPath: place.path + "/checkpoint.sqlite"))
        let report = try StateReport(directory: place.path)
        #expect(report.operators["pairs"]?.rowCount == 5)
        #expect(
            report.operators["rollup"]?.identity.meaning.last?.definition
                == "maximum(v: BIGINT) where ok: BOOLEAN: BIGINT")
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path + "/checkpoint.sqlite")) == before)
    }

    @Test func aLaterVersionIsRefused() async throws {
        let place = CheckpointPlaceForTests()
        let store = try await place.open()
        try await store.run { connection throws(PipelineError) in try connection.execute("PRAGMA user_version = 4") }
        await store.close()
        var caught: PipelineError?
        do throws(PipelineError) { _ = try await place.open() } catch { caught = error }
        #expect(caught?.code == .corruptCheckpoint)
        #expect(caught?.what == "the checkpoint has format version 4; this build reads 1 to 3")
    }
}
