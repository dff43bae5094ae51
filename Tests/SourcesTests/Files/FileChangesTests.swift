// SPDX-License-Identifier: Apache-2.0
import Columnar
import FoundationEssentials
import Sources
import StreamCore
import StreamTesting
import Synchronization
import Testing

/// An engine over a folder with a clock that never moves: what it reads it was told of by the system.
@Suite(.timeLimit(.minutes(10)))
struct FileChangesTests {
    /// Runs an engine; does each step when the engine waits, and goes on when the values have arrived.
    private func run(
        _ fixture: FilesFixture, _ steps: [(does: () throws -> Void, gives: [Int64])]
    ) async throws {
        let (clock, stop, sink, wake) = (StoppedClock(), StopSignal(), MemorySink(), WakeSignal())
        let source = try FilesSource(
            name: "in", options: fixture.options, declaration: fixture.declaration, clock: clock,
            events: fixture.events, wake: wake)
        let engine = MicroBatchEngine(
            EngineParts(
                pipeline: "p", pipelineHash: "h", trigger: .interval(micros: 0), workers: 1,
                sources: ["in": .init(source)], processor: Passthrough(), sinks: ["out": .init(sink, from: "in")],
                deadLetters: nil, checkpoint: MemoryCheckpoint(), clock: clock, events: fixture.events, wake: wake),
            stop: stop)
        let running = Task { try await engine.run() }
        var waits = clock.sleeps.makeAsyncIterator()
        _ = await waits.next()
        for step in steps {
            try step.does()
            while sink.sortedValues != step.gives { _ = await waits.next() }
        }
        stop.raise()
        _ = try await running.value
    }

    @Test func aFileThatIsWrittenIsReadWithoutATimeGoingBy() async throws {
        let fixture = FilesFixture()
        try await run(
            fixture,
            [
                ({ try fixture.write("a.json", "{\"n\":1}\n") }, [1]),
                ({ try fixture.write("b.json", "{\"n\":2}\n") }, [1, 2]),
                ({ try fixture.append("a.json", "{\"n\":3}\n") }, [1, 2, 3]),
            ])
    }

    @Test func aFileThatIsRenamedIntoTheFolderIsRead() async throws {
        let fixture = FilesFixture()
        try await run(
            fixture,
            [
                ({ try fixture.write("_a.json", "{\"n\":1}\n") }, []),
                ({ try fixture.move("_a.json", to: "a.json") }, [1]),
            ])
    }

    @Test func aFolderThatIsMadeAndThenFilledIsRead() async throws {
        let fixture = FilesFixture()
        fixture.options.recursive = true
        try await run(
            fixture,
            [
                ({ try fixture.makeFolder("day/hour") }, []),
                ({ try fixture.write("day/hour/a.json", "{\"n\":1}\n") }, [1]),
                ({ try fixture.write("day/b.json", "{\"n\":2}\n") }, [1, 2]),
                ({ try fixture.write("other/deep/c.json", "{\"n\":3}\n") }, [1, 2, 3]),
                ({ try fixture.move("day", to: "night") }, [1, 1, 2, 2, 3]),
                ({ try fixture.write("night/hour/d.json", "{\"n\":4}\n") }, [1, 1, 2, 2, 3, 4]),
            ])
    }

    @Test func aPatternTakesOnlyWhatMatches() async throws {
        let fixture = FilesFixture()
        fixture.options.path = fixture.path("*/in/*.json")
        try await run(
            fixture,
            [
                ({ try fixture.write("x/in/a.json", "{\"n\":1}\n") }, [1]),
                ({ try fixture.write("x/out/b.json", "{\"n\":2}\n") }, [1]),
                ({ try fixture.write("x/in/c.csv", "{\"n\":3}\n") }, [1]),
                ({ try fixture.write("x/in/d.json", "{\"n\":4}\n") }, [1, 4]),
                ({ try fixture.write("y/in/e.json", "{\"n\":5}\n") }, [1, 4, 5]),
            ])
    }

    @Test func oneNamedFileIsFollowed() async throws {
        let fixture = FilesFixture()
        try fixture.write("log", "{\"n\":1}\n")
        fixture.options.path = fixture.path("log")
        try await run(
            fixture,
            [
                ({ try fixture.append("log", "{\"n\":2}\n{\"n\"") }, [1, 2]),
                ({ try fixture.write("other", "{\"n\":9}\n") }, [1, 2]),
                ({ try fixture.append("log", ":3}\n") }, [1, 2, 3]),
            ])
    }

    @Test func aFolderThatWentAndCameAgainIsRead() async throws {
        let fixture = FilesFixture()
        try fixture.makeFolder("in")
        fixture.options.path = fixture.path("in")
        try fixture.write("in/a.json", "{\"n\":1}\n")
        _ = try await fixture.epoch()
        try fixture.move("in", to: "gone")
        #expect(try await fixture.values() == [])
        #expect(fixture.events.notes.map { $0.hasSuffix("waiting for it") } == [true])
        try fixture.write("in/b.json", "{\"n\":2}\n")
        #expect(try await fixture.values() == bigints([2]))
        try fixture.write("in/c.json", "{\"n\":3}\n")
        #expect(try await fixture.values() == bigints([3]))
    }
}
