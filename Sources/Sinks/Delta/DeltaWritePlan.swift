// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import StreamCore

/// How rows of a relation become rows of a table: which column goes where, and what the table lacks. Decided once per table version.
struct DeltaWritePlan: Sendable {
    /// A column of the data files.
    struct DataColumn: Sendable {
        /// Its position among the incoming columns.
        let source: Int
        /// Its name and type in the file.
        let physical: Field
        /// Its name for messages.
        let name: String
    }

    /// A column that the table is partitioned by.
    struct PartitionColumn: Sendable {
        let source: Int
        /// Its key in `add.partitionValues`.
        let physicalName: String
        let name: String
        let nullable: Bool
    }

    let incoming: Schema
    let dataColumns: [DataColumn]
    let partitionColumns: [PartitionColumn]
    /// Columns that the first commit with these files adds to the table.
    let addedFields: [Field]
    /// The columns of the data files.
    let fileSchema: Schema
    let fieldIDs: [[String]: Int32]
    let statistics: StatisticsColumns

    /// Matches incoming columns with the table's, by name without regard to case.
    ///
    /// - Throws: `schemaMismatch` with every column that does not fit; `unsupportedTableFeature` for tables that we cannot write.
    init(
        _ head: TableHead, incoming: Schema, evolution: DeltaSinkOptions.SchemaEvolution
    ) throws(PipelineError) {
        let rules = try WriteRules(head)
        let table = head.schema.logical
        let physical = try head.schema.physical(head.columnMapping)
        var problems: [String] = []
        var sources: [Int: Int] = [:]
        var added: [Field] = []
        for (source, field) in incoming.fields.enumerated() {
            guard let target = table.index(of: field.name) else {
                added.append(Field(field.name, field.type, comment: field.comment))
                continue
            }
            if let earlier = sources.updateValue(source, forKey: target) {
                problems.append(
                    "columns '\(incoming.fields[earlier].name)' and '\(field.name)' are the same to the table")
            }
            if !Self.fits(field.type, table.fields[target].type) {
                problems.append("column '\(field.name)' is \(field.type), the table's is \(table.fields[target].type)")
            }
        }
        for (index, field) in table.fields.enumerated() where sources[index] == nil {
            if !field.nullable {
                problems.append("the table's column '\(field.name)' is NOT NULL, and the rows have no such column")
            } else if !rules.allowsOmitting(column: index) {
                problems.append("the table's column '\(field.name)' has a DEFAULT, and the rows have no such column")
            }
        }
        if !added.isEmpty {
            let names = added.map { "'\($0.name)'" }.joined(separator: ", ")
            if evolution == .none {
                problems.append("the table has no column \(names)")
            } else if head.columnMapping != .none {
                problems.append("columns (\(names)) cannot be added to a table with column mapping")
            } else {
                try head.requireCanAdd(added)
            }
        }
        guard problems.isEmpty else { throw Self.mismatch(problems, hasAdded: !added.isEmpty && evolution == .none) }

        let partitionNames = head.metadata.partitionColumns
        partitionColumns = partitionNames.compactMap { name in
            guard let target = table.fields.firstIndex(where: { $0.name == name }), let source = sources[target] else {
                return nil
            }
            return PartitionColumn(
                source: source, physicalName: head.schema.physicalName(of: target, head.columnMapping),
                name: name, nullable: table.fields[target].nullable)
        }
        guard partitionColumns.count == partitionNames.count else {
            throw Self.mismatch(["the rows lack one of the partition columns \(partitionNames)"], hasAdded: false)
        }
        var dataColumns: [DataColumn] = []
        for (target, field) in table.fields.enumerated() where !partitionNames.contains(field.name) {
            // A column without a type yet has no place in a file; readers see NULL.
            guard field.type != .void else { continue }
            guard let source = sources[target] else { continue }
            dataColumns.append(DataColumn(source: source, physical: physical.fields[target], name: field.name))
        }
        for field in added {
            guard let source = incoming.fields.firstIndex(where: { $0.name == field.name }) else { continue }
            dataColumns.append(DataColumn(source: source, physical: field, name: field.name))
        }
        guard !dataColumns.isEmpty else {
            throw Self.mismatch(["the rows have no column beside the partition columns"], hasAdded: false)
        }
        self.incoming = incoming
        self.dataColumns = dataColumns
        addedFields = added
        fileSchema = Schema(dataColumns.map(\.physical))
        fieldIDs = head.columnMapping == .none ? [:] : head.schema.fieldIDs
        statistics = StatisticsColumns(head)
    }

    private static func mismatch(_ problems: [String], hasAdded: Bool) -> PipelineError {
        PipelineError(
            .schemaMismatch, "the rows do not fit the table: " + problems.joined(separator: "; "),
            hint: hasAdded
                ? "Leave the columns out, or set \"schemaEvolution\": \"add\""
                : "CAST or rename the columns in SQL, or use another table")
    }

    /// Whether values of a type can be written to a column as they are; nullability of members is checked by value.
    static func fits(_ incoming: DataType, _ table: DataType) -> Bool {
        switch (incoming, table) {
        case (.structure(let left), .structure(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy {
                    $0.name.lowercased() == $1.name.lowercased() && fits($0.type, $1.type)
                }
        case (.array(let left, _), .array(let right, _)): fits(left, right)
        case (.map(let key, let value, _), .map(let tableKey, let tableValue, _)):
            fits(key, tableKey) && fits(value, tableValue)
        default: incoming == table
        }
    }

    /// The columns of the data files, in their order.
    ///
    /// - Throws: `missingValue` for a NULL where the table has NOT NULL.
    func fileRows(_ batch: ColumnBatch) throws(PipelineError) -> ColumnBatch {
        for column in dataColumns where !column.physical.nullable {
            try Self.refuseNulls(batch.columns[column.source], column.name)
        }
        for column in partitionColumns where !column.nullable {
            try Self.refuseNulls(batch.columns[column.source], column.name)
        }
        let columns = dataColumns.map { batch.columns[$0.source] }
        return ColumnBatch(schema: fileSchema, columns: columns, rowCount: batch.rowCount)
    }

    private static func refuseNulls(_ column: Column, _ name: String) throws(PipelineError) {
        let nulls = column.nullCount
        guard nulls > 0 else { return }
        throw PipelineError(
            .missingValue, "column '\(name)' is NOT NULL in the table and got \(nulls) NULL\(nulls == 1 ? "" : "s")",
            hint: "Filter such rows in SQL, or state the column as an expectation with \"onViolation\": \"deadLetter\"")
    }
}
