// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import ObjectStore
import Parquet

/// Writes a table checkpoint: the state of a version in one Parquet file (V1), and the hint that points to it.
///
/// Delta protocol, "Checkpoints", "V1 Spec". Actions become rows in runs, so memory beyond the file itself is bounded.
struct TableCheckpointWriter {
    let store: any ObjectStore
    let nowMillis: Int64

    /// So many actions are turned into columns at once.
    private static let runRows = 2048
    /// How long tombstones are kept unless `delta.deletedFileRetentionDuration` says otherwise: a week.
    private static let retentionMillis: Int64 = 7 * 86_400_000

    /// Writes the checkpoint of a snapshot; one that is there already stays.
    func write(_ snapshot: TableSnapshot) async throws(PipelineError) {
        let output = ParquetMemoryOutput()
        let rowCount = try encode(snapshot, to: output)
        let bytes = output.take().array
        _ = try await store.putIfAbsent(LogFileName.checkpointKey(snapshot.version), bytes)
        if let hint = try await LastCheckpoint.read(from: store), hint.version >= snapshot.version { return }
        try await store.put(
            LogFileName.lastCheckpointKey,
            LastCheckpoint.text(
                version: snapshot.version, actions: rowCount, byteCount: bytes.count, files: snapshot.fileCount))
    }

    private func encode(_ snapshot: TableSnapshot, to output: ParquetMemoryOutput) throws(PipelineError) -> Int {
        let configuration = snapshot.metadata.configuration
        let statsAsText = configuration["delta.checkpoint.writeStatsAsJson"]?.lowercased() != "false"
        let parsed = ParsedStatistics(snapshot)
        let addType = CheckpointSchema.add(parsed, statsAsText: statsAsText)
        let types: [(name: String, type: DataType)] = [
            ("txn", CheckpointSchema.txn), ("add", addType), ("remove", CheckpointSchema.remove),
            ("metaData", CheckpointSchema.metadata), ("protocol", CheckpointSchema.tableProtocol),
            ("domainMetadata", CheckpointSchema.domain),
        ]
        let schema = Schema(types.map { Field($0.name, $0.type) })
        var options = ParquetWriterOptions()
        options.compression = .snappy
        let writer = try ParquetFileWriter(schema: schema, options: options, output: output)
        func append(_ rows: Column, column: Int) throws(PipelineError) {
            let columns = types.indices.map { index in
                index == column ? rows : Column(types[index].type, repeating: .null, count: rows.count)
            }
            try writer.append(ColumnBatch(schema: schema, columns: columns, rowCount: rows.count))
        }
        func append(_ values: [Value], column: Int) throws(PipelineError) {
            try append(Column(types[column].type, values), column: column)
        }
        try append([CheckpointRow.value(snapshot.tableProtocol)], column: 4)
        try append([CheckpointRow.value(snapshot.metadata)], column: 3)
        let txns = liveTxns(snapshot)
        if !txns.isEmpty { try append(txns.map { CheckpointRow.value($0) }, column: 0) }
        let domains = snapshot.domainMetadata.values.sorted { $0.domain < $1.domain }
        if !domains.isEmpty { try append(domains.map { CheckpointRow.value($0) }, column: 5) }

        var run: [Value] = []
        let oldest =
            nowMillis - (Self.duration(configuration["delta.deletedFileRetentionDuration"]) ?? Self.retentionMillis)
        for file in snapshot.tombstones where (file.deletionMillis ?? 0) >= oldest {
            run.append(CheckpointRow.value(file))
            guard run.count >= Self.runRows else { continue }
            try append(run, column: 2)
            run.removeAll(keepingCapacity: true)
        }
        if !run.isEmpty { try append(run, column: 2) }
        var files: [AddFile] = []
        for file in snapshot.files {
            files.append(file)
            guard files.count >= Self.runRows else { continue }
            try append(AddColumn.make(files, parsed, statsAsText: statsAsText), column: 1)
            files.removeAll(keepingCapacity: true)
        }
        if !files.isEmpty { try append(AddColumn.make(files, parsed, statsAsText: statsAsText), column: 1) }
        return try writer.finish().rowCount
    }

    /// The applications whose record has not expired (`delta.setTransactionRetentionDuration`).
    private func liveTxns(_ snapshot: TableSnapshot) -> [Txn] {
        let retention = Self.duration(snapshot.metadata.configuration["delta.setTransactionRetentionDuration"])
        return snapshot.txns.values.sorted { $0.appID < $1.appID }.filter { txn in
            guard let retention, let updated = txn.lastUpdatedMillis else { return true }
            return updated >= nowMillis - retention
        }
    }

    /// Milliseconds of `interval 1 week` and the like; `nil` for text that is not understood.
    static func duration(_ text: String?) -> Int64? {
        guard let text else { return nil }
        var words = text.lowercased().split(separator: " ")
        if words.first == "interval" { words.removeFirst() }
        guard !words.isEmpty, words.count % 2 == 0 else { return nil }
        let units: [String: Int64] = [
            "millisecond": 1, "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000,
            "week": 604_800_000,
        ]
        var total: Int64 = 0
        for index in stride(from: 0, to: words.count, by: 2) {
            var unit = String(words[index + 1])
            if unit.hasSuffix("s") { unit.removeLast() }
            guard let number = Int64(words[index]), let size = units[unit] else { return nil }
            let (part, overflow) = number.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            total &+= part
        }
        return total
    }
}
