// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import StreamTesting
import Synchronization
import Testing

/// A stop that is asked for while a sink waits for a place that does not answer.
struct StopWhileSinksWaitTests {
    /// A sink that waits in one of its calls until its task is cancelled.
    private final class WaitingSink: Sink {
        enum Call: Sendable { case prepare, publish, none }

        let inner = MemorySink()
        private let waitsIn: Mutex<Call>
        private let code: PipelineError.Code
        private let onWait: @Sendable () -> Void

        init(waitsIn call: Call, code: PipelineError.Code, onWait: @escaping @Sendable () -> Void) {
            waitsIn = Mutex(call)
            self.code = code
            self.onWait = onWait
        }

        func heal() { waitsIn.withLock { $0 = .none } }

        private func wait(in call: Call) async throws(PipelineError) {
            guard waitsIn.withLock({ $0 == call }) else { return }
            onWait()
            while !Task.isCancelled { await Task.yield() }
            throw PipelineError(code, "nobody answers")
        }

        func recover() async throws(PipelineError) -> SinkPosition { try await inner.recover() }
        func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter { try inner.makeWriter(for: epoch) }
        func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
            try await wait(in: .prepare)
            return try await inner.prepare(epoch, writers: writers)
        }
        func publish(
            _ epoch: Epoch, _ token: SinkToken, provenance: Provenance
        ) async throws(PipelineError) -> PublishOutcome {
            try await wait(in: .publish)
            return try await inner.publish(epoch, token, provenance: provenance)
        }
        func close() async {}
    }

    private struct World {
        let source = MemorySource(["a": Array(0..<10)])
        let quick = MemorySink()
        let checkpoint = MemoryCheckpoint()
        let events = RecordedEvents()

        func engine(_ sink: WaitingSink, stop: StopSignal) -> MicroBatchEngine {
            MicroBatchEngine(
                EngineParts(
                    pipeline: "p", pipelineHash: "h", trigger: .availableNow, workers: 1,
                    sources: ["s": .init(source)], processor: Passthrough(),
                    sinks: ["slow": .init(sink, from: "s"), "quick": .init(quick, from: "s")], deadLetters: nil,
                    checkpoint: checkpoint, clock: ManualClock(), events: events), stop: stop)
        }
    }

    @Test(arguments: [PipelineError.Code.interrupted, .sinkUnavailable, .outcomeUnknown])
    func anEpochThatIsDecidedIsLeftToTheNextRun(code: PipelineError.Code) async throws {
        let world = World()
        let stop = StopSignal()
        let sink = WaitingSink(waitsIn: .publish, code: code) { stop.raise() }
        #expect(try await world.engine(sink, stop: stop).run() == .init(epochs: 0, inputRows: 0))
        #expect(world.checkpoint.current.decided?.epoch == Epoch(0))
        #expect(!world.checkpoint.current.confirmed)
        #expect(world.quick.sortedValues == Array(0..<10))
        #expect(
            world.events.notes.contains {
                $0.hasPrefix("warning engine: stopped while waiting")
                    && $0.contains("epoch 0 is decided, but not in every sink yet; the next run publishes it")
            }, "\(world.events.notes)")
        // So may the next one, which finds the epoch when it starts.
        let again = StopSignal()
        let still = WaitingSink(waitsIn: .publish, code: code) { again.raise() }
        #expect(try await world.engine(still, stop: again).run() == .init(epochs: 0, inputRows: 0))
        #expect(!world.checkpoint.current.confirmed)
        sink.heal()
        _ = try await world.engine(sink, stop: StopSignal()).run()
        #expect(world.checkpoint.current.confirmed)
        #expect(sink.inner.sortedValues == Array(0..<10))
        #expect(world.quick.sortedValues == Array(0..<10))
    }

    @Test func anEpochThatIsNotDecidedIsReadAgain() async throws {
        let world = World()
        let stop = StopSignal()
        let sink = WaitingSink(waitsIn: .prepare, code: .interrupted) { stop.raise() }
        #expect(try await world.engine(sink, stop: stop).run() == .init(epochs: 0, inputRows: 0))
        #expect(world.checkpoint.current.decided == nil)
        #expect(world.events.notes.contains { $0.contains("epoch 0 is not decided; the next run reads it again") })
        sink.heal()
        #expect(try await world.engine(sink, stop: StopSignal()).run() == .init(epochs: 1, inputRows: 10))
        #expect(sink.inner.sortedValues == Array(0..<10))
        #expect(world.quick.sortedValues == Array(0..<10))
    }

    @Test func whatARepetitionCannotCureIsStillAFailure() async throws {
        let world = World()
        let stop = StopSignal()
        let sink = WaitingSink(waitsIn: .publish, code: .fenced) { stop.raise() }
        let error = await #expect(throws: PipelineError.self) { _ = try await world.engine(sink, stop: stop).run() }
        #expect(error?.code == .fenced)
    }
}
