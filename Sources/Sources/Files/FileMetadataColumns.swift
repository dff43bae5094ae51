// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The columns that say where a row of a file came from; only those that some SQL names.
struct FileMetadataColumns: Sendable {
    let fields: [Field]

    func append(
        to rows: ColumnBatch, path: String, modifiedMicros: Int64, records: RawRecords, recordIndices: Buffer<Int32>
    ) -> ColumnBatch {
        if fields.isEmpty { return rows }
        let columns = fields.map { field in
            switch field.name {
            case "_file_path": Column(.string, repeating: .string(path), count: rows.rowCount)
            case "_file_modified": Column(.timestamp, repeating: .timestamp(modifiedMicros), count: rows.rowCount)
            case "_offset":
                Column(
                    .bigint, count: rows.rowCount, validity: nil,
                    storage: .int64(records.positions.taking(recordIndices)))
            default: Column(field.type, repeating: .null, count: rows.rowCount)
            }
        }
        return ColumnBatch(
            schema: Schema(rows.schema.fields + fields), columns: rows.columns + columns, rowCount: rows.rowCount)
    }
}
