// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// A source of a pipeline test: what the test sends, decoded as the pipeline declares it. Offset `n` is record `n`.
final class ScriptedSource: Source {
    let schema: Schema
    private let declaration: SourceDeclaration
    private let log: RecordLog
    private let life: CrashSwitch
    private let isGated: Bool

    /// A source over what was sent; a gated one gives it only when the test says that an epoch is to be run.
    init(_ declaration: SourceDeclaration, log: RecordLog, life: CrashSwitch, isGated: Bool) {
        self.isGated = isGated
        self.declaration = declaration
        self.log = log
        self.life = life
        schema = Schema(declaration.schema.fields + declaration.metadataColumns)
    }

    /// Everything that was sent, within the limits; nothing while the gate is closed.
    func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges {
        try life.check()
        var ranges: SourceRanges = [:]
        let isOpen = log.takeOpening() || !isGated
        var left = limits.records ?? .max
        for (partition, count) in log.counts.sorted(by: { $0.key < $1.key }) {
            let start = Int(committed[partition]?.position ?? 0)
            let taken = isOpen ? min(count - start, left) : 0
            guard taken > 0 else { continue }
            left -= taken
            ranges[partition] = OffsetRange(start: Offset(Int64(start)), end: Offset(Int64(start + taken)))
        }
        return ranges
    }

    /// As the real source says it: a file that was read is finished, unless `idleAfter` waits for more of it.
    func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]? {
        var done = PartitionStanding.atEnd
        if case .files = declaration.connector, declaration.watermark?.idleAfterMicros == nil { done = .finished }
        return log.counts.reduce(into: [:]) { standing, partition in
            let left = Int64(partition.value) - (offsets[partition.key]?.position ?? 0)
            standing[partition.key] = left > 0 ? .behind(left) : done
        }
    }

    func open(
        _ partition: SourcePartition, _ range: OffsetRange
    ) async throws(PipelineError) -> any PartitionReader {
        try life.check()
        return try ScriptedReader(declaration, log: log, partition: partition, range: range)
    }

    func release(_ offsets: SourceOffsets) async throws(PipelineError) {}

    func close() async {}
}

/// Reads one range of a scripted source in small batches, so that a test crosses their boundaries.
final class ScriptedReader: PartitionReader, @unchecked Sendable {
    private let declaration: SourceDeclaration
    private let decoder: RecordDecoder
    private let log: RecordLog
    private let partition: SourcePartition
    private var next: Int
    private let end: Int
    private static let batchRecords = 16

    init(
        _ declaration: SourceDeclaration, log: RecordLog, partition: SourcePartition, range: OffsetRange
    ) throws(PipelineError) {
        // Generated rows are sent as JSON.
        let format: RecordFormat = declaration.format == .native ? .json(JSONFormatOptions()) : declaration.format
        decoder = try RecordDecoder(
            format: format, schema: declaration.schema, unknownFields: declaration.unknownFields)
        self.declaration = declaration
        self.log = log
        self.partition = partition
        next = Int(range.start.position)
        end = Int(range.end.position)
    }

    func next() async throws(PipelineError) -> SourceBatch? {
        let range = next..<min(end, next + Self.batchRecords)
        guard !range.isEmpty else { return nil }
        next = range.upperBound
        let records = Array(log.records(partition, range))
        let raw = Self.raw(records, first: range.lowerBound)
        let decoded = try decoder.decode(raw)
        let metadata = ScriptedMetadata(
            partition: partition, records: records, first: range.lowerBound, indices: decoded.recordIndices.array,
            connector: declaration.connector)
        let rows = decoded.rows
        let columns = rows.columns + declaration.metadataColumns.map { metadata.column($0) }
        return SourceBatch(
            partition: partition,
            rows: ColumnBatch(
                schema: Schema(rows.schema.fields + declaration.metadataColumns), columns: columns,
                rowCount: rows.rowCount),
            recordIndices: decoded.recordIndices, records: raw, malformed: decoded.malformed)
    }

    private static func raw(_ records: [RecordLog.Record], first: Int) -> RawRecords {
        var bytes = BufferBuilder<UInt8>()
        var starts = BufferBuilder<Int32>()
        var ends = BufferBuilder<Int32>()
        var positions = BufferBuilder<Int64>()
        for (index, record) in records.enumerated() {
            starts.append(Int32(bytes.count))
            bytes.append(contentsOf: Buffer(record.bytes))
            ends.append(Int32(bytes.count))
            positions.append(Int64(first + index))
        }
        return RawRecords(
            bytes: bytes.finish(), starts: starts.finish(), ends: ends.finish(), positions: positions.finish())
    }
}
