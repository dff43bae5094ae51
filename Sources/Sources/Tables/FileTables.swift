// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Columnar
import Delta
public import Failures
public import StreamCore

/// Reads the tables of lookup joins: Delta tables, and Parquet, CSV and JSON files by path, folder or glob.
///
/// - CSV: the first record of each file names the columns; types are the first that all values can be cast to of BIGINT, DOUBLE,
///   BOOLEAN (`true`, `false`), DATE, TIMESTAMP, else STRING. An empty field is NULL.
/// - JSON: one object a line; the columns are the fields of all records; texts stay STRING.
/// - The version of files is a digest of their names, sizes and times. A table is held in memory as a whole.
/// - A record that does not fit stops the epoch with its place: a table of which a part is missing gives wrong answers.
public struct FileTables: LookupTables {
    /// A reader.
    public init() {}

    /// The columns of a table as it is now, for callers that cannot wait otherwise: the thread blocks meanwhile.
    public func schemaBlocking(of table: LookupPlan.TableReference) throws(PipelineError) -> Schema {
        try SynchronousWait.result { () throws(PipelineError) in try await schema(of: table) }
    }

    /// The columns of a table as it is now.
    public func schema(of table: LookupPlan.TableReference) async throws(PipelineError) -> Schema {
        do throws(PipelineError) {
            switch table.format {
            case .delta: return try await DeltaTableRows(table.path).schema()
            case .parquet: return try await ParquetTableRows.schema(try FileTable(table.path).listed())
            case .csv: return try CSVTableRows.schema(try FileTable(table.path).listed())
            case .json: return try JSONTableRows.schema(try FileTable(table.path).listed())
            }
        } catch {
            throw error.within("table", table.path)
        }
    }

    /// The version that a table has now.
    public func version(of table: LookupPlan.TableReference) async throws(PipelineError) -> String {
        switch table.format {
        case .delta: try await DeltaTableRows(table.path).version()
        case .parquet, .csv, .json: FileTable.version(of: try FileTable(table.path).listed())
        }
    }

    /// The rows of a version.
    public func rows(
        of table: LookupPlan.TableReference, version: String, schema: Schema
    ) async throws(PipelineError) -> ColumnBatch? {
        if table.format == .delta { return try await DeltaTableRows(table.path).rows(version: version, schema) }
        let files = try FileTable(table.path).listed()
        guard FileTable.version(of: files) == version else { return nil }
        let parts: [ColumnBatch]
        switch table.format {
        case .delta: parts = []
        case .parquet: parts = try await ParquetTableRows.rows(files, schema)
        case .csv: parts = try CSVTableRows.rows(files, schema)
        case .json: parts = try JSONTableRows.rows(files, schema)
        }
        // Files that changed while they were read may have been read half old, half new.
        guard FileTable.version(of: try FileTable(table.path).listed()) == version else { return nil }
        return parts.joined(schema)
    }
}

extension [ColumnBatch] {
    /// All rows below each other.
    func joined(_ schema: Schema) -> ColumnBatch {
        let filled = filter { $0.rowCount > 0 }
        guard !filled.isEmpty else {
            return ColumnBatch(
                schema: schema, columns: schema.fields.map { Column(nulls: $0.type, count: 0) }, rowCount: 0)
        }
        return ColumnBatch.concatenated(filled)
    }
}
