// SPDX-License-Identifier: Apache-2.0
import Failures
import FoundationEssentials
import StreamCore
import StreamTesting
import Testing

@testable import Sources

/// A folder on another file system than the usual temporary one; `nil` where there is none.
private final class OtherFileSystem {
    let path: String

    init?() {
        path = "/dev/shm/millrace-test-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...(.max)))"
        guard (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)) != nil else {
            return nil
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static let isThere = OtherFileSystem() != nil
}

struct FileMoveTests {
    private let fixture = FilesFixture()

    @Test func aCopyIsWholeAndKeepsItsTime() throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try fixture.write("a.json", bytes, modified: 1_700_000_123)
        try FileMove.copy(fixture.path("a.json"), to: fixture.path("b.json"))
        #expect(try [UInt8](Data(contentsOf: URL(filePath: fixture.path("b.json")))) == bytes)
        #expect(try FileStatus(path: fixture.path("b.json"))?.modifiedMicros == 1_700_000_123_000_000)
        #expect(try Directory.names(in: fixture.folder.path)?.sorted() == ["a.json", "b.json"])
    }

    @Test func aCopyThatFailsLeavesNothing() throws {
        try fixture.write("a.json", "1")
        try fixture.makeFolder("b.json/full")
        let error = #expect(throws: PipelineError.self) {
            try FileMove.copy(fixture.path("a.json"), to: fixture.path("b.json"))
        }
        #expect(error?.code == .storageFailed)
        #expect(try Directory.names(in: fixture.folder.path)?.sorted() == ["a.json", "b.json"])
    }

    @Test func aFileThatIsGoneIsNoError() throws {
        #expect(try FileMove.move(fixture.path("a"), to: fixture.path("b")) == false)
    }

    @Test(.enabled(if: OtherFileSystem.isThere, "there is no second file system to archive to"))
    func filesAreArchivedToAnotherFileSystem() async throws {
        let other = try #require(OtherFileSystem())
        fixture.options.archiveTo = other.path + "/done"
        try fixture.write("a.json", "{\"n\":1}\n", modified: 1_700_000_123)
        _ = try await fixture.epoch()
        try await fixture.source().release(fixture.offsets)
        #expect(!FileManager.default.fileExists(atPath: fixture.path("a.json")))
        #expect(try String(contentsOfFile: other.path + "/done/a.json", encoding: .utf8) == "{\"n\":1}\n")
    }

    @Test func aMoveThatACrashLeftHalfDoneIsFinished() async throws {
        let archive = TemporaryFolder()
        fixture.options.archiveTo = archive.path
        try fixture.write("a.json", "{\"n\":1}\n")
        _ = try await fixture.epoch()
        try FileMove.copy(fixture.path("a.json"), to: archive.path + "/a.json")
        fixture.restart()
        _ = try await fixture.epoch()
        #expect(!FileManager.default.fileExists(atPath: fixture.path("a.json")))
        #expect(try Directory.names(in: archive.path) == ["a.json"])
    }
}
