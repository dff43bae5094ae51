// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import FoundationEssentials
import Sinks
import StreamCore
import StreamTesting
import Testing

struct FilesSinkTests {
    private let folder = TemporaryFolder()
    private static let schema = Schema([Field("n", .bigint, nullable: false), Field("s", .string)])

    private func sink(_ format: FilesSinkOptions.Format = .json) throws -> FilesSink {
        var options = FilesSinkOptions(path: folder.path + "/out")
        options.format = format
        let declaration = SinkDeclaration(
            name: "out", from: "rows", schema: Self.schema, connector: .files(options))
        return try FilesSink(declaration: declaration, options: options, pipeline: "p")
    }

    private func batch(_ numbers: [Int64]) -> ColumnBatch {
        ColumnBatch(
            schema: Self.schema,
            columns: [
                Column(.bigint, numbers.map { .bigint($0) }), Column(.string, numbers.map { .string("row \($0)") }),
            ], rowCount: numbers.count)
    }

    private func provenance(_ epoch: Int64) -> Provenance {
        Provenance(
            pipeline: "p", pipelineHash: "h", epoch: Epoch(epoch),
            offsets: ["in": [SourcePartition("a"): Offset(epoch * 10)]],
            starts: ["in": [SourcePartition("a"): Offset(0)]])
    }

    private func prepare(_ sink: FilesSink, _ epoch: Int64, _ shares: [[Int64]]) async throws -> SinkToken {
        var writers: [any SinkWriter] = []
        for share in shares {
            let writer = try sink.makeWriter(for: Epoch(epoch))
            try writer.append(batch(share))
            writers.append(writer)
        }
        return try await sink.prepare(Epoch(epoch), writers: writers)
    }

    /// The names of the visible files.
    private var files: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/out")) ?? []
        return names.filter { !$0.hasPrefix("_") && !$0.hasPrefix(".") }.sorted()
    }

    private var lines: [String] {
        files.flatMap { name -> [String] in
            let data = (try? Data(contentsOf: URL(filePath: folder.path + "/out/" + name))) ?? Data()
            return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func nothingIsVisibleBeforePublishing() async throws {
        let sink = try sink()
        #expect(try await sink.recover() == .empty)
        let token = try await prepare(sink, 0, [[1, 2], [], [3]])
        #expect(files == [])
        #expect(try await sink.publish(Epoch(0), token, provenance: provenance(0)) == .published(version: nil))
        #expect(files.count == 2)
        #expect(lines == [#"{"n":1,"s":"row 1"}"#, #"{"n":2,"s":"row 2"}"#, #"{"n":3,"s":"row 3"}"#])
    }

    @Test func publishingAgainChangesNothing() async throws {
        let first = try sink()
        let token = try await prepare(first, 0, [[1]])
        _ = try await first.publish(Epoch(0), token, provenance: provenance(0))
        let before = files
        #expect(try await first.publish(Epoch(0), token, provenance: provenance(0)) == .alreadyPublished)
        let second = try sink()
        #expect(try await second.publish(Epoch(0), token, provenance: provenance(0)) == .published(version: nil))
        #expect(try await second.recover() == .published(Epoch(0), provenance(0)))
        #expect(files == before)
    }

    @Test func aPublicationThatWasBrokenOffIsCompleted() async throws {
        let first = try sink()
        let token = try await prepare(first, 0, [[1], [2]])
        // One file had been moved when the process died.
        let staging = folder.path + "/out/_millrace/staging/"
        let staged = try FileManager.default.contentsOfDirectory(atPath: staging).sorted()
        let name = try #require(staged[0].split(separator: ".", maxSplits: 3).last)
        try FileManager.default.moveItem(atPath: staging + staged[0], toPath: folder.path + "/out/" + name)
        let second = try sink()
        #expect(try await second.recover() == .empty)
        _ = try await second.publish(Epoch(0), token, provenance: provenance(0))
        #expect(lines.sorted() == [#"{"n":1,"s":"row 1"}"#, #"{"n":2,"s":"row 2"}"#])
        #expect(try await second.recover() == .published(Epoch(0), provenance(0)))
    }

    @Test func stagedFilesOfUndecidedEpochsGoOnceTheyAreBehind() async throws {
        let first = try sink()
        _ = try await prepare(first, 0, [[1]])
        let second = try sink()
        let token = try await prepare(second, 0, [[1]])
        _ = try await second.publish(Epoch(0), token, provenance: provenance(0))
        let next = try await prepare(second, 1, [[2]])
        _ = try await second.publish(Epoch(1), next, provenance: provenance(1))
        _ = try await sink().recover()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out/_millrace/staging") == [])
        #expect(lines.count == 2)
    }

    @Test func anEpochWithoutRowsWritesNothing() async throws {
        let sink = try sink()
        let token = try await prepare(sink, 0, [[]])
        #expect(token.text == "")
        #expect(try await sink.publish(Epoch(0), token, provenance: provenance(0)) == .nothingToPublish)
        #expect(files == [])
    }

    @Test func aStagedFileThatIsGoneIsALoss() async throws {
        let sink = try sink()
        let token = try await prepare(sink, 0, [[1]])
        try FileManager.default.removeItem(atPath: folder.path + "/out/_millrace/staging")
        let error = await #expect(throws: PipelineError.self) {
            try await sink.publish(Epoch(0), token, provenance: provenance(0))
        }
        #expect(error?.code == .dataLoss)
    }

    @Test func parquetFilesAreWhole() async throws {
        let sink = try sink(.parquet)
        let token = try await prepare(sink, 0, [[1, 2, 3]])
        _ = try await sink.publish(Epoch(0), token, provenance: provenance(0))
        #expect(files.count == 1 && files[0].hasSuffix(".parquet"))
        let data = try Data(contentsOf: URL(filePath: folder.path + "/out/" + files[0]))
        #expect(data.prefix(4) == Data("PAR1".utf8) && data.suffix(4) == Data("PAR1".utf8))
    }
}
