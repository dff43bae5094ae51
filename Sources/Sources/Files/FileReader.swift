// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// Reads one planned range of one file in batches.
final class FileReader: PartitionReader, @unchecked Sendable {
    private let partition: SourcePartition
    private let source: FilesSource
    private let decoder: RecordDecoder
    private let splitter: LineSplitter
    private var bytes: FileBytes
    private let modifiedMicros: Int64
    /// Bytes that have been read and are not a whole record yet, and where they start in the (decompressed) file.
    private var carried = Buffer<UInt8>()
    private var carriedPosition: Int64
    private var hasMore = true
    private var needsHeader: Bool

    /// How many bytes are read at once: about ten thousand records, and little enough to stay in the cache.
    static let chunkBytes = 2 << 20
    /// A record may not be longer: a bound on foreign input.
    static let longestRecord = 256 << 20

    init(
        partition: SourcePartition, range: OffsetRange, modifiedMicros: Int64, source: FilesSource,
        decoder: RecordDecoder
    ) throws(PipelineError) {
        self.partition = partition
        self.source = source
        self.decoder = decoder
        self.modifiedMicros = modifiedMicros
        splitter = LineSplitter(format: decoder.format)
        bytes = try FileBytes(
            path: partition.name, start: range.start.position, end: range.end.position,
            identity: range.end.incarnation.flatMap { FileIdentity($0) })
        carriedPosition = range.start.position
        needsHeader = false
        guard case .csv(let csv) = decoder.format, csv.header else { return }
        if range.start.position == 0 {
            needsHeader = true
        } else {
            try useHeader(ofFile: partition.name)
        }
    }

    deinit { source.giveBack(decoder) }

    func next() async throws(PipelineError) -> SourceBatch? {
        do throws(PipelineError) {
            return try nextBatch()
        } catch {
            throw error.within("file", partition.name)
        }
    }

    private func nextBatch() throws(PipelineError) -> SourceBatch? {
        var chunk = Self.chunkBytes
        while hasMore || carried.count > 0 {
            if hasMore && carried.count < chunk { try fill(chunk) }
            let (records, consumed) = splitter.split(carried, at: carriedPosition, takesRest: !hasMore)
            guard consumed > 0 else {
                guard chunk < Self.longestRecord else {
                    throw PipelineError(
                        .malformedRecord,
                        "the record at byte \(carriedPosition) is longer than \(Self.longestRecord >> 20) MiB",
                        hint: "Check that the file has line ends, and that its format and quotes are as declared")
                }
                chunk *= 2
                continue
            }
            carried = carried.slice(consumed..<carried.count)
            carriedPosition += Int64(consumed)
            let rows = try withoutHeader(records)
            if rows.count > 0 { return try batch(of: rows) }
        }
        return nil
    }

    private func fill(_ chunk: Int) throws(PipelineError) {
        var builder = chunk == Self.chunkBytes ? source.chunks.builder() : BufferBuilder<UInt8>(capacity: chunk)
        builder.append(contentsOf: carried)
        let isStart = carriedPosition == 0 && carried.count == 0
        hasMore = try bytes.read(upTo: chunk - carried.count, into: &builder)
        carried = builder.finish()
        if isStart && carried.count >= 3 && carried.slice(0..<3).array == [0xEF, 0xBB, 0xBF] {
            carried = carried.slice(3..<carried.count)
            carriedPosition = 3
        }
    }

    private func withoutHeader(_ records: RawRecords) throws(PipelineError) -> RawRecords {
        guard needsHeader, records.count > 0 else { return records }
        needsHeader = false
        try useHeader(records.record(0))
        let rest = 1..<records.count
        return RawRecords(
            bytes: records.bytes, starts: records.starts.slice(rest), ends: records.ends.slice(rest),
            positions: records.positions.slice(rest))
    }

    /// Reads the header of a file whose range starts further on.
    private func useHeader(ofFile path: String) throws(PipelineError) {
        let file = try InputFile(path: path)
        var builder = BufferBuilder<UInt8>()
        _ = try file.read(at: 0, upTo: 1 << 20, into: &builder)
        var bytes = builder.finish()
        if bytes.count >= 3 && bytes.slice(0..<3).array == [0xEF, 0xBB, 0xBF] { bytes = bytes.slice(3..<bytes.count) }
        let (records, _) = splitter.split(bytes, at: 0, limit: 1)
        guard records.count == 1 else { throw PipelineError(.fileChanged, "the header has gone") }
        try useHeader(records.record(0))
    }

    private func useHeader(_ record: Buffer<UInt8>) throws(PipelineError) {
        guard case .csv(let csv) = decoder.format else { return }
        try decoder.useHeader(CSVHeader.names(in: record, csv))
    }

    private func batch(of records: RawRecords) throws(PipelineError) -> SourceBatch {
        let decoded = try decoder.decode(records)
        let rows = source.metadata.append(
            to: decoded.rows, path: partition.name, modifiedMicros: modifiedMicros, records: records,
            recordIndices: decoded.recordIndices)
        return SourceBatch(
            partition: partition, rows: rows, recordIndices: decoded.recordIndices, records: records,
            malformed: decoded.malformed)
    }
}
