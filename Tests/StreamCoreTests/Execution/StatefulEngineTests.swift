// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

/// The world that outlives an engine with one stateful operator.
private struct World {
    let source: MemorySource
    let sink = MemorySink()
    let letters = MemorySink()
    let checkpoint = MemoryCheckpoint()
    let store: MemoryStateStore
    let events = RecordedEvents()
    let clock = ManualClock()
    var workers = 3
    var delay: Int64 = 0
    var idleAfter: Int64?
    var limits = EpochLimits(records: 8)
    var trigger = Trigger.availableNow
    var finishesWindows = false

    init(_ partitions: [String: [Int64]], snapshotEvery: Int? = nil) {
        source = MemorySource(partitions, batchRows: 3)
        store = MemoryStateStore(checkpoint, snapshotEvery: snapshotEvery)
    }

    func engine(stop: StopSignal = StopSignal()) -> MicroBatchEngine {
        let rows: @Sendable ([DeadLetter], Epoch) -> ColumnBatch = { letters, _ in
            ColumnBatch(
                schema: Schema([Field("position", .bigint), Field("message", .string)]),
                columns: [
                    Column(.bigint, letters.map { .bigint($0.position.position) }),
                    Column(.string, letters.map { .string($0.message) }),
                ], rowCount: letters.count)
        }
        let watermark = WatermarkDeclaration(column: "value", delayMicros: delay, idleAfterMicros: idleAfter)
        var parts = EngineParts(
            pipeline: "p", pipelineHash: "h", trigger: trigger, limits: limits, workers: workers,
            sources: ["s": .init(source, watermark: watermark)], processor: Passthrough(),
            sinks: ["out": .init(sink, from: "o")],
            deadLetters: .init(letters, rows: rows, text: { _, _ in Buffer([]) }), checkpoint: checkpoint, clock: clock,
            events: events)
        parts.operators = [.init(CountPerTen(), inputs: ["s"], output: "o", origins: ["s"])]
        parts.stateStore = store
        parts.finishesWindows = finishesWindows
        return MicroBatchEngine(parts, stop: stop)
    }

    /// Runs with a sink that fails again and again and other numbers of workers, then to the end.
    mutating func runThroughFailures(_ generator: inout SeededNumbers) async {
        let faults: [MemorySink.Fault] = [.prepare, .publishBefore, .publishAfter]
        for _ in 0..<10 {
            sink.failNext(faults[Int(generator.next() % 3)])
            workers = [1, 2, 3, 7][Int(generator.next() % 4)]
            _ = try? await engine().run()
        }
        for _ in 0..<20 { if (try? await engine().run()) != nil { break } }
    }

    /// The windows in the sink: start and count.
    var windows: [Int64: Int64] {
        sink.rows.reduce(into: [:]) { windows, row in
            if case .bigint(let start) = row[0], case .bigint(let count) = row[1] {
                windows[start, default: 0] += count
            }
        }
    }
}

private func counted(_ values: [Int64]) -> [Int64: Int64] {
    values.reduce(into: [:]) { $0[$1 / 10 * 10, default: 0] += 1 }
}

struct StatefulEngineTests {
    private let rising = Array(Int64(0)..<95)

    @Test func aWindowComesOutOnceInTheEpochThatClosesIt() async throws {
        let world = World(["a": rising])
        _ = try await world.engine().run()
        #expect(world.windows == counted(Array(rising.filter { $0 < 90 })))
        #expect(world.sink.rows.count == 9)
        let last = try #require(world.events.progress.last)
        #expect(last.sources["s"]?.watermark == Watermark(micros: 94))
        #expect(last.operators["tens"]?.size.openWindows == 1)
        #expect(last.operators["tens"]?.watermark == Watermark(micros: 94))
    }

    @Test func openWindowsWaitForTheNextRunAndFinishClosesThem() async throws {
        var world = World(["a": rising])
        _ = try await world.engine().run()
        world.source.append([96, 97], to: "a")
        _ = try await world.engine().run()
        #expect(world.windows[90] == nil)
        world.finishesWindows = true
        _ = try await world.engine().run()
        #expect(world.windows == counted(rising + [96, 97]))
        world.source.append([98, 101], to: "a")
        _ = try await world.engine().run()
        #expect(world.letters.rows == [[.bigint(97), .string("98 is late")]])
        #expect(world.windows == counted(rising + [96, 97, 101]))
    }

