// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import Sinks
import StreamCore
import StreamTesting
import Testing

/// Upserts and overwrites over a store that fails at every call in turn: whatever dies, the table is as if nothing had.
struct UpsertRecoveryTests {
    private typealias Row = UpsertBench.Row

    private struct Decided {
        var epoch: Int64 = -1
        var token = SinkToken("")
    }

    private static let epochs: [[Row]] = [
        [Row(device: "a", day: 1, value: 1), Row(device: "b", day: 1, value: 1), Row(device: "c", day: 2, value: 1)],
        [Row(device: "b", day: 1, value: 2), Row(device: "d", day: 2, value: 2)],
        [Row(device: "b", day: 1, value: 3), Row(device: "c", day: 2, value: 3)],
    ]

    private func run(_ sink: DeltaSink, _ decided: inout Decided) async throws(PipelineError) {
        _ = try await sink.recover()
        if decided.epoch >= 0 {
            _ = try await sink.publish(
                Epoch(decided.epoch), decided.token, provenance: SinkBench.provenance(decided.epoch))
        }
        while decided.epoch + 1 < Int64(Self.epochs.count) {
            let epoch = decided.epoch + 1
            let token = try await SinkBench.prepare(sink, epoch, [[UpsertBench.batch(Self.epochs[Int(epoch)])]])
            decided = Decided(epoch: epoch, token: token)
            _ = try await sink.publish(Epoch(epoch), token, provenance: SinkBench.provenance(epoch))
        }
    }

    private static func expected(_ mode: DeltaSinkOptions.Mode) -> [Row] {
        mode == .complete
            ? epochs[2]
            : [
                Row(device: "a", day: 1, value: 1), Row(device: "b", day: 1, value: 3),
                Row(device: "c", day: 2, value: 3), Row(device: "d", day: 2, value: 2),
            ]
    }

    @Test(
        "a crash before or after each call to the store", arguments: [DeltaSinkOptions.Mode.upsert, .complete],
        [FaultyObjectStore.Fault.crashBefore, .crashAfter])
    func theTableIsExactWhereverTheProcessDies(
        mode: DeltaSinkOptions.Mode, fault: FaultyObjectStore.Fault
    ) async throws {
        var number = 0
        var finished = false
        while !finished {
            let memory = MemoryObjectStore()
            let dead = number
            let store = FaultyObjectStore(memory) { call, _, _ in call == dead ? fault : nil }
            var decided = Decided()
            let sink = UpsertBench(store).sink(mode, partitionBy: ["day"])
            do throws(PipelineError) {
                try await run(sink, &decided)
                finished = store.callCount <= dead
            } catch {
                #expect(error.code == .interrupted, "call \(dead): \(error)")
            }
            await sink.close()
            let bench = UpsertBench(memory)
            try await run(bench.sink(mode, partitionBy: ["day"]), &decided)
            #expect(try await bench.sortedRows() == Self.expected(mode), "crash at call \(dead)")
            let snapshot = try await bench.bench.snapshot()
            #expect(snapshot.version == TableVersion(3), "crash at call \(dead)")
            // Nothing that is live was ever deleted, and nothing is deleted at all.
            #expect(snapshot.files.allSatisfy { memory.keys.contains($0.path) })
            number += 1
        }
        #expect(number > 40)
    }

    @Test(
        "an unknown outcome at each call to the store",
        arguments: [FaultyObjectStore.Fault.loseAnswer, .loseRequest, .refuse(.storageFailed)])
    func theTableIsExactWhateverAnswersAreLost(fault: FaultyObjectStore.Fault) async throws {
        var number = 0
        var finished = false
        while !finished {
            let memory = MemoryObjectStore()
            let lost = number
            let store = FaultyObjectStore(memory) { call, _, _ in call == lost ? fault : nil }
            var decided = Decided()
            let bench = UpsertBench(store)
            do throws(PipelineError) {
                try await run(bench.sink(partitionBy: ["day"]), &decided)
            } catch {
                #expect(error.retry == .withBackoff, "call \(lost): \(error)")
                try await run(bench.sink(partitionBy: ["day"]), &decided)
            }
            finished = store.callCount <= lost
            #expect(try await UpsertBench(memory).sortedRows() == Self.expected(.upsert), "call \(lost)")
            number += 1
        }
    }
}
