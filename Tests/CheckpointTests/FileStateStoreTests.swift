// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Foundation
import StreamCore
import StreamTesting
import Synchronization
import Testing

@testable import Checkpoint

struct FileStateStoreTests {
    private let counts = OperatorIdentity(
        name: "counts", kind: "aggregate",
        meaning: [.init("key device", "STRING"), .init("aggregate count(*)", "BIGINT")])

    private func decided(
        _ number: Int64, _ token: StateToken, watermark: Int64? = nil
    ) -> DecidedEpoch {
        DecidedEpoch(
            epoch: Epoch(number), ranges: [:], tokens: [:],
            operatorWatermarks: watermark.map { ["counts": $0] } ?? [:], state: token)
    }

    @Test func operatorsAndTheirMeaningSurvive() async throws {
        let place = CheckpointPlaceForTests()
        let other = OperatorIdentity(name: "pairs.2", kind: "join", meaning: [.init("on", "a = b \"quoted\"")])
        var checkpoint = try await place.open()
        var store = try await FileStateStore.open(checkpoint) { _ in }
        #expect(try await store.operators() == [:])
        try await store.register([counts, other], dropping: [])
        await store.close()
        await checkpoint.close()

        checkpoint = try await place.open()
        store = try await FileStateStore.open(checkpoint) { _ in }
        #expect(try await store.operators() == ["counts": counts, "pairs.2": other])
        try await store.register([counts], dropping: [])
        #expect(try await store.operators() == ["counts": counts])
        await checkpoint.close()
    }

    @Test func changesComeBackInOrderWithTheWatermarkOfEachEpoch() async throws {
        let place = CheckpointPlaceForTests()
        var checkpoint = try await place.open()
        var store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        var sums = Sums()
        for number in Int64(0)..<3 {
            let rows = [Sums.rows("groups", [(1, number + 1), (-5, 10)]), Sums.rows("late", [(7, 1)])]
            rows.forEach { sums.add($0) }
            let token = try await store.write(Epoch(number), ["counts": rows])
            try await checkpoint.decide(decided(number, token, watermark: number * 100))
        }
        try await checkpoint.decide(decided(3, StateToken(""), watermark: 900))
        await store.close()
        await checkpoint.close()

        checkpoint = try await place.open()
        store = try await FileStateStore.open(checkpoint) { _ in }
        let restored = try await RestoreLog.of(store, "counts")
        #expect(restored.sums == sums)
        #expect(restored.sums.values == ["groups": [1: 6, -5: 30], "late": [7: 3]])
        #expect(restored.ends.map(\.epoch.number) == [0, 1, 2, 3])
        #expect(restored.ends.map(\.watermark.micros) == [0, 100, 200, 900])
        await checkpoint.close()
    }

