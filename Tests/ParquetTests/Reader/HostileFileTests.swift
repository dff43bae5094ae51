// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Foundation
import Parquet
import Testing

/// Damaged files give an error or rows, never a crash.
struct HostileFileTests {
    private func read(_ bytes: [UInt8]) {
        do throws(PipelineError) {
            let file = try ParquetFile(ParquetMemoryInput(Buffer(bytes)), maxGroupBytes: 64 << 20)
            for group in 0..<file.rowGroupCount { _ = try file.readRowGroup(group).rows }
        } catch {
            #expect(error.code != .internalError)
        }
    }

    private func original(seed: UInt64) throws -> [UInt8] {
        var data = RandomData(seed: seed)
        var options = ParquetWriterOptions()
        options.compression = [.none, .snappy, .zstd(level: 1)][Int(seed % 3)]
        options.dictionaryBytes = [0, 1 << 20][Int(seed / 3 % 2)]
        let schema = seed % 2 == 0 ? Schemas.primitives : Schemas.nested
        return try parquet([data.batch(schema, rows: 30)], options).bytes
    }

    @Test("changed bytes", arguments: UInt64(0)..<48)
    func changedBytesDoNotCrash(seed: UInt64) throws {
        var bytes = try original(seed: seed % 12)
        var random = RandomData(seed: seed + 1_000)
        for _ in 0..<10 {
            var changed = bytes
            for _ in 0...random.below(4) {
                changed[random.below(changed.count)] =
                    random.below(3) == 0 ? 0xFF : UInt8(truncatingIfNeeded: random.bits())
            }
            read(changed)
        }
        // The footer is the densest part: change it more often.
        let footer = Int(bytes[bytes.count - 8]) | Int(bytes[bytes.count - 7]) << 8 | Int(bytes[bytes.count - 6]) << 16
        let kept = bytes
        for _ in 0..<10 {
            bytes = kept
            let place = bytes.count - 8 - 1 - random.below(footer)
            bytes[place] = UInt8(truncatingIfNeeded: random.bits())
            read(bytes)
        }
    }

    @Test(arguments: UInt64(0)..<12)
    func filesCutAnywhereDoNotCrash(seed: UInt64) throws {
        let bytes = try original(seed: seed)
        var length = 0
        while length < bytes.count {
            read(Array(bytes[..<length]))
            // A cut page under a whole footer.
            read(Array(bytes[length...]))
            length += 397
        }
    }

    @Test(
        "changed bytes in files of other writers",
        .disabled(if: Corpus.isMissing, "no conformance corpora: set MILLRACE_CONFORMANCE"),
        arguments: Corpus.items.filter { $0.size < 4_000 })
    func foreignFilesThatChangeDoNotCrash(_ item: Corpus.Item) throws {
        let bytes = try Corpus.bytes(item.path)
        guard !bytes.isEmpty else { return }
        var random = RandomData(seed: UInt64(item.size) &+ HostileFileTests.seed)
        for _ in 0..<HostileFileTests.changes {
            var changed = bytes
            for _ in 0...random.below(3) {
                changed[random.below(changed.count)] = UInt8(truncatingIfNeeded: random.bits())
            }
            read(changed)
        }
    }

    /// How many changes of each file are tried; `MILLRACE_FUZZ` asks for more.
    private static let changes = ProcessInfo.processInfo.environment["MILLRACE_FUZZ"].flatMap { Int($0) } ?? 3
    private static let seed = UInt64(changes)

    @Test func aGroupThatClaimsTooMuchIsRefused() throws {
        let bytes = try original(seed: 0)
        let file = try ParquetFile(ParquetMemoryInput(Buffer(bytes)), maxGroupBytes: 100)
        #expect(throws: PipelineError.self) { try file.readRowGroup(0) }
    }

    @Test func filesThatAreNotParquetAreRefused() {
        for bytes in [[], Array("PAR1".utf8), Array("PAR1PAR1PAR1".utf8), Array(repeating: 0, count: 100)] as [[UInt8]]
        {
            #expect(throws: PipelineError.self) { try ParquetFile(ParquetMemoryInput(Buffer(bytes))) }
        }
    }
}
