// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

/// The world that outlives an engine: what is durable in a real run.
private struct World {
    var source = MemorySource(["a": Array(0..<50), "b": Array(100..<130), "c": []])
    let first = MemorySink()
    let second = MemorySink()
    let letters = MemorySink()
    let checkpoint: any CheckpointStore = MemoryCheckpoint()
    let events = RecordedEvents()
    var trigger = Trigger.availableNow
    var limits = EpochLimits(records: 20)
    var rejecting: Int64?
    var onMalformed = SourceDeclaration.MalformedAction.deadLetter
    var keepsLetters = true
    let expected = Array(Int64(0)..<50) + Array(Int64(100)..<130)

    func engine(stop: StopSignal = StopSignal(), checkpoint: (any CheckpointStore)? = nil) -> MicroBatchEngine {
        let rows: @Sendable ([DeadLetter], Epoch) -> ColumnBatch = { letters, _ in
            ColumnBatch(
                schema: Schema([Field("position", .bigint), Field("stage", .string), Field("raw", .string)]),
                columns: [
                    Column(.bigint, letters.map { .bigint($0.position.position) }),
                    Column(.string, letters.map { .string($0.stage) }),
                    Column(.string, letters.map { .string($0.raw.text) }),
                ], rowCount: letters.count)
        }
        return MicroBatchEngine(
            EngineParts(
                pipeline: "p", pipelineHash: "h", trigger: trigger, limits: limits, workers: 3,
                sources: ["s": .init(source, onMalformed: onMalformed)], processor: Passthrough(rejecting: rejecting),
                sinks: ["first": .init(first, from: "s"), "second": .init(second, from: "s")],
                deadLetters: keepsLetters ? .init(letters, rows: rows, text: { _, _ in Buffer([]) }) : nil,
                checkpoint: checkpoint ?? self.checkpoint, clock: ManualClock(), events: events), stop: stop)
    }
}

struct MicroBatchEngineTests {
    @Test func availableNowReadsEverythingInBoundedEpochsOnce() async throws {
        let world = World()
        let summary = try await world.engine().run()
        #expect(summary == .init(epochs: 4, inputRows: 80))
        #expect(world.first.sortedValues == world.expected)
        #expect(world.second.sortedValues == world.expected)
        #expect(world.first.epochs == [Epoch(0), Epoch(1), Epoch(2), Epoch(3)])
        #expect(world.source.releasedOffsets == [SourcePartition("a"): Offset(50), SourcePartition("b"): Offset(30)])
    }

    @Test func aSecondRunFindsNothingAndWritesNothing() async throws {
        let world = World()
        _ = try await world.engine().run()
        let calls = world.first.publishCalls
        #expect(try await world.engine().run() == .init(epochs: 0, inputRows: 0))
        #expect(world.first.publishCalls == calls)
    }

    @Test func onceRunsOneEpochWithinTheUsersBound() async throws {
        var world = World()
        world.trigger = .once
        #expect(try await world.engine().run() == .init(epochs: 1, inputRows: 20))
        #expect(try await world.engine().run() == .init(epochs: 1, inputRows: 20))
    }

    @Test func anIntervalRunEndsAfterItsEpochWhenStopped() async throws {
        var world = World()
        world.trigger = .interval(micros: 0)
        let stop = StopSignal()
        stop.raise()
        #expect(try await world.engine(stop: stop).run() == .init(epochs: 0, inputRows: 0))
    }

    @Test func anUnknownOutcomeIsSettledByPublishingAgain() async throws {
        let world = World()
        world.first.failNext(.publishAfter)
        _ = try await world.engine().run()
        #expect(world.first.sortedValues == world.expected)
        #expect(world.events.notes.contains { $0.contains("publishing epoch 0 again") })
    }

    @Test("after any failure the next run completes each table exactly", arguments: UInt64(0)..<40)
    func failuresLoseAndDoubleNothing(seed: UInt64) async throws {
        var generator = SeededNumbers(seed: seed)
        let world = World()
        let faults: [MemorySink.Fault] = [.prepare, .publishBefore, .publishAfter]
        for _ in 0..<12 {
            let sink = [world.first, world.second][Int(generator.next() % 2)]
            sink.failNext(faults[Int(generator.next() % 3)])
            _ = try? await world.engine().run()
        }
        for _ in 0..<20 { if (try? await world.engine().run()) != nil { break } }
        #expect(world.first.sortedValues == world.expected)
        #expect(world.second.sortedValues == world.expected)
    }

    @Test func aLostCheckpointIsRefusedThenRecoveredFromTheSinks() async throws {
        let world = World()
        _ = try await world.engine().run()
        world.source.append([50, 51], to: "a")
        let empty = MemoryCheckpoint()
        await #expect(throws: PipelineError.self) { try await world.engine(checkpoint: empty).run() }
        let summary = try await world.engine(checkpoint: empty).run(recoverFromTable: true)
        // The dead-letter sink is empty, so it may have missed epoch 3, which is read again and skipped by the others.
        #expect(summary == .init(epochs: 2, inputRows: 22))
        #expect(world.first.sortedValues == (world.expected + [50, 51]).sorted())
        #expect(world.second.sortedValues == (world.expected + [50, 51]).sorted())
    }

    @Test func recoveryCompletesTheSinkThatTheLastEpochDidNotReach() async throws {
        var world = World()
        world.limits = EpochLimits(records: 40)
        world.second.failNext(.publishBefore)
        await #expect(throws: PipelineError.self) { try await world.engine().run() }
        #expect(world.first.epochs == [Epoch(0)])
        #expect(world.second.epochs == [])
        let empty = MemoryCheckpoint()
        _ = try await world.engine(checkpoint: empty).run(recoverFromTable: true)
        #expect(world.first.sortedValues == world.expected)
        #expect(world.second.sortedValues == world.expected)
    }

    @Test func malformedAndRefusedRecordsAreKeptOnceWithTheirOrigin() async throws {
        var world = World()
        world.source = MemorySource(["a": [1, -2, 3, 4]])
        world.rejecting = 4
        _ = try await world.engine().run()
        #expect(world.first.sortedValues == [1, 3])
        #expect(
            world.letters.rows == [
                [.bigint(1), .string("decode"), .string("-2")], [.bigint(3), .string("t"), .string("4")],
            ])
        #expect(world.events.progress.first?.sources["s"]?.malformed == 1)
    }

    @Test func onMalformedFailStopsTheRunAndNamesTheRecord() async throws {
        var world = World()
        world.source = MemorySource(["a": [1, -2, 3]])
        world.onMalformed = .fail
        let error = await #expect(throws: PipelineError.self) { try await world.engine().run() }
        #expect(error?.code == .malformedRecord)
        #expect(error?.places == [.init("source", "s"), .init("partition", "a"), .init("offset", "1")])
        #expect(world.first.rows == [])
    }

    @Test func withoutADeadLetterSinkAMalformedRecordStopsTheRun() async throws {
        var world = World()
        world.source = MemorySource(["a": [-1]])
        world.keepsLetters = false
        let error = await #expect(throws: PipelineError.self) { try await world.engine().run() }
        #expect(error?.hint.contains("deadLetters") == true)
    }

    @Test func droppedRecordsAreCounted() async throws {
        var world = World()
        world.source = MemorySource(["a": [1, -2, -3]])
        world.onMalformed = .drop
        _ = try await world.engine().run()
        #expect(world.events.progress.first?.sources["s"]?.dropped == 2)
        #expect(world.letters.rows == [])
        #expect(world.first.sortedValues == [1])
    }
}
