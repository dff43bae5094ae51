// SPDX-License-Identifier: Apache-2.0
import Columnar
import Parquet

/// Writes batches to the bytes of a file.
func parquet(
    _ batches: [ColumnBatch], schema: Schema? = nil, _ options: ParquetWriterOptions = ParquetWriterOptions()
) throws -> (bytes: [UInt8], summary: ParquetFileSummary) {
    let output = ParquetMemoryOutput()
    let writer = try ParquetFileWriter(schema: schema ?? batches[0].schema, options: options, output: output)
    for batch in batches { try writer.append(batch) }
    let summary = try writer.finish()
    return (output.take().array, summary)
}
