// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Writes one Parquet file, batch by batch.
///
/// Pages are encoded and compressed as they fill; a row group is held in memory until it is complete, then its bytes leave
/// through the output. After an error the file is unusable.
/// Parquet format 2.x, data pages V1, as pyarrow, DuckDB, Polars and Spark's vectorised reader read it.
public final class ParquetFileWriter {
    /// The columns.
    public let schema: Schema
    private let options: ParquetWriterOptions
    private let output: any ParquetOutput
    let leaves: [LeafWriter]
    /// The earlier leaf that holds the values of a leaf.
    private let leaders: [Int?]
    private var metadata = FileMetadata()
    /// Bytes that have not gone to the output yet.
    private var staged = BufferBuilder<UInt8>()
    /// Bytes of the file so far, with the staged ones.
    private var byteCount = 0
    private var groupRowCount = 0
    private var pageRowCount = 0
    private var nullCounts: [Int]
    private var valueCounts: [Int]
    private var compressedByteCounts: [Int]
    private var isFinished = false

    /// Staged bytes leave when there are so many.
    private static let stagedBytes = 1 << 20
    /// Batches are taken apart into runs of at most so many rows, so that pages end near their bounds.
    private static let runRows = 8_192

    /// A writer of a file with these columns.
    ///
    /// - Throws: `unsupported` when Parquet cannot hold a type.
    public init(
        schema: Schema, options: ParquetWriterOptions = ParquetWriterOptions(), output: any ParquetOutput
    ) throws(PipelineError) {
        self.schema = schema
        self.options = options
        self.output = output
        let tree = try WriterSchema(schema, fieldIDs: options.fieldIDs)
        let texts = try PageCompressor(options.compression, options.compressionHistory)
        let numbers = options.compressesNumbers ? texts : PageCompressor()
        leaves = tree.leaves.map { leaf in
            leaf.physicalType == .byteArray
                ? LeafWriter(leaf, texts, dictionaryBytes: options.dictionaryBytes)
                : LeafWriter(leaf, numbers, dictionaryBytes: options.numberDictionaryBytes)
        }
        leaders = Self.leaders(tree.leaves, schema, options.equalColumns)
        metadata.schema = tree.elements
        metadata.createdBy = options.createdBy
        metadata.keyValues = options.keyValueMetadata.map { ($0.key, $0.value) }
        nullCounts = leaves.map { _ in 0 }
        valueCounts = nullCounts
        compressedByteCounts = nullCounts
        stage(Self.magic)
    }

    private static func leaders(_ leaves: [LeafColumn], _ schema: Schema, _ equalColumns: [Int: Int]) -> [Int?] {
        guard !equalColumns.isEmpty else { return leaves.map { _ in nil } }
        return leaves.map { leaf in
            guard leaf.path.count == 1, let column = schema.index(of: leaf.path[0]) else { return nil }
            return equalColumns[column].flatMap { leader in
                precondition(leader < column && schema.fields[leader].type == schema.fields[column].type)
                return leaves.firstIndex { $0.path == [schema.fields[leader].name] }
            }
        }
    }

    private static let magic: [UInt8] = Array("PAR1".utf8)

    /// How many rows have been appended.
    public var rowCount: Int { metadata.rowCount + groupRowCount }

    /// How many bytes are held in memory for the row group that is being filled.
    public var bufferedBytes: Int {
        leaves.reduce(staged.count) { $0 + $1.pages.bufferedBytes + $1.pendingBytes }
    }

    /// How many bytes the file has so far, with an estimate for what is still buffered.
    public var estimatedByteCount: Int {
        leaves.reduce(byteCount) { $0 + $1.pages.bufferedBytes + $1.pendingBytes / 2 }
    }

    /// Appends all rows of a batch, whose columns have the types of the schema.
    ///
    /// - Throws: `schemaMismatch`; `missingValue` for a NULL in a NOT NULL column; `numericOverflow` for a decimal that
    ///   does not fit its precision; what the output throws.
    public func append(_ batch: ColumnBatch) throws(PipelineError) {
        precondition(!isFinished, "the file is finished")
        try check(batch)
        var start = 0
        while start < batch.rowCount {
            // Never beyond the end of a page or group, so that both keep their row bounds exactly.
            let room = min(options.pageRows - pageRowCount, options.rowGroupRows - groupRowCount)
            let end = min(start + max(1, min(runRows(of: batch), room)), batch.rowCount)
            try appendRun(start == 0 && end == batch.rowCount ? batch : batch.slice(start..<end))
            start = end
        }
    }

