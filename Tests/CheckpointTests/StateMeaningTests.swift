// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import Testing

@testable import Checkpoint

/// Which meaning the rows of a state file were written under, over changes, restarts and rewinds.
struct StateMeaningTests {
    private let place = CheckpointPlaceForTests()

    /// The `n`th meaning; its rows go to a table that is named after it.
    private func meaning(_ n: Int) -> OperatorIdentity {
        OperatorIdentity(name: "counts", kind: "aggregate", meaning: [.init("aggregate \(n)", "BIGINT")])
    }

    /// Opens, makes a meaning the newest, and runs epochs under it; each adds a row to key 1 and one to a key of the upper half of the groups.
    private func run(
        _ meaningNumber: Int, epochs: Range<Int64>, snapshot: (epoch: Int64, groups: Range<Int>)? = nil,
        dropping: Set<String> = []
    ) async throws {
        let checkpoint = try await place.open(keptStateEpochs: 100)
        let store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([meaning(meaningNumber)], dropping: dropping)
        for number in epochs {
            let rows = Sums.rows("\(meaningNumber)", [(1, 1), (-1, 1)])
            let token = try await store.write(Epoch(number), ["counts": [rows]])
            if let snapshot, snapshot.epoch == number {
                store.snapshot(Epoch(number), "counts", groups: snapshot.groups, [rows])
                await store.close()
            }
            try await checkpoint.decide(DecidedEpoch(epoch: Epoch(number), ranges: [:], tokens: [:], state: token))
            try await checkpoint.confirm(Epoch(number))
        }
        await checkpoint.close()
    }

    /// Of each piece that a restore gives: the meaning it was written under (by its table), and those that are said of it.
    private func restored() async throws -> [(written: String, meanings: [String])] {
        let checkpoint = try await place.open(keptStateEpochs: 100)
        let store = try await FileStateStore.open(checkpoint) { _ in }
        let log = try await MeaningLog.of(store, "counts")
        await checkpoint.close()
        return log.map { entry in
            (entry.rows.table, entry.meanings.map { String($0.meaning[0].name.dropFirst("aggregate ".count)) })
        }
    }

    private func expect(_ expected: [(String, [String])]) async throws {
        let given = try await restored()
        #expect(given.map { $0.written } == expected.map { $0.0 })
        #expect(given.map { $0.meanings } == expected.map { $0.1 })
    }

    @Test func filesAreSaidToBeOfTheMeaningOfTheirEpoch() async throws {
        try await run(1, epochs: 0..<2)
        try await run(2, epochs: 2..<3)
        try await run(3, epochs: 3..<4)
        try await expect([("1", ["1", "2", "3"]), ("1", ["1", "2", "3"]), ("2", ["2", "3"]), ("3", ["3"])])
    }

    @Test func slicesOfSnapshotsToo() async throws {
        // The rows of the lower half are in the slice after epoch 1, those of the upper half in that after epoch 3.
        try await run(1, epochs: 0..<3, snapshot: (1, 0..<64))
        try await run(2, epochs: 3..<6, snapshot: (4, 64..<128))
        try await expect([
            ("1", ["1", "2"]), ("1", ["1", "2"]), ("2", ["2"]), ("2", ["2"]), ("2", ["2"]), ("2", ["2"]),
        ])
    }

    @Test func aMeaningThatNoEpochWasRunForIsForgotten() async throws {
        try await run(1, epochs: 0..<1)
        try await run(2, epochs: 1..<1)
        try await expect([("1", ["1", "2"])])
        try await run(3, epochs: 1..<2)
        try await expect([("1", ["1", "3"]), ("3", ["3"])])
        // A change that was taken back before an epoch leaves nothing behind.
        try await run(4, epochs: 2..<2)
        try await run(3, epochs: 2..<3)
        try await expect([("1", ["1", "3", "3"]), ("3", ["3", "3"]), ("3", ["3"])])
    }

    @Test func whatIsReportedIsTheMeaningOfTheLastEpoch() async throws {
        func reported() throws -> String? {
            try StateReport(directory: place.path).operators["counts"]?.identity.meaning[0].name
        }
        try await run(1, epochs: 0..<0)
        #expect(try reported() == "aggregate 1")
        try await run(1, epochs: 0..<1)
        // A run that ended before its first epoch changed nothing: the old file would find its state as it was.
        try await run(2, epochs: 1..<1)
        #expect(try reported() == "aggregate 1")
        try await run(2, epochs: 1..<2)
        #expect(try reported() == "aggregate 2")
        // Dropped is dropped.
        try await run(3, epochs: 2..<2, dropping: ["counts"])
        #expect(try reported() == "aggregate 3")
    }

    @Test func aDroppedStateHasNoHistory() async throws {
        try await run(1, epochs: 0..<1)
        try await run(2, epochs: 1..<2)
        try await run(3, epochs: 2..<3, dropping: ["counts"])
        try await run(4, epochs: 3..<4)
        try await expect([("3", ["3", "4"]), ("4", ["4"])])
    }

    @Test(arguments: [
        (Int64(0), [("1", ["1"])]), (Int64(1), [("1", ["1"]), ("1", ["1"])]),
        (Int64(2), [("1", ["1", "2"]), ("1", ["1", "2"]), ("2", ["2"])]),
    ])
    func aRewindBringsTheMeaningBack(epoch: Int64, expected: [(String, [String])]) async throws {
        try await run(1, epochs: 0..<2)
        try await run(2, epochs: 2..<3)
        try await run(3, epochs: 3..<5)
        _ = try CheckpointRewind.run(directory: place.path, to: Epoch(epoch))
        #expect(
            try StateReport(directory: place.path).operators["counts"]?.identity.meaning[0].name
                == "aggregate \(epoch < 2 ? 1 : 2)")
        try await expect(expected)
        // Going on under the newest meaning migrates again.
        try await run(3, epochs: (epoch + 1)..<(epoch + 2))
        try await expect(expected.map { ($0.0, $0.1 + ["3"]) } + [("3", ["3"])])
    }
}
