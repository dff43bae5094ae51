// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import StreamTesting
import Testing

@testable import Sources

struct FilePiecesTests {
    /// What a range gives: rows and malformed records with their positions.
    private struct Given: Equatable {
        var rows: [[Value]] = []
        var malformed: [Int64] = []
    }

    private func read(_ fixture: FilesFixture, _ ranges: [OffsetRange], of name: String) async throws -> Given {
        var given = Given()
        for range in ranges {
            for batch in try await fixture.read([SourcePartition(fixture.path(name)): range]) {
                given.rows += batch.rows.rows
                given.malformed += batch.malformed.map { batch.records.positions[$0.recordIndex] }
            }
        }
        return given
    }

    /// Cuts the file in all ways that give up to 40 pieces, and expects what the whole gives.
    private func expectSame(_ fixture: FilesFixture, _ name: String, text: String, cuts expected: Bool = true)
        async throws
    {
        fixture.declaration.metadataColumns = [Field("_offset", .bigint)]
        try fixture.write(name, text)
        let partition = SourcePartition(fixture.path(name))
        let ranges = try await fixture.source().plan(after: [:], limits: FilesSourceTests.everything)
        let whole = try #require(ranges[partition])
        let once = try await read(fixture, [whole], of: name)
        var most = 0
        for count in 1...40 {
            let pieces = try fixture.source().pieces(of: whole, in: partition, atMost: count, minimumBytes: 1)
            #expect(pieces.first?.start == whole.start)
            #expect(pieces.last?.end == whole.end)
            #expect(pieces.count <= count)
            most = max(most, pieces.count)
            #expect(try await read(fixture, pieces, of: name) == once)
        }
        #expect((most > 1) == expected)
    }

    @Test(arguments: ["\n", "\r\n", "\n\n\n"]) func linesOfJSON(lineEnd: String) async throws {
        let lines = (0..<60).map { $0 % 7 == 3 ? "{broken \($0)" : "{\"n\":\($0)}" }
        try await expectSame(FilesFixture(), "a.json", text: lines.joined(separator: lineEnd))
        try await expectSame(FilesFixture(), "a.json", text: "\u{FEFF}" + lines.joined(separator: lineEnd) + lineEnd)
    }

    @Test func oneLongLineIsNotCut() async throws {
        try await expectSame(FilesFixture(), "a.json", text: "{\"n\":1, \"x\":\"" + text(1000) + "\"}\n", cuts: false)
    }

    @Test func csvWithAHeader() async throws {
        try await expectSame(csv(), "a.csv", text: "n,s\n" + (0..<60).map { "\($0),s\($0)\n" }.joined())
    }

    @Test func csvBeforeItsFirstQuote() async throws {
        let plain = (0..<60).map { "\($0),s\($0)\n" }.joined()
        let quoted = (60..<90).map { "\($0),\"a\n\($0)\"\n" }.joined()
        try await expectSame(csv(), "a.csv", text: "n,s\n" + plain + quoted + plain)
        try await expectSame(csv(), "a.csv", text: "n,\"s\"\n" + plain, cuts: false)
    }

    @Test func compressedFilesAreNotCut() async throws {
        let fixture = FilesFixture()
        let range = OffsetRange(start: Offset(0), end: Offset(100))
        let partition = SourcePartition(fixture.path("a.json.gz"))
        #expect(try fixture.source().pieces(of: range, in: partition, atMost: 9, minimumBytes: 1) == [range])
    }

    @Test func aFileThatIsGoneIsLeftToTheReader() async throws {
        let fixture = FilesFixture()
        let range = OffsetRange(start: Offset(0), end: Offset(100))
        let partition = SourcePartition(fixture.path("a.json"))
        #expect(try fixture.source().pieces(of: range, in: partition, atMost: 9, minimumBytes: 1) == [range])
    }

    @Test func piecesHaveAMebibyteOrMore() async throws {
        let fixture = FilesFixture()
        let line = "{\"n\":1, \"x\":\"" + text(1000) + "\"}\n"
        try fixture.write("a.json", String(repeating: line, count: 9_000))
        let size = Int64(line.utf8.count * 9_000)
        let whole = OffsetRange(start: Offset(0), end: Offset(size))
        let pieces = try await fixture.source().pieces(
            of: whole, in: SourcePartition(fixture.path("a.json")), atMost: 100)
        #expect(pieces.count == Int(size >> 20))
        #expect(pieces.allSatisfy { $0.count >= 1 << 20 && $0.count < 5 << 18 })
    }

    @Test func anEpochOfOneFileIsReadByAllWorkers() async throws {
        let fixture = FilesFixture()
        let padding = text(1000)
        try fixture.write("a.json", (0..<20_000).map { "{\"n\":\($0), \"x\":\"\(padding)\"}\n" }.joined())
        let sink = MemorySink()
        let engine = MicroBatchEngine(
            EngineParts(
                pipeline: "p", pipelineHash: "h", trigger: .availableNow, workers: 3,
                sources: ["in": .init(try fixture.source())], processor: Passthrough(),
                sinks: ["out": .init(sink, from: "in")], deadLetters: nil, checkpoint: MemoryCheckpoint(),
                clock: ManualClock(), events: fixture.events), stop: StopSignal())
        #expect(try await engine.run() == .init(epochs: 1, inputRows: 20_000))
        #expect(sink.sortedValues == Array(0..<20_000))
        let size = try #require(try FileStatus(path: fixture.path("a.json"))).byteCount
        let range = fixture.events.progress[0].sources["in"]?.ranges[SourcePartition(fixture.path("a.json"))]
        #expect(range?.start == Offset(0))
        #expect(range?.end.position == size)
    }

    private func csv() -> FilesFixture {
        var options = CSVFormatOptions()
        options.header = true
        return FilesFixture(schema: [Field("n", .bigint), Field("s", .string)], format: .csv(options))
    }

    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }
}
