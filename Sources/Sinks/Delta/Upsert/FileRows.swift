// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore

/// The rows of a table's data files as the table has them now, row group by row group.
struct FileRows: Sendable {
    /// The columns of the table that stand in files, by physical name.
    let schema: Schema

    init(_ head: TableHead) throws(PipelineError) {
        let physical = try head.schema.physical(head.columnMapping)
        schema = Schema(
            zip(head.schema.logical.fields, physical.fields).filter { logical, field in
                !head.metadata.partitionColumns.contains(logical.name) && field.type != .void
            }.map { $1 })
    }

    /// Opens a data file.
    ///
    /// - Throws: `unsupportedTableFeature` for files that we cannot read, with the reason.
    static func open(_ file: AddFile, in store: any ObjectStore) async throws(PipelineError) -> StoredParquetFile {
        guard file.deletionVector == nil else {
            throw PipelineError(
                .unsupportedTableFeature,
                "the file '\(file.path)' has a deletion vector, which this release cannot apply when it replaces rows",
                hint: "Run REORG TABLE … APPLY (PURGE) with Spark, and set delta.enableDeletionVectors to false")
        }
        guard !file.path.hasPrefix("/"), !file.path.contains("://"), !file.path.hasPrefix("file:") else {
            throw PipelineError(
                .unsupportedTableFeature, "the file '\(file.path)' lies outside of the table (a shallow clone?)",
                hint: "Use another table")
        }
        return try await StoredParquetFile(file.path, in: store)
    }

    /// Rows of a file in the table's columns: those that the file lacks are NULL.
    func aligned(_ rows: ColumnBatch) throws(PipelineError) -> ColumnBatch {
        var columns: [Column] = []
        for field in schema.fields {
            if let index = rows.schema.fields.firstIndex(where: { $0.name == field.name }) {
                try Self.requireSameType(rows.schema.fields[index], field)
                columns.append(rows.columns[index])
            } else {
                columns.append(Column(field.type, repeating: .null, count: rows.rowCount))
            }
        }
        return ColumnBatch(schema: schema, columns: columns, rowCount: rows.rowCount)
    }

    static func requireSameType(_ file: Field, _ table: Field) throws(PipelineError) {
        guard !DeltaWritePlan.fits(file.type, table.type) else { return }
        throw PipelineError(
            .unsupportedTableFeature,
            "column '\(table.name)' is \(table.type), and a file that has to be rewritten holds \(file.type)",
            hint: "Rewrite the table's files with the new type (REORG TABLE with Spark), or use another table")
    }
}
