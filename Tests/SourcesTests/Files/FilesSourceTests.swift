// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import FoundationEssentials
import Sources
import StreamCore
import StreamTesting
import Testing

struct FilesSourceTests {
    static let everything = EpochLimits(availableUntilMicros: 1_800_000_000_000_000)

    @Test func filesAreReadOnceAndNewOnesAreFound() async throws {
        let fixture = FilesFixture()
        try fixture.write("b.json", "{\"n\":2}\n{\"n\":3}\n")
        try fixture.write("a.json", "{\"n\":1}\n")
        #expect(try await fixture.values() == bigints([1, 2, 3]))
        #expect(try await fixture.values() == [])
        try fixture.write("c.json", "\n{\"n\":4}\r\n\n")
        fixture.restart()
        #expect(try await fixture.values() == bigints([4]))
    }

    @Test func hiddenFilesAreNotRead() async throws {
        let fixture = FilesFixture()
        try fixture.write("_a.json", "{\"n\":1}\n")
        try fixture.write(".b.json", "{\"n\":2}\n")
        try fixture.write("_dir/c.json", "{\"n\":3}\n")
        try fixture.write("dir/d.json", "{\"n\":4}\n")
        #expect(try await fixture.values() == [])
        fixture.options.recursive = true
        fixture.restart()
        #expect(try await fixture.values() == bigints([4]))
    }

    @Test func patternsChooseFiles() async throws {
        let fixture = FilesFixture()
        for (index, name) in ["2026/01/a.json", "2026/02/b.json", "2027/01/c.json", "2026/02/b.csv"].enumerated() {
            try fixture.write(name, "{\"n\":\(index)}\n")
        }
        fixture.options.path = fixture.path("2026/*/*.json")
        #expect(try await fixture.values() == bigints([0, 1]))
        fixture.restart()
        fixture.options.path = fixture.path("{2025,2027}/0[1-9]/?.json")
        #expect(try await fixture.values() == bigints([2]))
        fixture.restart()
        fixture.offsets = [:]
        fixture.options.path = fixture.path("**/b.*")
        #expect(try await fixture.values() == bigints([3, 1]))
    }

