// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import ObjectStore
import Parquet

/// The rows of a table checkpoint on their way into its file. Actions become rows in runs, so memory is bounded.
struct CheckpointRows {
    /// What a finished file holds.
    struct Summary {
        let rowCount: Int
        let byteCount: Int
        let fileCount: Int
        /// The size of the table's data files.
        let fileBytes: Int64
    }

    private struct Output: ParquetOutput {
        let writer: any ObjectWriter
        func write(_ bytes: Buffer<UInt8>) throws(PipelineError) { try writer.append(bytes.span) }
    }

    /// The columns, by position in `types`.
    private enum Kind: Int { case txn, add, remove, metadata, tableProtocol, domain, checkpointMetadata }

    /// So many actions are turned into columns at once.
    private static let runRows = 1024

    private let types: [(name: String, type: DataType)]
    private let schema: Schema
    private let writer: ParquetFileWriter
    private let parsed: ParsedStatistics?
    private let statsAsText: Bool
    /// Whether the file follows the V2 spec: one file with all actions in it, without sidecars.
    private let isV2: Bool
    private let oldestTombstoneMillis: Int64
    private var files: [AddFile] = []
    private var tombstones: [Value] = []
    private var fileCount = 0
    private var fileBytes: Int64 = 0

    /// - Parameter oldestTombstoneMillis: tombstones of files that were removed earlier are left out.
    init(_ head: TableHead, output: any ObjectWriter, oldestTombstoneMillis: Int64) throws(PipelineError) {
        statsAsText =
            head.metadata.configuration["delta.checkpoint.writeStatsAsJson"]?.lowercased() != "false"
        parsed = ParsedStatistics(head)
        self.oldestTombstoneMillis = oldestTombstoneMillis
        isV2 =
            head.tableProtocol.has("v2Checkpoint") && head.metadata.configuration["delta.checkpointPolicy"] == "v2"
        types =
            [
                ("txn", CheckpointSchema.txn), ("add", CheckpointSchema.add(parsed, statsAsText: statsAsText)),
                ("remove", CheckpointSchema.remove), ("metaData", CheckpointSchema.metadata),
                ("protocol", CheckpointSchema.tableProtocol), ("domainMetadata", CheckpointSchema.domain),
            ]
            + (isV2
                ? [
                    ("checkpointMetadata", CheckpointSchema.checkpointMetadata),
                    ("sidecar", CheckpointSchema.sidecar),
                ] : [])
        schema = Schema(types.map { Field($0.name, $0.type) })
        var options = ParquetWriterOptions()
        options.compression = .snappy
        // Whoever merges this file later holds one row group of it in memory.
        options.rowGroupRows = 2048
        options.rowGroupBytes = 4 << 20
        writer = try ParquetFileWriter(schema: schema, options: options, output: Output(writer: output))
    }

    private func append(_ rows: Column, _ kind: Kind) throws(PipelineError) {
        guard rows.count > 0 else { return }
        let columns = types.indices.map { index in
            index == kind.rawValue ? rows : Column(types[index].type, repeating: .null, count: rows.count)
        }
        try writer.append(ColumnBatch(schema: schema, columns: columns, rowCount: rows.count))
    }

    private func append(_ values: [Value], _ kind: Kind) throws(PipelineError) {
        guard !values.isEmpty else { return }
        try append(Column(types[kind.rawValue].type, values), kind)
    }

    /// Everything but files.
    func append(_ head: TableHead, txns: [Txn]) throws(PipelineError) {
        if isV2 { try append([.structure([.bigint(head.version.number), .null])], .checkpointMetadata) }
        try append([CheckpointRow.value(head.tableProtocol)], .tableProtocol)
        try append([CheckpointRow.value(head.metadata)], .metadata)
        try append(txns.map { CheckpointRow.value($0) }, .txn)
        let domains = head.domainMetadata.values.sorted { $0.domain < $1.domain }
        try append(domains.map { CheckpointRow.value($0) }, .domain)
    }

    mutating func append(_ file: AddFile) throws(PipelineError) {
        fileCount += 1
        fileBytes += file.byteCount
        files.append(file)
        if files.count >= Self.runRows { try flushFiles() }
    }

    mutating func append(_ file: RemoveFile) throws(PipelineError) {
        guard (file.deletionMillis ?? 0) >= oldestTombstoneMillis else { return }
        tombstones.append(CheckpointRow.value(file))
        if tombstones.count >= Self.runRows { try flushTombstones() }
    }

    /// The files of an earlier checkpoint, without those that `isOutdated` names.
    ///
    /// Columns of the same type are passed on as they are, without a value for each file.
    mutating func append(
        _ piece: TableCheckpointReader.Piece, except isOutdated: (FileKey) -> Bool
    ) throws(PipelineError) {
        guard case .column(let column) = piece else {
            for action in try piece.actions() { try append(action, except: isOutdated) }
            return
        }
        let isAdd = column.name == "add"
        let kind: Kind = isAdd ? .add : .remove
        var kept: [Int32] = []
        for row in column.rows {
            if !isAdd, (column.integer("deletionTimestamp", row) ?? 0) < oldestTombstoneMillis { continue }
            guard !isOutdated(try column.fileKey(row, path: try column.path(row))) else { continue }
            kept.append(Int32(row))
        }
        guard column.column.type == types[kind.rawValue].type else {
            for row in kept {
                if let action = try column.action(Int(row)) { try append(action, except: { _ in false }) }
            }
            return
        }
        if isAdd {
            fileCount += kept.count
            fileBytes += kept.reduce(0) { $0 + (column.integer("size", Int($1)) ?? 0) }
        }
        try append(column.column.taking(Buffer(kept)), kind)
    }

    private mutating func append(_ action: Action, except isOutdated: (FileKey) -> Bool) throws(PipelineError) {
        switch action {
        case .add(let file) where !isOutdated(file.key): try append(file)
        case .remove(let file) where !isOutdated(file.key): try append(file)
        default: break
        }
    }

    private mutating func flushFiles() throws(PipelineError) {
        guard !files.isEmpty else { return }
        try append(AddColumn.make(files, parsed, statsAsText: statsAsText), .add)
        files.removeAll(keepingCapacity: true)
    }

    private mutating func flushTombstones() throws(PipelineError) {
        try append(tombstones, .remove)
        tombstones.removeAll(keepingCapacity: true)
    }

    /// Completes the file.
    mutating func finish() throws(PipelineError) -> Summary {
        try flushFiles()
        try flushTombstones()
        let file = try writer.finish()
        return Summary(
            rowCount: file.rowCount, byteCount: file.byteCount, fileCount: fileCount, fileBytes: fileBytes)
    }
}
