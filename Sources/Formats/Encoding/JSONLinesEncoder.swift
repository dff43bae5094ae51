// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// Rows as JSON objects, one a line.
///
/// - A NULL column or STRUCT field is left out, as Spark's `to_json` does; NULL in an ARRAY or MAP is `null`.
/// - TIMESTAMP is ISO 8601 in UTC with six digits and `Z`, TIMESTAMP_NTZ the same without `Z`, DATE `YYYY-MM-DD`, BINARY
///   base64, DECIMAL a number with its scale's digits; `NaN` and infinities are strings.
/// - What it writes, `RecordDecoder` reads back as the same values.
public struct JSONLinesEncoder: Sendable {
    private let schema: Schema
    private let prefixes: [Buffer<UInt8>]

    /// An encoder of rows with these columns.
    public init(schema: Schema) {
        self.schema = schema
        prefixes = JSONCells.namePrefixes(schema.fields.map(\.name))
    }

    /// Appends a line for each row. One pass per column, then one that joins them.
    public func encode(_ batch: ColumnBatch, into output: inout BufferBuilder<UInt8>) {
        let cells = batch.columns.map { JSONCells($0) }
        for row in 0..<batch.rowCount {
            JSONCells.appendObject(cells, prefixes, row: row, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
    }

    /// One row as a JSON object. Slow; for dead letters and messages.
    public static func object(of batch: ColumnBatch, row: Int) -> Buffer<UInt8> {
        var output = BufferBuilder<UInt8>()
        JSONLinesEncoder(schema: batch.schema).encode(batch.slice(row..<row + 1), into: &output)
        let line = output.finish()
        return line.slice(0..<line.count - 1)
    }

    /// Appends the object of each row without a line end, and where it ends to `ends`.
    public func encode(
        _ batch: ColumnBatch, into output: inout BufferBuilder<UInt8>, ends: inout BufferBuilder<Int32>
    ) {
        let cells = batch.columns.map { JSONCells($0) }
        for row in 0..<batch.rowCount {
            JSONCells.appendObject(cells, prefixes, row: row, to: &output)
            ends.append(Int32(output.count))
        }
    }

    /// One value as JSON; `null` for NULL. Slow; for messages and tables of a few rows.
    public static func text(of column: Column, row: Int) -> String {
        column.isNull(row) ? "null" : JSONCells(column.slice(row..<row + 1)).bytes.text
    }
}
