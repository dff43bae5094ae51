// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import Sinks
import StreamCore
import StreamTesting

/// Upserting sinks over rows `(device, day, value)` and what their tables hold.
struct UpsertBench {
    static let schema = Schema([Field("device", .string), Field("day", .date), Field("value", .bigint)])

    /// A key and its value.
    struct Row: Hashable {
        var device: String?
        var day: Int32?
        var value: Int64?
    }

    let bench: SinkBench

    init(_ store: any ObjectStore = MemoryObjectStore()) { bench = SinkBench(store) }

    func sink(
        _ mode: DeltaSinkOptions.Mode = .upsert, keys: [String] = ["device"], partitionBy: [String] = [],
        _ change: (inout DeltaSinkOptions) -> Void = { _ in }
    ) -> DeltaSink {
        bench.sink(schema: Self.schema) { options in
            options.mode = mode
            options.keys = mode == .upsert ? keys : []
            options.partitionBy = partitionBy
            options.compression = .snappy
            change(&options)
        }
    }

    static func batch(_ rows: [Row]) -> ColumnBatch {
        ColumnBatch(
            schema: schema,
            columns: [
                Column(.string, rows.map { row in row.device.map { .string($0) } ?? .null }),
                Column(.date, rows.map { row in row.day.map { .date($0) } ?? .null }),
                Column(.bigint, rows.map { row in row.value.map { .bigint($0) } ?? .null }),
            ], rowCount: rows.count)
    }

    /// One epoch; each worker has one batch.
    @discardableResult
    static func run(
        _ sink: DeltaSink, _ epoch: Int64, _ workers: [Row]...
    ) async throws(PipelineError) -> PublishOutcome {
        let token = try await SinkBench.prepare(sink, epoch, workers.map { [batch($0)] })
        return try await sink.publish(Epoch(epoch), token, provenance: SinkBench.provenance(epoch))
    }

    /// All rows of the newest version, in no order; read from the live files.
    func rows() async throws -> [Row] {
        let snapshot = try await bench.snapshot()
        var rows: [Row] = []
        for file in snapshot.files {
            let parquet = try await StoredParquetFile(file.path, in: bench.store)
            for group in 0..<parquet.rowGroupCount {
                let batch = try await parquet.readRowGroup(group)
                for row in 0..<batch.rowCount {
                    func value(_ name: String, _ type: DataType) -> Value {
                        if let index = batch.schema.index(of: name) { return batch.columns[index].value(at: row) }
                        return PartitionValue.value(file.partitionValues[name] ?? nil, type)
                    }
                    var read = Row()
                    if case .string(let text) = value("device", .string) { read.device = text }
                    if case .date(let days) = value("day", .date) { read.day = days }
                    if case .bigint(let number) = value("value", .bigint) { read.value = number }
                    rows.append(read)
                }
            }
        }
        return rows
    }

    func sortedRows() async throws -> [Row] { try await rows().sorted { Self.order($0) < Self.order($1) } }

    static func order(_ row: Row) -> String { "\(row.device ?? "")|\(row.day ?? -1)|\(row.value ?? -1)" }
}
