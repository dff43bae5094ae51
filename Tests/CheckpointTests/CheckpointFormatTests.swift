// SPDX-License-Identifier: Apache-2.0
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

    @Test func version1IsReadAndGoesOnAsVersion2() async throws {
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
        #expect(try await store.run { connection throws(PipelineError) in try CheckpointSchema.check(connection) } == 2)
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

    @Test func aLaterVersionIsRefused() async throws {
        let place = CheckpointPlaceForTests()
        let store = try await place.open()
        try await store.run { connection throws(PipelineError) in try connection.execute("PRAGMA user_version = 3") }
        await store.close()
        var caught: PipelineError?
        do throws(PipelineError) { _ = try await place.open() } catch { caught = error }
        #expect(caught?.code == .corruptCheckpoint)
        #expect(caught?.what == "the checkpoint has format version 3; this build reads 1 to 2")
    }
}