    @Test func aLateRecordIsKeptAndTheOthersCount() async throws {
        let world = World(["a": Array(Int64(0)..<24) + [3, 25, 40]])
        _ = try await world.engine().run()
        #expect(world.letters.rows == [[.bigint(24), .string("3 is late")]])
        #expect(world.windows == [0: 10, 10: 10, 20: 5])
        #expect(world.events.progress.reduce(0) { $0 + ($1.operators["tens"]?.lateRows ?? 0) } == 1)
    }

    @Test func nothingOnTimeIsLateHoweverManyPartitionsAreReadSideBySide() async throws {
        var partitions: [String: [Int64]] = [:]
        for number in Int64(0)..<7 { partitions["p\(number)"] = (0..<60).map { $0 * 7 + number } }
        let world = World(partitions)
        _ = try await world.engine().run()
        #expect(world.letters.rows == [])
        let closed = world.events.progress.last?.operators["tens"]?.watermark.micros ?? 0
        #expect(closed >= 400)
        #expect(world.windows == counted(Array(Int64(0)..<420).filter { $0 / 10 * 10 + 10 <= closed }))
    }

    @Test func anIdlePartitionLetsGoOfTheWatermarkWithoutANewRecord() async throws {
        var world = World(["a": [1, 50], "b": [2]])
        world.idleAfter = 1_000_000
        world.trigger = .interval(micros: 100_000)
        let (stop, sink) = (StopSignal(), world.sink)
        let engine = world.engine(stop: stop)
        let watcher = Task {
            while sink.rows.isEmpty { await Task.yield() }
            stop.raise()
        }
        _ = try await engine.run()
        await watcher.value
        #expect(world.windows == [0: 2])
        #expect(world.events.progress.count == 2)
        #expect(world.events.progress[0].sources["s"]?.holder?.partition == SourcePartition("b"))
        #expect(world.events.progress[1].inputRows == 0)
        #expect(world.events.progress[1].sources["s"]?.watermark == Watermark(micros: 50))
    }

    @Test("after any failure, with other workers and snapshots, the windows are the same", arguments: UInt64(0)..<60)
    func failuresLoseAndDoubleNothing(seed: UInt64) async throws {
        var generator = SeededNumbers(seed: seed)
        var values: [String: [Int64]] = [:]
        for number in 0..<3 {
            values["p\(number)"] = (0..<80).map { Int64($0) * 3 + Int64(generator.next() % 9) }
        }
        var world = World(values, snapshotEvery: seed % 2 == 0 ? nil : 3)
        world.delay = 10
        world.finishesWindows = true
        await world.runThroughFailures(&generator)
        #expect(world.letters.rows == [])
        #expect(world.windows == counted(values.values.flatMap { $0 }))
        #expect(world.sink.rows.count == Set(world.windows.keys).count)
    }

    @Test("after any failure the same records are late", arguments: UInt64(0)..<40)
    func failuresDoNotDecideWhatIsLate(seed: UInt64) async throws {
        var generator = SeededNumbers(seed: seed)
        var values: [String: [Int64]] = [:]
        for number in 0..<2 {
            values["p\(number)"] = (0..<80).map { Int64($0) * 3 - Int64(generator.next() % 60) }
        }
        var undisturbed = World(values)
        undisturbed.finishesWindows = true
        _ = try await undisturbed.engine().run()
        #expect(undisturbed.letters.rows.count > 5)

        var world = World(values, snapshotEvery: seed % 2 == 0 ? nil : 3)
        world.finishesWindows = true
        await world.runThroughFailures(&generator)
        #expect(world.windows == undisturbed.windows)
        let order: (MemorySink) -> [String] = { $0.rows.map { "\($0)" }.sorted() }
        #expect(order(world.letters) == order(undisturbed.letters))
    }

    @Test func stateThatOnlyTheLostCheckpointHadIsNotMadeUp() async throws {
        let world = World(["a": rising])
        _ = try await world.engine().run()
        let other = World(["a": rising])
        var parts = EngineParts(
            pipeline: "p", pipelineHash: "h", trigger: .availableNow, workers: 1,
            sources: ["s": .init(world.source)], processor: Passthrough(), sinks: ["out": .init(world.sink, from: "o")],
            deadLetters: nil, checkpoint: other.checkpoint, clock: world.clock, events: world.events)
        parts.operators = [.init(CountPerTen(), inputs: ["s"], output: "o", origins: ["s"])]
        parts.stateStore = other.store
        let engine = MicroBatchEngine(parts, stop: StopSignal())
        let error = await #expect(throws: PipelineError.self) { try await engine.run(recoverFromTable: true) }
        #expect(error?.code == .stateLoss)
    }
}
