// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import StreamCore

/// Parquet files as a table.
enum ParquetTableRows {
    /// The columns of the first file; those that other files have besides stay unread.
    static func schema(_ files: [FileListing.Entry]) async throws(PipelineError) -> Schema {
        Schema(try await open(files[0]).schema.fields.map { Field($0.name, $0.type) })
    }

    /// The rows of all files. A file without one of the columns gives NULL there.
    static func rows(_ files: [FileListing.Entry], _ schema: Schema) async throws(PipelineError) -> [ColumnBatch] {
        var parts: [ColumnBatch] = []
        for file in files {
            do throws(PipelineError) {
                let parquet = try await open(file)
                let present = schema.fields.indices.filter { parquet.schema.index(of: schema.fields[$0].name) != nil }
                let names = present.map { schema.fields[$0].name }
                let places = names.compactMap { parquet.schema.index(of: $0) }
                for group in 0..<parquet.rowGroupCount {
                    let rows = try await parquet.readRowGroup(group, columnIndices: places)
                    parts.append(try TableColumns.aligned(rows, names: names, to: schema))
                }
            } catch {
                throw error.within("file", file.path)
            }
        }
        return parts
    }

    private static func open(_ file: FileListing.Entry) async throws(PipelineError) -> StoredParquetFile {
        let root = try StoreLocation("/")
        return try await StoredParquetFile(String(file.path.drop { $0 == "/" }), in: root.makeStore())
    }
}

/// Columns of a file in the place and of the type that a table has them in.
enum TableColumns {
    /// Rows of which column `i` is `names[i]`; other columns of the schema are NULL.
    static func aligned(
        _ rows: ColumnBatch, names: [String], to schema: Schema
    ) throws(PipelineError) -> ColumnBatch {
        var columns: [Column] = []
        for field in schema.fields {
            guard let index = names.firstIndex(of: field.name) else {
                columns.append(Column(nulls: field.type, count: rows.rowCount))
                continue
            }
            columns.append(try cast(rows.columns[index], to: field))
        }
        return ColumnBatch(schema: schema, columns: columns, rowCount: rows.rowCount)
    }

    /// A column in the type of a field; files may be older than the table's type.
    static func cast(_ column: Column, to field: Field) throws(PipelineError) -> Column {
        if column.type == field.type { return column }
        guard Cast.allows(column.type, field.type) else { throw mismatch(column.type, field) }
        var errors = RowErrors()
        let result = Cast.apply(column, to: field.type, mode: .ansi, errors: &errors)
        guard errors.isEmpty else { throw mismatch(column.type, field) }
        return result
    }

    private static func mismatch(_ type: DataType, _ field: Field) -> PipelineError {
        PipelineError(.schemaMismatch, "column '\(field.name)' is \(type) in a file, and \(field.type) in the table")
    }
}
