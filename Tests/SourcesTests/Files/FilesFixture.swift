// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import FoundationEssentials
import Sources
import StreamCore
import StreamTesting

/// A folder with files and a source over it, read as the engine reads: plan, open, next, and remember.
final class FilesFixture {
    let folder = TemporaryFolder()
    let events = RecordedEvents()
    var options: FilesSourceOptions
    var declaration: SourceDeclaration
    var offsets: SourceOffsets = [:]
    private var made: FilesSource?

    init(schema: [Field] = [Field("n", .bigint)], format: RecordFormat = .json(JSONFormatOptions())) {
        options = FilesSourceOptions(path: folder.path)
        declaration = SourceDeclaration(
            name: "in", connector: .files(options), format: format, schema: Schema(schema))
    }

    func source() throws -> FilesSource {
        if let made { return made }
        let source = try FilesSource(
            name: "in", options: options, declaration: declaration, clock: ManualClock(), events: events)
        made = source
        return source
    }

    /// Forgets the source object, as a restart does.
    func restart() { made = nil }

    func path(_ name: String) -> String { folder.path + "/" + name }

    func write(_ name: String, _ text: String, modified: Double = 1_700_000_000) throws {
        try write(name, Array(text.utf8), modified: modified)
    }

    func write(_ name: String, _ bytes: [UInt8], modified: Double = 1_700_000_000) throws {
        let path = path(name)
        if let slash = name.lastIndex(of: "/") {
            try FileManager.default.createDirectory(
                atPath: self.path(String(name[..<slash])), withIntermediateDirectories: true)
        }
        try Data(bytes).write(to: URL(filePath: path))
        try touch(name, modified: modified)
    }

    func append(_ name: String, _ text: String) throws {
        var data = try Data(contentsOf: URL(filePath: path(name)))
        data.append(contentsOf: text.utf8)
        try data.write(to: URL(filePath: path(name)))
    }

    func move(_ name: String, to target: String) throws {
        try FileManager.default.moveItem(atPath: path(name), toPath: path(target))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    func touch(_ name: String, modified: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: modified)], ofItemAtPath: path(name))
    }

    /// Runs one epoch and gives its batches, files in the order of their names.
    func epoch(_ limits: EpochLimits = EpochLimits()) async throws -> [SourceBatch] {
        let source = try source()
        let ranges = try await source.plan(after: offsets, limits: limits)
        let batches = try await read(ranges)
        for (partition, range) in ranges { offsets[partition] = range.end }
        return batches
    }

    func read(_ ranges: SourceRanges) async throws -> [SourceBatch] {
        let source = try source()
        var batches: [SourceBatch] = []
        for (partition, range) in ranges.sorted(by: { $0.key < $1.key }) {
            let reader = try await source.open(partition, range)
            while let batch = try await reader.next() { batches.append(batch) }
        }
        return batches
    }

    /// The values of the first column that an epoch gives.
    func values(_ limits: EpochLimits = EpochLimits()) async throws -> [Value] {
        try await epoch(limits).flatMap { $0.rows.columns[0].values }
    }
}

/// Whole numbers as values of a BIGINT column.
func bigints(_ numbers: [Int64]) -> [Value] { numbers.map { .bigint($0) } }
