// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import Parquet
import Synchronization

/// A data file of a table while it is written: rows in, an `add` action out. Used by one task at a time.
final class DataFile: Sendable {
    let path: String
    private let partitionValues: [String: String?]
    private let writer: any ObjectWriter
    private let parquet: Mutex<Encoder>
    private let statistics: StatisticsColumns

    private struct Encoder {
        /// `nil` once the file is sealed.
        var writer: ParquetFileWriter?
        var summary: ParquetFileSummary?
    }

    /// Hands the bytes of the file to the store.
    private struct Output: ParquetOutput {
        let writer: any ObjectWriter
        func write(_ bytes: Buffer<UInt8>) throws(PipelineError) { try writer.append(bytes.span) }
    }

    init(
        path: String, partitionValues: [String: String?], schema: Schema, statistics: StatisticsColumns,
        options: ParquetWriterOptions, store: any ObjectStore
    ) throws(PipelineError) {
        self.path = path
        self.partitionValues = partitionValues
        self.statistics = statistics
        writer = try store.makeWriter(path)
        let parquet = try ParquetFileWriter(
            schema: schema, options: options, output: Output(writer: writer))
        self.parquet = Mutex(Encoder(writer: parquet))
    }

    /// Encodes rows; what is complete goes to the store without waiting for disks.
    func append(_ batches: [ColumnBatch]) throws(PipelineError) {
        guard !batches.isEmpty else { return }
        try parquet.withLock { (encoder) throws(PipelineError) in
            guard let writer = encoder.writer else {
                throw PipelineError(.internalError, "rows were added to a file that has its footer")
            }
            for batch in batches { try writer.append(batch) }
        }
    }

    /// Bytes held in memory.
    var bufferedBytes: Int { parquet.withLock { $0.writer?.bufferedBytes ?? 0 } }

    /// About how long the file is.
    var estimatedByteCount: Int { parquet.withLock { $0.summary?.byteCount ?? $0.writer?.estimatedByteCount ?? 0 } }

    /// Writes what is left and the footer; the file takes no more rows and holds no memory, but is not durable yet.
    func seal() throws(PipelineError) {
        try parquet.withLock { (encoder) throws(PipelineError) in
            guard let writer = encoder.writer else { return }
            encoder.summary = try writer.finish()
            encoder.writer = nil
        }
    }

    /// Makes the file durable and says what it holds.
    func finish(nowMillis: Int64) async throws(PipelineError) -> AddFile {
        try seal()
        try await writer.finish()
        let stats = parquet.withLock { $0.summary.map { ($0.byteCount, FileStatistics.text($0, columns: statistics)) } }
        guard let stats else { throw PipelineError(.internalError, "the file '\(path)' has no footer") }
        return AddFile(
            path: path, partitionValues: partitionValues, byteCount: Int64(stats.0), modificationMillis: nowMillis,
            stats: stats.1)
    }

    /// Gives the file up; it stays behind, unreferenced.
    func abandon() { writer.abandon() }
}