    @Test func aSliceReplacesTheChangesOfItsGroupsAndNoOthers() async throws {
        let place = CheckpointPlaceForTests()
        let checkpoint = try await place.open()
        let store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        // The hash 1 is of group 0, −1 of group 127.
        var sums = Sums()
        for number in Int64(0)..<4 {
            let rows = Sums.rows("groups", [(1, 1), (-1, 1)])
            sums.add(rows)
            let token = try await store.write(Epoch(number), ["counts": [rows]])
            if number == 1 { store.snapshot(Epoch(1), "counts", groups: 0..<64, sums.snapshot(0..<64)) }
            try await checkpoint.decide(decided(number, token))
            try await checkpoint.confirm(Epoch(number))
            await store.close()
        }
        let restored = try await RestoreLog.of(store, "counts")
        #expect(restored.sums.values == ["groups": [1: 4, -1: 4]])
        #expect(restored.rowCount == 7)
        #expect(place.stateFiles.count == 5)

        // The other half makes the first changelogs needless.
        store.snapshot(Epoch(3), "counts", groups: 64..<128, sums.snapshot(64..<128))
        await store.close()
        let token = try await store.write(Epoch(4), ["counts": [Sums.rows("groups", [(1, 1)])]])
        try await checkpoint.decide(decided(4, token))
        #expect(place.stateFiles.count == 7)
        try await checkpoint.confirm(Epoch(4))
        #expect(
            place.stateFiles == [
                "state/counts/snapshot-000000000001-groups-0-64-0-groups.parquet",
                "state/counts/snapshot-000000000003-groups-64-128-0-groups.parquet",
                "state/counts/changes-000000000002-0-groups.parquet",
                "state/counts/changes-000000000003-0-groups.parquet",
                "state/counts/changes-000000000004-0-groups.parquet",
            ])
        #expect(try await RestoreLog.of(store, "counts").sums.values == ["groups": [1: 5, -1: 4]])
        await checkpoint.close()
    }

    @Test func countsThatAreEqualAreWrittenOnceAndComeBackApart() throws {
        let folder = CheckpointPlaceForTests()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/state/counts", withIntermediateDirectories: true)
        let schema = Schema(["$hash", "count", "other"].map { Field($0, .bigint, nullable: false) })
        func batch(_ rows: [[Int64]]) -> ColumnBatch {
            let columns = (0..<3).map { place in Column(.bigint, rows.map { .bigint($0[place]) }) }
            return ColumnBatch(schema: schema, columns: columns, rowCount: rows.count)
        }
        let equal = batch((0..<1_000).map { [$0 << 40, $0 * $0 % 997, $0 * $0 % 997] })
        var sizes: [Int] = []
        for (sequence, last) in [batch([[7, 1, 1]]), batch([[7, 1, 2]])].enumerated() {
            let file = StateFile(
                operatorName: "counts", kind: .changes, table: "groups", epoch: Epoch(1), groups: StateFile.allGroups,
                sequence: sequence)
            let written = try StateFileFormat.write(file, [equal, last], below: folder.path)
            sizes.append(written.byteCount)
            var read: [[Value]] = []
            try StateFileFormat.read(written, below: folder.path, groups: Set(StateFile.allGroups)) { rows in
                read += rows.rows.rows
            }
            #expect(read == equal.rows + last.rows)
        }
        #expect(sizes[1] - sizes[0] > 1_000)
    }

    @Test func anEmptySliceCounts() async throws {
        let place = CheckpointPlaceForTests()
        let checkpoint = try await place.open()
        let store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        var token = try await store.write(Epoch(0), ["counts": [Sums.rows("groups", [(1, 1)])]])
        try await checkpoint.decide(decided(0, token, watermark: 5))
        store.snapshot(Epoch(0), "counts", groups: 0..<128, [])
        await store.close()
        token = try await store.write(Epoch(1), [:])
        try await checkpoint.decide(decided(1, token, watermark: 6))
        try await checkpoint.confirm(Epoch(1))
        let restored = try await RestoreLog.of(store, "counts")
        #expect(restored.sums.values == [:])
        #expect(restored.ends.map(\.watermark.micros) == [6])
        #expect(place.stateFiles == [])
        await checkpoint.close()
    }

    @Test func whatIsForgottenCountsUntilTheNextEpochIsDecided() async throws {
        let place = CheckpointPlaceForTests()
        var checkpoint = try await place.open(keptStateEpochs: 1)
        var store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        for number in Int64(0)..<3 {
            let token = try await store.write(Epoch(number), ["counts": [Sums.rows("groups", [(1, 1 << number)])]])
            if number == 1 {
                store.snapshot(Epoch(1), "counts", groups: 0..<128, [Sums.rows("groups", [(1, 3)])])
                await store.close()
            }
            try await checkpoint.decide(decided(number, token, watermark: number))
            try await checkpoint.confirm(Epoch(number))
        }
        // Epoch 2 has recorded the snapshot; of what was before epoch 2 nothing is left, which epoch 3 would record.
        store.forget("counts", before: Epoch(2))
        #expect(try await RestoreLog.of(store, "counts").sums.values == ["groups": [1: 7]])
        await checkpoint.close()

        checkpoint = try await place.open(keptStateEpochs: 1)
        store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        store.forget("counts", before: Epoch(2))
        for number in Int64(3)..<5 {
            let token = try await store.write(Epoch(number), ["counts": [Sums.rows("groups", [(1, 1 << number)])]])
            try await checkpoint.decide(decided(number, token, watermark: number))
            try await checkpoint.confirm(Epoch(number))
            let restored = try await RestoreLog.of(store, "counts")
            #expect(restored.sums.values == ["groups": [1: (2 << number) - 4]])
            #expect(restored.ends.map(\.epoch.number) == Array(2...number))
        }
        #expect(
            place.stateFiles == [
                "state/counts/changes-000000000002-0-groups.parquet",
                "state/counts/changes-000000000003-0-groups.parquet",
                "state/counts/changes-000000000004-0-groups.parquet",
            ])
        await checkpoint.close()
    }

    @Test func stateThatIsLetGoOfIsGone() async throws {
        let place = CheckpointPlaceForTests()
        let checkpoint = try await place.open()
        let store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        var token = try await store.write(Epoch(0), ["counts": [Sums.rows("groups", [(1, 1)])]])
        try await checkpoint.decide(decided(0, token))
        try await store.register([counts], dropping: ["counts"])
        #expect(try await RestoreLog.of(store, "counts").rowCount == 0)
        token = try await store.write(Epoch(1), ["counts": [Sums.rows("groups", [(1, 7)])]])
        try await checkpoint.decide(decided(1, token))
        try await checkpoint.confirm(Epoch(1))
        #expect(try await RestoreLog.of(store, "counts").sums.values == ["groups": [1: 7]])
        #expect(place.stateFiles == ["state/counts/changes-000000000001-0-groups.parquet"])
        await checkpoint.close()
    }

    @Test func strangeNamesStayInsideTheFolder() {
        var file = StateFile(
            operatorName: "../é", kind: .changes, table: "a/b", epoch: Epoch(7), groups: 0..<128, sequence: 0)
        #expect(file.path == "state/%2E.%2F%C3%A9/changes-000000000007-0-a%2Fb.parquet")
        file.operatorName = "spill"
        #expect(file.path.hasPrefix("state/%73pill/"))
    }

    @Test func aDamagedFileIsNamedAndGivesNoRows() async throws {
        let place = CheckpointPlaceForTests()
        var checkpoint = try await place.open()
        var store = try await FileStateStore.open(checkpoint) { _ in }
        try await store.register([counts], dropping: [])
        let pairs = (0..<200).map { (hash: Int64($0) << 56, value: Int64($0)) }
        let token = try await store.write(Epoch(0), ["counts": [Sums.rows("groups", pairs)]])
        try await checkpoint.decide(decided(0, token))
        await checkpoint.close()

        let path = place.path + "/" + (try #require(place.stateFiles.first))
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        var damages: [Data] = [Data(), good.prefix(good.count - 1), good + [0]]
        for position in stride(from: 0, to: good.count, by: 37) {
            var flipped = good
            flipped[position] ^= 0x10
            damages.append(flipped)
        }
        checkpoint = try await place.open()
        store = try await FileStateStore.open(checkpoint) { _ in }
        for damage in damages {
            try damage.write(to: URL(fileURLWithPath: path))
            let log = RestoreLog()
            var caught: PipelineError?
            do throws(PipelineError) {
                try await store.restore("counts") { record throws(PipelineError) in log.take(record) }
            } catch { caught = error }
            #expect(caught?.code == .corruptCheckpoint)
            #expect(caught?.places.contains(.init("file", path)) == true)
            #expect(log.content.withLock { $0.rowCount } == 0)
        }
        try FileManager.default.removeItem(atPath: path)
        var caught: PipelineError?
        do throws(PipelineError) { _ = try await RestoreLog.of(store, "counts") } catch { caught = error }
        #expect(caught?.what == "a state file is missing")
        try good.write(to: URL(fileURLWithPath: path))
        #expect(try await RestoreLog.of(store, "counts").rowCount == 200)
        await checkpoint.close()
    }

    @Test(arguments: 0..<24)
    func aCrashAtAnyStepLeavesTheStateOfTheLastDecidedEpoch(seed: Int) async throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        let place = CheckpointPlaceForTests()
        var (sums, next) = (Sums(), Int64(0))
        for _ in 0..<6 {
            let checkpoint = try await place.open(keptStateEpochs: Int64(seed % 3))
            let crash = Mutex<(FileStateStore.Step, Int)?>(
                (
                    FileStateStore.Step.allCases.randomElement(using: &numbers) ?? .beforeSlice,
                    Int.random(in: 0..<4, using: &numbers)
                ))
            let store = try await FileStateStore.open(checkpoint) { step throws(PipelineError) in
                let crashes = crash.withLock { crash in
                    guard let (at, left) = crash, at == step else { return false }
                    crash = (at, left - 1)
                    return left <= 0
                }
                if crashes { throw PipelineError(.interrupted, "crash at \(step)") }
            }
            try await store.register([counts], dropping: [])
            let known = try await checkpoint.run { connection throws(PipelineError) in
                Set(try StateQueries.files(withSuperseded: true, connection).map(\.path))
            }
            #expect(place.stateFiles == known)
            let restored = try await RestoreLog.of(store, "counts")
            #expect(restored.sums.values.mapValues { $0.filter { $0.value != 0 } } == sums.values)
            for _ in 0..<Int.random(in: 1..<8, using: &numbers) {
                let rows = ["left", "right"].map { table in
                    Sums.rows(
                        table,
                        (0..<Int.random(in: 1..<30, using: &numbers)).map { _ in
                            (
                                Int64.random(in: -8...8, using: &numbers) << 59 | 3,
                                Int64.random(in: 1..<9, using: &numbers)
                            )
                        })
                }
                var after = sums
                rows.forEach { after.add($0) }
                var token: StateToken?
                do throws(PipelineError) { token = try await store.write(Epoch(next), ["counts": rows]) } catch {}
                guard let token else { break }
                if Int.random(in: 0..<8, using: &numbers) == 0 { break }
                if Bool.random(using: &numbers) {
                    let width = 1 << Int.random(in: 4...7, using: &numbers)
                    let start = Int.random(in: 0..<(128 / width), using: &numbers) * width
                    store.snapshot(
                        Epoch(next), "counts", groups: start..<(start + width), after.snapshot(start..<(start + width)))
                    if Bool.random(using: &numbers) { await store.close() }
                }
                try await checkpoint.decide(decided(next, token))
                sums = after
                if Bool.random(using: &numbers) { try await checkpoint.confirm(Epoch(next)) }
                next += 1
            }
            await store.close()
            await checkpoint.close()
        }
    }
}
