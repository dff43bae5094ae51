// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import StreamCore

/// A Delta table as a table of a lookup.
///
/// - Not yet read: files with deletion vectors, and files outside of the table; refused by name.
struct DeltaTableRows {
    private let table: DeltaTable

    init(_ path: String) throws(PipelineError) { table = try DeltaTable.open(path) }

    func schema() async throws(PipelineError) -> Schema { try await table.head().schema.logical }

    func version() async throws(PipelineError) -> String { try await table.head().version.description }

    /// The rows of a version; `nil` when an older one can no longer be read.
    func rows(version: String, _ schema: Schema) async throws(PipelineError) -> ColumnBatch? {
        guard let number = Int64(version) else { return nil }
        do throws(PipelineError) {
            return try await rows(try await table.snapshot(version: TableVersion(number)), schema)
        } catch {
            let gone: Set<PipelineError.Code> = [.invalidArgument, .corruptTable, .objectNotFound]
            guard gone.contains(error.code), try await table.head().version.number != number else { throw error }
            return nil
        }
    }

    private func rows(_ snapshot: TableSnapshot, _ schema: Schema) async throws(PipelineError) -> ColumnBatch {
        let head = snapshot.head
        var parts: [ColumnBatch] = []
        for file in snapshot.files.sorted(by: { $0.path < $1.path }) {
            try Self.requireReadable(file)
            let parquet = try await StoredParquetFile(file.path, in: table.store)
            let places = Self.places(schema, head, in: parquet.schema)
            for group in 0..<parquet.rowGroupCount {
                let rows = try await parquet.readRowGroup(group, columnIndices: places.compactMap { $0 })
                parts.append(try Self.aligned(rows, places, file, schema, head))
            }
        }
        return parts.joined(schema)
    }

    private static func requireReadable(_ file: AddFile) throws(PipelineError) {
        guard file.deletionVector == nil else {
            throw PipelineError(
                .unsupportedTableFeature, "the file '\(file.path)' has a deletion vector, which lookups cannot apply",
                hint: "Run REORG TABLE … APPLY (PURGE) with Spark, and set delta.enableDeletionVectors to false")
        }
        guard !file.path.hasPrefix("/"), !file.path.contains("://"), !file.path.hasPrefix("file:") else {
            throw PipelineError(
                .unsupportedTableFeature, "the file '\(file.path)' lies outside of the table (a shallow clone?)",
                hint: "Use another table")
        }
    }

    /// For each column of the table where it stands in a file; `nil` where it does not.
    private static func places(_ schema: Schema, _ head: TableHead, in file: Schema) -> [Int?] {
        schema.fields.map { field in
            guard let index = head.schema.logical.index(of: field.name),
                !head.metadata.partitionColumns.contains(head.schema.logical.fields[index].name)
            else { return nil }
            let name = head.schema.physicalName(of: index, head.columnMapping)
            return file.fields.firstIndex { $0.name == name }
        }
    }

    private static func aligned(
        _ rows: ColumnBatch, _ places: [Int?], _ file: AddFile, _ schema: Schema, _ head: TableHead
    ) throws(PipelineError) -> ColumnBatch {
        var columns: [Column] = []
        var next = 0
        for (field, place) in zip(schema.fields, places) {
            if place != nil {
                columns.append(try TableColumns.cast(rows.columns[next], to: field))
                next += 1
            } else {
                columns.append(try constant(field, file, head, count: rows.rowCount))
            }
        }
        return ColumnBatch(schema: schema, columns: columns, rowCount: rows.rowCount)
    }

    /// The value of a partition column, or NULL of a column that the file lacks.
    private static func constant(
        _ field: Field, _ file: AddFile, _ head: TableHead, count: Int
    ) throws(PipelineError) -> Column {
        guard let index = head.schema.logical.index(of: field.name) else {
            return Column(nulls: field.type, count: count)
        }
        let name = head.schema.physicalName(of: index, head.columnMapping)
        guard let text = file.partitionValues[name].flatMap({ $0 }), !text.isEmpty else {
            return Column(nulls: field.type, count: count)
        }
        let value = try TableColumns.cast(Column(.string, [.string(text)]), to: field)
        return Column(field.type, repeating: value.value(at: 0), count: count)
    }
}
