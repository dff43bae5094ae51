// SPDX-License-Identifier: Apache-2.0
import Failures
import Foundation
import StreamCore
import Testing

@testable import Checkpoint

struct CheckpointRewindTests {
    private let counts = OperatorIdentity(name: "counts", kind: "aggregate", meaning: [.init("key", "STRING")])
    private let partition = SourcePartition("t-0")

    /// Epochs 0 to 5, each of which adds 1 to the key; a snapshot of all groups after epoch 2.
    private func checkpoint(kept: Int64) async throws -> CheckpointPlaceForTests {
        let place = CheckpointPlaceForTests()
        let checkpoint = try await place.open(keptStateEpochs: kept)
        let store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        for number in Int64(0)..<6 {
            let token = try await store.write(Epoch(number), ["counts": [Sums.rows("groups", [(1, 1)])]])
            if number == 2 {
                store.snapshot(Epoch(2), "counts", groups: 0..<128, [Sums.rows("groups", [(1, 3)])])
                await store.close()
            }
            let range = OffsetRange(start: Offset(number * 10), end: Offset(number * 10 + 10))
            try await checkpoint.decide(
                DecidedEpoch(
                    epoch: Epoch(number), ranges: ["s": [partition: range]],
                    tokens: ["out": SinkToken(number == 4 ? "" : "t\(number)")], watermarks: ["s": number],
                    operatorWatermarks: ["counts": number], state: token))
            try await checkpoint.confirm(Epoch(number))
        }
        await checkpoint.close()
        return place
    }

    @Test(arguments: 0..<6)
    func offsetsWatermarksAndStateAreThoseOfTheEpoch(target: Int) async throws {
        let place = try await checkpoint(kept: 100)
        let rewind = try CheckpointRewind.run(directory: place.path, to: Epoch(Int64(target)))
        #expect(rewind.from == Epoch(5))
        let report = try StateReport(directory: place.path)
        #expect(report.epoch == Epoch(Int64(target)))
        #expect(report.operators["counts"]?.watermark == Watermark(micros: Int64(target)))

        let checkpoint = try await place.open()
        let state = try await checkpoint.load()
        #expect(state.offsets == ["s": [partition: Offset(Int64(target) * 10 + 10)]])
        #expect(state.decided?.epoch == Epoch(Int64(target)))
        #expect(state.confirmed)
        let store = try await FileStateStore.open(checkpoint) { _ in }
        #expect(try await RestoreLog.of(store, "counts").sums.values == ["groups": [1: Int64(target) + 1]])
        let token = try await store.write(Epoch(Int64(target) + 1), ["counts": [Sums.rows("groups", [(1, 5)])]])
        try await checkpoint.decide(
            DecidedEpoch(epoch: Epoch(Int64(target) + 1), ranges: [:], tokens: [:], state: token))
        #expect(try await RestoreLog.of(store, "counts").sums.values == ["groups": [1: Int64(target) + 6]])
        await checkpoint.close()
    }

    @Test func whatSinksMayHavePublishedIsSaid() async throws {
        let place = try await checkpoint(kept: 100)
        #expect(try CheckpointRewind.run(directory: place.path, to: Epoch(3)).sinks == ["out": 5...5])
        #expect(try CheckpointRewind.run(directory: place.path, to: Epoch(0)).sinks == ["out": 1...3])
    }

    @Test func stateThatIsGoneIsRefusedAndNothingChanges() async throws {
        let place = try await checkpoint(kept: 0)
        for target in Int64(0)..<2 {
            let error = #expect(throws: PipelineError.self) {
                try CheckpointRewind.run(directory: place.path, to: Epoch(target))
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.what == "the state of operator 'counts' at epoch \(target) is not there any more")
        }
        #expect(try StateReport(directory: place.path).epoch == Epoch(5))
        #expect(try CheckpointRewind.run(directory: place.path, to: Epoch(2)).to == Epoch(2))
    }

    @Test func stateThatWasForgottenIsThereForAsManyEpochs() async throws {
        let place = CheckpointPlaceForTests()
        var checkpoint = try await place.open(keptStateEpochs: 2)
        var store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        // All of each epoch's state came in it and the one before.
        for number in Int64(0)..<10 {
            let rows = Sums.rows("groups", [(hash: 1, value: 1 << number)])
            let token = try await store.write(Epoch(number), ["counts": [rows]])
            store.forget("counts", before: Epoch(number - 1))
            try await checkpoint.decide(
                DecidedEpoch(epoch: Epoch(number), ranges: [:], tokens: [:], state: token))
            try await checkpoint.confirm(Epoch(number))
        }
        #expect(try await RestoreLog.of(store, "counts").sums.values == ["groups": [1: 0b11_1000_0000]])
        await checkpoint.close()
        let error = #expect(throws: PipelineError.self) {
            try CheckpointRewind.run(directory: place.path, to: Epoch(6))
        }
        #expect(error?.what == "the state of operator 'counts' at epoch 6 is not there any more")
        for target in Int64(7)...8 {
            let (copy, folder) = (CheckpointPlaceForTests(), FileManager.default)
            try? folder.removeItem(atPath: copy.path)
            try folder.copyItem(atPath: place.path, toPath: copy.path)
            #expect(try CheckpointRewind.run(directory: copy.path, to: Epoch(target)).to == Epoch(target))
            checkpoint = try await copy.open()
            store = try await FileStateStore.open(checkpoint) { _ in }
            let sum = try await RestoreLog.of(store, "counts").sums.values["groups"]?[1] ?? 0
            // Files that were needed a little before are there too.
            #expect(sum & (3 << (target - 1)) == 3 << (target - 1) && sum < 2 << target)
            await checkpoint.close()
        }
    }

    @Test func anEpochThatIsNotThereIsRefused() async throws {
        let place = try await checkpoint(kept: 100)
        let error = #expect(throws: PipelineError.self) {
            try CheckpointRewind.run(directory: place.path, to: Epoch(6))
        }
        #expect(error?.what == "epoch 6 is not in the checkpoint")
        #expect(error?.hint == "It holds the epochs 0 to 5")
    }
}
