// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import Parquet

/// A few rows of a Delta table, read back from one of its data files. For tables without column mapping and deletion vectors.
struct TablePreview {
    let table: DeltaTable
    let snapshot: TableSnapshot

    /// At most `count` rows of the newest file, partition columns last, as text.
    func rows(_ count: Int) async throws(PipelineError) -> (schema: Schema, rows: [[Value]]) {
        guard let file = snapshot.files.max(by: { $0.modificationMillis < $1.modificationMillis }) else {
            return (snapshot.schema.logical, [])
        }
        let bytes = try await table.store.get(file.path)
        let parquet = try ParquetFile(ParquetMemoryInput(Buffer(bytes)))
        let batch = try parquet.readRowGroup(0)
        let partitions = snapshot.metadata.partitionColumns
        let values = partitions.map { column in
            (file.partitionValues[column] ?? nil).map { Value.string($0) } ?? .null
        }
        let schema = Schema(batch.schema.fields + partitions.map { Field($0, .string) })
        return (schema, (0..<min(count, batch.rowCount)).map { batch.row($0) + values })
    }
}
