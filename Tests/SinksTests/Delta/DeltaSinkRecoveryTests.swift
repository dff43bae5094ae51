// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import Sinks
import StreamCore
import StreamTesting
import Testing

/// A pipeline in miniature over a store that fails: three epochs, each prepared once it is not decided, and published until it is.
struct DeltaSinkRecoveryTests {
    private static let epochs = Int64(0)..<3

    /// What a checkpoint remembers of the last decided epoch.
    private struct Decided {
        var epoch: Int64 = -1
        var token = SinkToken("")
    }

    /// Runs until the end or the first error, as one process would.
    private func run(_ sink: DeltaSink, _ decided: inout Decided) async throws(PipelineError) {
        _ = try await sink.recover()
        if decided.epoch >= 0 {
            _ = try await sink.publish(
                Epoch(decided.epoch), decided.token, provenance: SinkBench.provenance(decided.epoch))
        }
        while decided.epoch + 1 < Self.epochs.upperBound {
            let epoch = decided.epoch + 1
            let first = Int(epoch) * 10
            let token = try await SinkBench.prepare(
                sink, epoch, [[SinkBench.batch(first..<first + 6)], [SinkBench.batch(first + 6..<first + 10)]])
            decided = Decided(epoch: epoch, token: token)
            _ = try await sink.publish(Epoch(epoch), token, provenance: SinkBench.provenance(epoch))
        }
    }

    @Test(
        "a crash before or after each call to the store",
        arguments: [FaultyObjectStore.Fault.crashBefore, .crashAfter])
    func everyRowIsThereOnceWhereverTheProcessDies(fault: FaultyObjectStore.Fault) async throws {
        var dead = 0
        var finished = false
        while !finished {
            let memory = MemoryObjectStore()
            let number = dead
            let store = FaultyObjectStore(memory) { call, _, _ in call == number ? fault : nil }
            var decided = Decided()
            let sink = SinkBench(store).sink()
            do throws(PipelineError) {
                try await run(sink, &decided)
                finished = store.callCount <= number
            } catch {
                #expect(error.code == .interrupted, "call \(number): \(error)")
            }
            await sink.close()

            let bench = SinkBench(memory)
            try await run(bench.sink(), &decided)
            #expect(try await bench.rowCount() == 30, "crash at call \(number)")
            #expect(try await bench.snapshot().txns["millrace:p:out"]?.version == 2, "crash at call \(number)")
            dead += 1
        }
        #expect(dead > 30)
    }

    @Test(
        "an unknown outcome at each call to the store, tried again by the engine",
        arguments: [FaultyObjectStore.Fault.loseAnswer, .loseRequest, .refuse(.storageFailed)])
    func everyRowIsThereOnceWhateverAnswersAreLost(fault: FaultyObjectStore.Fault) async throws {
        var lost = 0
        var finished = false
        while !finished {
            let memory = MemoryObjectStore()
            let number = lost
            let store = FaultyObjectStore(memory) { call, _, _ in call == number ? fault : nil }
            var decided = Decided()
            let bench = SinkBench(store)
            do throws(PipelineError) {
                try await run(bench.sink(), &decided)
            } catch {
                #expect(error.retry == .withBackoff, "call \(number): \(error)")
                try await run(bench.sink(), &decided)
            }
            finished = store.callCount <= number
            #expect(try await SinkBench(memory).rowCount() == 30, "call \(number)")
            lost += 1
        }
    }
}
