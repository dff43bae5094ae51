// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import FoundationEssentials
import StreamCore
import StreamTesting
import Testing

/// gzip and zstd files; the compressed bytes were made by the `gzip` and `zstd` programs.
struct CompressedFilesTests {
    /// `{"n":1}` LF `{"n":2}` LF by `gzip -9n`.
    private static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0x56, 0xCA, 0x53, 0xB2, 0x32,
        0xAC, 0xE5, 0xAA, 0x06, 0xD1, 0x46, 0xB5, 0x5C, 0x00, 0x45, 0xC6, 0x98, 0xBE, 0x10, 0x00, 0x00,
        0x00,
    ]
    /// The same by `zstd -19`.
    private static let zstd: [UInt8] = [
        0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x68, 0x81, 0x00, 0x00, 0x7B, 0x22, 0x6E, 0x22, 0x3A, 0x31, 0x7D,
        0x0A, 0x7B, 0x22, 0x6E, 0x22, 0x3A, 0x32, 0x7D, 0x0A, 0x45, 0x2C, 0x60, 0x99,
    ]

    @Test(arguments: [("a.json.gz", gzip), ("a.json.zst", zstd)])
    func compressedFilesAreReadWhole(name: String, bytes: [UInt8]) async throws {
        let fixture = FilesFixture()
        fixture.declaration.metadataColumns = [Field("_offset", .bigint)]
        try fixture.write(name, bytes)
        let rows = try await fixture.epoch(EpochLimits(records: 1)).flatMap { $0.rows.rows }
        #expect(rows == [[.bigint(1), .bigint(0)], [.bigint(2), .bigint(8)]])
        #expect(try await fixture.values() == [])
    }

    @Test(arguments: [("a.json.gz", gzip), ("a.json.zst", zstd)])
    func severalMembersOrFramesAreOneFile(name: String, bytes: [UInt8]) async throws {
        let fixture = FilesFixture()
        try fixture.write(name, bytes + bytes + bytes)
        #expect(try await fixture.values() == bigints([1, 2, 1, 2, 1, 2]))
    }

    @Test(arguments: [("a.json.gz", gzip), ("a.json.zst", zstd)])
    func cutOffDataIsAnErrorThatNamesTheFile(name: String, bytes: [UInt8]) async throws {
        for count in 1..<bytes.count {
            let fixture = FilesFixture()
            try fixture.write(name, Array(bytes.prefix(count)))
            let error = await #expect(throws: PipelineError.self) { try await fixture.values() }
            #expect(error?.code == .corruptFile)
            #expect(error?.description.contains(name) == true)
        }
    }

    @Test(arguments: [("a.json.gz", gzip), ("a.json.zst", zstd)])
    func brokenBytesAreAnError(name: String, bytes: [UInt8]) async throws {
        let fixture = FilesFixture()
        var broken = bytes
        broken[bytes.count - 3] ^= 0xFF
        try fixture.write(name, broken)
        let error = await #expect(throws: PipelineError.self) { try await fixture.values() }
        #expect(error?.code == .corruptFile)
    }

    @Test func paddingBehindGzipIsIgnoredAndOtherBytesAreNot() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json.gz", Self.gzip + [0, 0, 0])
        #expect(try await fixture.values() == bigints([1, 2]))
        try fixture.write("b.json.gz", Self.gzip + [0, 7])
        let error = await #expect(throws: PipelineError.self) { try await fixture.values() }
        #expect(error?.code == .corruptFile)
    }

    @Test func aCompressedFileThatGrowsIsReported() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json.gz", Self.gzip)
        _ = try await fixture.values()
        try fixture.write("a.json.gz", Self.gzip + Self.gzip)
        #expect(try await fixture.values() == [])
        #expect(fixture.events.notes.count == 1)
    }

    @Test func recordsOfCompressedFilesCountForTheBoundOfAnEpoch() async throws {
        let fixture = FilesFixture()
        for (index, name) in ["a.json.gz", "b.json.gz", "d.json.gz"].enumerated() {
            try fixture.write(name, Self.gzip, modified: 1_700_000_000 + Double(index))
        }
        try fixture.write("c.json", "{\"n\":3}\n{\"n\":4}\n", modified: 1_700_000_001.5)
        #expect(try await fixture.values(EpochLimits(records: 3)) == bigints([1, 2]))
        #expect(try await fixture.values(EpochLimits(records: 3)) == bigints([1, 2, 3]))
        #expect(try await fixture.values(EpochLimits(records: 2)) == bigints([4]))
        // A compressed file is one piece, whatever the bound.
        #expect(try await fixture.values(EpochLimits(records: 1)) == bigints([1, 2]))
        #expect(try await fixture.values(EpochLimits(records: 1)) == [])
    }

    @Test func aBrokenCompressedFileIsLeftToItsReader() async throws {
        let fixture = FilesFixture()
        try fixture.write("a.json.gz", Array(Self.gzip.dropLast(3)))
        let error = await #expect(throws: PipelineError.self) { try await fixture.values(EpochLimits(records: 1)) }
        #expect(error?.code == .corruptFile)
    }
}
