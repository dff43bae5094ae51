// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import FoundationEssentials
import StreamCore
import StreamTesting
import Testing

@testable import Sources

struct FileIdentityTests {
    private let archive = TemporaryFolder()

    /// A folder whose files are archived when they are read.
    private func archiving() -> FilesFixture {
        let fixture = FilesFixture()
        fixture.options.archiveTo = archive.path + "/done"
        return fixture
    }

    private func archived() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: archive.path + "/done")) ?? []).sorted()
    }

    @Test func aPathThatIsUsedAgainAfterArchivingIsANewFile() async throws {
        let fixture = archiving()
        for number: Int64 in 0..<4 {
            // The same length and the same modification time each time, and twice the same bytes.
            try fixture.write("a.json", "{\"n\":\(number / 2)}\n")
            #expect(try await fixture.values() == bigints([number / 2]))
            try await fixture.source().release(fixture.offsets)
            #expect(!FileManager.default.fileExists(atPath: fixture.path("a.json")))
            if number % 2 == 1 { fixture.restart() }
        }
    }

    @Test func aPathThatIsUsedAgainAfterDeletingIsANewFile() async throws {
        let fixture = FilesFixture()
        fixture.options.deleteAfter = true
        for number: Int64 in 0..<6 {
            try fixture.write("a.json", "{\"n\":7}\n", modified: 1_700_000_000 + Double(number))
            #expect(try await fixture.values() == bigints([7]))
            try await fixture.source().release(fixture.offsets)
            fixture.restart()
        }
    }

    @Test func aNewFileIsNotTakenAwayForTheOneThatWasRead() async throws {
        let fixture = archiving()
        try fixture.write("a.json", "{\"n\":1}\n")
        #expect(try await fixture.values() == bigints([1]))
        try fixture.write("_b", "{\"n\":2}\n")
        try fixture.remove("a.json")
        try fixture.move("_b", to: "a.json")
        try await fixture.source().release(fixture.offsets)
        #expect(archived() == [])
        #expect(try await fixture.values() == bigints([2]))
        try await fixture.source().release(fixture.offsets)
        #expect(archived() == ["a.json"])
    }

    @Test func archivedFilesAreNotWrittenOver() async throws {
        let fixture = archiving()
        for number in 0..<4 {
            try fixture.write("a.json", "{\"n\":\(number)}\n", modified: 1_700_000_000 + Double(number))
            _ = try await fixture.epoch()
            try await fixture.source().release(fixture.offsets)
        }
        let texts = try archived().map { try String(contentsOfFile: archive.path + "/done/" + $0, encoding: .utf8) }
        #expect(texts.sorted() == (0..<4).map { "{\"n\":\($0)}\n" })
        #expect(archived().allSatisfy { $0.hasPrefix("a.") && $0.hasSuffix(".json") })
    }

    @Test func filesLeftByACrashAreArchivedAtTheNextStart() async throws {
        let fixture = archiving()
        try fixture.write("a.json", "{\"n\":1}\n")
        try fixture.write("b.json", "{\"n\":2}\n{\"n\"")
        _ = try await fixture.epoch()
        fixture.restart()
        #expect(try await fixture.values() == [])
        #expect(archived() == ["a.json"])
    }

    @Test func aFileIsNotArchivedBeforeItsEpochIsConfirmed() async throws {
        let fixture = archiving()
        try fixture.write("a.json", "{\"n\":1}\n")
        _ = try await fixture.epoch()
        _ = try await fixture.epoch()
        #expect(archived() == [])
    }

    @Test func aFileThatIsReplacedByAnotherIsReportedOnceAndLeftAlone() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n")
        _ = try await fixture.epoch()
        try fixture.remove("a.json")
        try fixture.write("a.json", "{\"n\":2}\n{\"n\":3}\n")
        for _ in 0..<3 { #expect(try await fixture.values() == []) }
        try fixture.touch("a.json", modified: 1_700_000_500)
        #expect(try await fixture.values() == [])
        #expect(fixture.events.notes.map { $0.contains("is another file than the one that was read") } == [true])
    }

    @Test func aFileThatIsCopiedIntoPlaceWithMoreLinesGoesOn() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n")
        _ = try await fixture.epoch()
        try fixture.write("_a", "{\"n\":1}\n{\"n\":2}\n")
        try fixture.remove("a.json")
        try fixture.move("_a", to: "a.json")
        #expect(try await fixture.values() == bigints([2]))
        #expect(fixture.events.notes == [])
    }

    @Test func aChangeWhileNoProcessRanIsReported() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n")
        _ = try await fixture.epoch()
        fixture.restart()
        try fixture.write("a.json", "{\"n\":2}\n", modified: 1_700_000_100)
        for _ in 0..<3 { #expect(try await fixture.values() == []) }
        #expect(fixture.events.notes.map { $0.contains("was modified after it was read") } == [true])
    }

    @Test func aReplayRefusesAnotherFileInThePlaceOfThePlannedOne() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json", "{\"n\":1}\n")
        let ranges = try await fixture.source().plan(after: [:], limits: EpochLimits())
        try fixture.write("a.json", "{\"n\":2}\n")
        let error = await #expect(throws: PipelineError.self) { try await fixture.read(ranges) }
        #expect(error?.code == .fileChanged)
        try fixture.write("a.json", "{\"n\":1}\n")
        #expect(try await fixture.read(ranges).flatMap { $0.rows.columns[0].values } == bigints([1]))
    }

    @Test func offsetsOfEarlierVersionsAreGoneOnFrom() async throws {
        let fixture = archiving()
        try fixture.write("a.json", "{\"n\":1}\n{\"n\":2}\n")
        fixture.offsets = [SourcePartition(fixture.path("a.json")): Offset(8)]
        #expect(try await fixture.values() == bigints([2]))
    }

    @Test func anIdentityIsReadBackFromItsText() throws {
        let fixture = FilesFixture()
        try fixture.write("a", "12345")
        let file = try InputFile(path: fixture.path("a"))
        let identity = try FileIdentity(file, end: 3)
        #expect(FileIdentity(identity.text) == identity)
        #expect(identity.headBytes == 3)
        for text in ["", "2:1:-:1:1:1", "1:x:-:1:1:1", "1:1:-:1:9999:1", "1:1:-:1:1"] {
            #expect(FileIdentity(text) == nil)
        }
    }

    @Test func namesAreMarkedBeforeWhatTheyHold() {
        #expect(FinishedFiles.marked("/x.y/a.json", "7") == "/x.y/a.7.json")
        #expect(FinishedFiles.marked("/x/a.b.csv.gz", "7") == "/x/a.b.7.csv.gz")
        #expect(FinishedFiles.marked("/x/a.gz", "7") == "/x/a.7.gz")
        #expect(FinishedFiles.marked("/x/a", "7") == "/x/a.7")
    }
}