    @Test func aLastLineWithoutEndWaitsForIt() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n{\"n\":2")
        #expect(try await fixture.values() == bigints([1]))
        #expect(try await fixture.values() == [])
        try fixture.append("a.json", "2}")
        #expect(try await fixture.values() == [])
        try fixture.append("a.json", "\n{\"n\":3}\n")
        #expect(try await fixture.values() == bigints([22, 3]))
    }

    @Test func everythingAvailableIncludesALastLineWithoutEnd() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n{\"n\":2}")
        #expect(try await fixture.values(Self.everything) == bigints([1, 2]))
        try fixture.append("a.json", "\n{\"n\":3}\n")
        #expect(try await fixture.values() == bigints([3]))
        #expect(fixture.events.notes == [])
    }

    @Test func aLineThatGoesOnAfterItWasTakenIsReported() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n{\"n\":2")
        let first = try await fixture.epoch(Self.everything)
        #expect(first.flatMap { $0.malformed.map(\.code) } == [.malformedRecord])
        try fixture.append("a.json", "2}\n{\"n\":3}\n")
        let second = try await fixture.epoch()
        #expect(second.flatMap { $0.rows.columns[0].values } == bigints([3]))
        #expect(second.flatMap { $0.malformed.map(\.recordIndex) } == [0])
        #expect(fixture.events.notes.count == 1)
        #expect(fixture.events.notes[0].contains("fileChanged"))
    }

    @Test func whatComesDuringAnAvailableNowRunIsLeftForTheNext() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n{\"n\":2}\n")
        var limits = Self.everything
        limits.records = 1
        #expect(try await fixture.values(limits) == bigints([1]))
        try fixture.append("a.json", "{\"n\":3}\n")
        try fixture.write("b.json", "{\"n\":4}\n")
        #expect(try await fixture.values(limits) == bigints([2]))
        #expect(try await fixture.values(limits) == [])
    }

    @Test func limitsBoundAnEpochAndLoseNothing() async throws {
        for (records, bytes, files) in [(2, nil, nil), (nil, 20, nil), (nil, nil, 1), (3, 30, 2), (nil, 1, nil)] {
            let fixture = FilesFixture()
            try fixture.write("a.json", (0..<5).map { "{\"n\":\($0)}\n" }.joined())
            try fixture.write("b.json", (5..<9).map { "{\"n\":\($0)}\n" }.joined())
            var seen: [Value] = []
            var epochs = 0
            while true {
                let batches = try await fixture.epoch(EpochLimits(records: records, bytes: bytes, files: files))
                if batches.isEmpty { break }
                epochs += 1
                let rows = batches.reduce(0) { $0 + $1.rows.rowCount }
                if let records { #expect(rows <= records) }
                if let bytes { #expect(rows * 8 <= max(bytes, 8)) }
                seen += batches.flatMap { $0.rows.columns[0].values }
            }
            #expect(seen == bigints(Array(0..<9)))
            #expect(epochs > 1)
        }
    }

    @Test func aPlannedRangeGivesTheSameRowsAgain() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", (0..<1000).map { "{\"n\":\($0)}\n" }.joined())
        let ranges = try await fixture.source().plan(after: [:], limits: EpochLimits(bytes: 5000))
        let first = try await fixture.read(ranges).flatMap { $0.rows.rows }
        try fixture.append("a.json", "{\"n\":1000}\n")
        fixture.restart()
        #expect(try await fixture.read(ranges).flatMap { $0.rows.rows } == first)
        #expect(first.count > 500)
    }

    @Test func changedFilesAreReportedAndLeftAlone() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n{\"n\":2}\n")
        try fixture.write("b.json", "{\"n\":3}\n")
        _ = try await fixture.values()
        _ = try await fixture.values()
        try fixture.write("a.json", "{\"n\":9}\n")
        try fixture.write("b.json", "{\"n\":4}\n", modified: 1_700_000_100)
        #expect(try await fixture.values() == [])
        #expect(try await fixture.values() == [])
        #expect(fixture.events.notes.count == 2)
        #expect(fixture.events.notes.allSatisfy { $0.hasPrefix("warning in: fileChanged: ") })
    }

    @Test func aFileThatVanishedAfterPlanningFailsTheEpoch() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n")
        let ranges = try await fixture.source().plan(after: [:], limits: EpochLimits())
        try FileManager.default.removeItem(atPath: fixture.path("a.json"))
        let error = await #expect(throws: PipelineError.self) { try await fixture.read(ranges) }
        #expect(error?.code == .fileChanged)
    }

    @Test func aMissingFolderIsSaid() async throws {
        let fixture = FilesFixture()
        fixture.options.path = fixture.path("nowhere")
        let error = await #expect(throws: PipelineError.self) { try await fixture.values() }
        #expect(error?.code == .missingFile)
    }

    @Test func metadataColumnsSayWhereARowCameFrom() async throws {
        let fixture = FilesFixture()
        fixture.declaration.metadataColumns = [
            Field("_file_path", .string), Field("_offset", .bigint), Field("_file_modified", .timestamp),
        ]
        try fixture.write("a.json", "{\"n\":1}\n{\"n\":2}\n")
        let rows = try await fixture.epoch().flatMap { $0.rows.rows }
        let path = Value.string(fixture.path("a.json"))
        let modified = Value.timestamp(1_700_000_000_000_000)
        #expect(rows == [[.bigint(1), path, .bigint(0), modified], [.bigint(2), path, .bigint(8), modified]])
    }

    @Test func oldFilesAreNotBegun() async throws {
        let fixture = FilesFixture()
        fixture.options.maxFileAgeMicros = 3_600_000_000
        try fixture.write("old.json", "{\"n\":1}\n", modified: 1_767_225_600 - 7200)
        try fixture.write("new.json", "{\"n\":2}\n", modified: 1_767_225_600 - 60)
        #expect(try await fixture.values() == bigints([2]))
    }

    @Test func finishedFilesAreMovedOrDeletedOnRelease() async throws {
        let fixture = FilesFixture()
        let archive = TemporaryFolder()
        fixture.options.archiveTo = archive.path + "/done"
        fixture.options.recursive = true
        try fixture.write("x/a.json", "{\"n\":1}\n")
        try fixture.write("b.json", "{\"n\":2}\n{\"n\":")
        _ = try await fixture.values()
        try await fixture.source().release(fixture.offsets)
        #expect(FileManager.default.fileExists(atPath: archive.path + "/done/x/a.json"))
        #expect(!FileManager.default.fileExists(atPath: fixture.path("x/a.json")))
        #expect(FileManager.default.fileExists(atPath: fixture.path("b.json")))
    }
}
