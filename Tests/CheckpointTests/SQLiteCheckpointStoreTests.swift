// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import Foundation
import StreamCore
import Testing

private struct FixedClock: Clock {
    var nowMicros: Int64 { 1_000 }
    var monotonicNanos: Int64 { 0 }
    func sleep(nanos: Int64) async {}
}

/// A folder that is gone when the test is.
private final class Folder {
    let path: String
    init() { path = NSTemporaryDirectory() + "checkpoint-" + UUID().uuidString }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open(pipeline: String = "p", hash: String = "h") async throws(PipelineError) -> SQLiteCheckpointStore {
        try await SQLiteCheckpointStore.open(
            directory: path, pipeline: pipeline, hash: hash, definition: "{}", clock: FixedClock())
    }
}

struct SQLiteCheckpointStoreTests {
    private let a = SourcePartition("topic-0")
    private let b = SourcePartition("topic-1")

    private func range(_ start: Int64, _ end: Int64) -> OffsetRange {
        OffsetRange(start: Offset(start), end: Offset(end))
    }

    @Test func anEmptyCheckpointKnowsNothing() async throws {
        let folder = Folder()
        let store = try await folder.open()
        #expect(try await store.load() == CheckpointState())
        await store.close()
    }

    @Test func everyStepSurvivesReopening() async throws {
        let folder = Folder()
        let first = ["s": [a: range(0, 10), b: range(0, 5)]]
        let second = ["s": [a: range(10, 12)]]
        let decided = DecidedEpoch(
            epoch: .first, ranges: first, tokens: ["out": SinkToken("{\"files\":[]}")], watermarks: ["s": 77])
        var store = try await folder.open()
        try await store.plan(PlannedEpoch(epoch: .first, ranges: first, startedMicros: 7))
        await store.close()

        store = try await folder.open()
        #expect(
            try await store.load()
                == CheckpointState(planned: PlannedEpoch(epoch: .first, ranges: first, startedMicros: 7)))
        try await store.decide(decided)
        let next = PlannedEpoch(epoch: Epoch(1), ranges: second, startedMicros: nil)
        try await store.plan(next)
        await store.close()

        store = try await folder.open()
        let offsets = ["s": [a: Offset(10), b: Offset(5)]]
        #expect(
            try await store.load()
                == CheckpointState(offsets: offsets, decided: decided, confirmed: false, planned: next))
        try await store.confirm(.first)
        try await store.decide(DecidedEpoch(epoch: Epoch(1), ranges: second, tokens: [:]))
        await store.close()

        store = try await folder.open()
        let state = try await store.load()
        #expect(state.offsets == ["s": [a: Offset(12), b: Offset(5)]])
        #expect(state.decided?.epoch == Epoch(1))
        #expect(state.confirmed == false)
        #expect(state.planned == nil)
        await store.close()
    }

    @Test func whatStoodBehindAPartitionIsRememberedWithItsOffset() async throws {
        let folder = Folder()
        let known = OffsetRange(start: Offset(0), end: Offset(9, incarnation: "file 7"))
        var store = try await folder.open()
        try await store.decide(DecidedEpoch(epoch: .first, ranges: ["s": [a: known, b: range(0, 5)]], tokens: [:]))
        let next = PlannedEpoch(epoch: Epoch(1), ranges: ["s": [a: known]], startedMicros: 1)
        try await store.plan(next)
        await store.close()

        store = try await folder.open()
        let state = try await store.load()
        #expect(state.offsets == ["s": [a: Offset(9, incarnation: "file 7"), b: Offset(5)]])
        #expect(state.decided?.ranges == ["s": [a: known, b: range(0, 5)]])
        #expect(state.planned == next)
        await store.close()
    }

    @Test func howPartitionsStandIsAPartOfThePlan() async throws {
        let folder = Folder()
        var planned = PlannedEpoch(epoch: .first, ranges: ["s": [a: range(0, 10)]], startedMicros: 1)
        for standing: [String: [SourcePartition: PartitionStanding]] in [
            ["s": [a: .behind(7), b: .atEnd], "none holds it": [:]], ["s": [b: .behind(1)]], [:],
        ] {
            planned.standing = standing
            var store = try await folder.open()
            try await store.plan(planned)
            await store.close()
            store = try await folder.open()
            #expect(try await store.load().planned == planned)
            try await store.decide(DecidedEpoch(epoch: planned.epoch, ranges: planned.ranges, tokens: [:]))
            await store.close()
            planned.epoch = planned.epoch.next
        }
    }

    @Test func aSecondOpenerIsRefusedWithTheOwner() async throws {
        let folder = Folder()
        let store = try await folder.open()
        let error = await #expect(throws: PipelineError.self) { try await folder.open() }
        #expect(error?.code == .checkpointLocked)
        #expect(error?.what.contains("process \(getpid()) on ") == true)
        await store.close()
        await (try folder.open()).close()
    }

    @Test func anotherPipelineIsRefused() async throws {
        let folder = Folder()
        await (try folder.open(pipeline: "one")).close()
        let error = await #expect(throws: PipelineError.self) { try await folder.open(pipeline: "two") }
        #expect(error?.code == .checkpointMismatch)
        #expect(error?.what == "the checkpoint belongs to pipeline 'one', not to 'two'")
    }

    @Test func aFileThatIsNoCheckpointIsRefused() async throws {
        let folder = Folder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Data("this is not a database at all, only some text".utf8)
            .write(to: URL(fileURLWithPath: folder.path + "/checkpoint.sqlite"))
        let error = await #expect(throws: PipelineError.self) { try await folder.open() }
        #expect(error?.code == .corruptCheckpoint)
    }

    @Test func theLogStaysBounded() async throws {
        let folder = Folder()
        let store = try await folder.open()
        for number in 0..<(SQLiteCheckpointStore.keptEpochs + 20) {
            let ranges = ["s": [a: range(number, number + 1)]]
            try await store.decide(DecidedEpoch(epoch: Epoch(number), ranges: ranges, tokens: ["o": SinkToken("t")]))
            try await store.confirm(Epoch(number))
        }
        await store.close()
        let report = try CheckpointReport(directory: folder.path, limit: 5_000)
        #expect(report.epochs.count == Int(SQLiteCheckpointStore.keptEpochs) + 1)
        #expect(report.epochs.first?.epoch == Epoch(SQLiteCheckpointStore.keptEpochs + 19))
        #expect(report.epochs.first?.state == "confirmed")
        #expect(report.offsets == ["s": [a: Offset(SQLiteCheckpointStore.keptEpochs + 20)]])
    }

    @Test func aReportOfNoCheckpointSaysSo() {
        let error = #expect(throws: PipelineError.self) {
            try CheckpointReport(directory: "/nonexistent-checkpoint", limit: 1)
        }
        #expect(error?.code == .missingFile)
    }
}
