// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures

/// The columns by which an upsert finds rows, and where their values stand: in data files or in the log.
struct UpsertKeys: Sendable {
    /// One column of the key.
    struct Part: Sendable {
        /// Its physical name and type.
        let field: Field
        /// Whether the table is partitioned by it.
        let isPartition: Bool
    }

    let parts: [Part]
    let encoder: KeyEncoder

    /// - Parameter added: columns that the table gets with the commit.
    init(_ names: [String], _ head: TableHead, added: [Field]) throws(PipelineError) {
        let physical = try head.schema.physical(head.columnMapping)
        var parts: [Part] = []
        for name in names {
            if let index = head.schema.logical.index(of: name) {
                let field = head.schema.logical.fields[index]
                parts.append(
                    Part(
                        field: Field(physical.fields[index].name, physical.fields[index].type),
                        isPartition: head.metadata.partitionColumns.contains(field.name)))
            } else if let field = added.first(where: { $0.name.lowercased() == name.lowercased() }) {
                parts.append(Part(field: Field(field.name, field.type), isPartition: false))
            } else {
                throw PipelineError(.schemaMismatch, "the table has no key column '\(name)'")
            }
        }
        self.parts = parts
        encoder = KeyEncoder(parts.map(\.field.type))
    }

    /// The values of the partition columns of the key, which say among which files its rows can be.
    func partition(_ values: [String: String?]) -> [Value] {
        parts.filter(\.isPartition).map { part in
            PartitionValue.value(values[part.field.name] ?? nil, part.field.type)
        }
    }

    /// The positions of the key's columns in a data file; those that it lacks are NULL in all its rows.
    func columnIndices(in schema: Schema) -> [Int] {
        parts.compactMap { part in
            part.isPartition ? nil : schema.fields.firstIndex { $0.name == part.field.name }
        }
    }

    /// The key columns of rows of a data file.
    ///
    /// - Throws: `unsupportedTableFeature` when the file has another type than the table.
    func columns(of rows: ColumnBatch, _ partitionValues: [String: String?]) throws(PipelineError) -> [Column] {
        var columns: [Column] = []
        for part in parts {
            if part.isPartition {
                let value = PartitionValue.value(partitionValues[part.field.name] ?? nil, part.field.type)
                columns.append(Column(part.field.type, repeating: value, count: rows.rowCount))
            } else if let index = rows.schema.fields.firstIndex(where: { $0.name == part.field.name }) {
                try FileRows.requireSameType(rows.schema.fields[index], part.field)
                columns.append(rows.columns[index])
            } else {
                columns.append(Column(part.field.type, repeating: .null, count: rows.rowCount))
            }
        }
        return columns
    }
}