    /// So many rows of the batch that none of its columns overfills a page by much.
    private func runRows(of batch: ColumnBatch) -> Int {
        guard batch.rowCount > 64 else { return batch.rowCount }
        let bytesPerRow = max(1, batch.byteCount / batch.rowCount)
        return min(Self.runRows, max(64, options.pageBytes / bytesPerRow))
    }

    private func appendRun(_ run: ColumnBatch) throws(PipelineError) {
        var leaf = 0
        for (column, field) in zip(run.columns, schema.fields) {
            if leaders[leaf] != nil { leaf += 1 } else { try append(column, field, leaf: &leaf) }
        }
        groupRowCount += run.rowCount
        pageRowCount += run.rowCount
        let endsPage = pageRowCount >= options.pageRows
        for writer in leaves where endsPage || writer.pendingBytes >= options.pageBytes { try writer.flushPage() }
        if endsPage { pageRowCount = 0 }
        let encoded = leaves.reduce(0) { $0 + $1.pages.bufferedBytes }
        if groupRowCount >= options.rowGroupRows || encoded >= options.rowGroupBytes { try finishRowGroup() }
    }

    private func check(_ batch: ColumnBatch) throws(PipelineError) {
        guard batch.schema.count == schema.count else {
            throw PipelineError(
                .schemaMismatch, "a batch has \(batch.schema.count) columns, the Parquet file \(schema.count)")
        }
        for (column, field) in zip(batch.columns, schema.fields) where !column.type.hasLayout(of: field.type) {
            throw PipelineError(
                .schemaMismatch,
                "column '\(field.name)' is \(field.type) in the Parquet file and \(column.type) in a batch")
        }
    }

    private func finishRowGroup() throws(PipelineError) {
        guard groupRowCount > 0 else { return }
        var group = RowGroupMetadata()
        group.rowCount = groupRowCount
        group.fileOffset = byteCount
        for (index, writer) in leaves.enumerated() {
            var chunk: ColumnChunkMetadata
            if let leader = leaders[index] {
                chunk = group.columns[leader]
                chunk.path = writer.pages.leaf.path
            } else {
                chunk = try writer.finishChunk(at: byteCount) { bytes throws(PipelineError) in try stage(bytes) }
            }
            nullCounts[index] += chunk.statistics?.nullCount ?? 0
            valueCounts[index] += chunk.valueCount
            compressedByteCounts[index] += chunk.compressedByteCount
            group.columns.append(chunk)
        }
        metadata.rowGroups.append(group)
        metadata.rowCount += groupRowCount
        (groupRowCount, pageRowCount) = (0, 0)
    }

    private func flushStaged() throws(PipelineError) {
        guard staged.count > 0 else { return }
        var taken = BufferBuilder<UInt8>()
        swap(&taken, &staged)
        try output.write(taken.finish())
    }

    private func stage(_ bytes: [UInt8]) {
        staged.append(contentsOf: bytes.span)
        byteCount += bytes.count
    }

    /// Puts bytes behind those that are staged; many leave at once, without a copy.
    private func stage(_ bytes: Buffer<UInt8>) throws(PipelineError) {
        byteCount += bytes.count
        if bytes.count < Self.stagedBytes / 8 {
            staged.append(contentsOf: bytes.span)
            if staged.count >= Self.stagedBytes { try flushStaged() }
        } else {
            try flushStaged()
            try output.write(bytes)
        }
    }

    /// Writes what is left and the footer, and says what the file holds. Nothing can be appended afterwards.
    public func finish() throws(PipelineError) -> ParquetFileSummary {
        precondition(!isFinished, "the file is finished")
        isFinished = true
        try finishRowGroup()
        var thrift = ThriftWriter()
        metadata.write(to: &thrift)
        let footer = thrift.finish()
        staged.append(contentsOf: footer)
        staged.append(littleEndian: UInt32(footer.count))
        byteCount += footer.count + 4
        stage(Self.magic)
        try flushStaged()
        let columns = leaves.indices.map { index in
            leaves[leaders[index] ?? index].summary(
                leaves[index].pages.leaf.path, valueCount: valueCounts[index], nullCount: nullCounts[index],
                compressedByteCount: compressedByteCounts[index])
        }
        return ParquetFileSummary(
            byteCount: byteCount, rowCount: metadata.rowCount, rowGroupCount: metadata.rowGroups.count,
            columns: columns)
    }
}
