// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import ObjectStore

/// The first actions of a new table: the least protocol that it needs, and its metadata.
enum TableCreation {
    static func actions(_ definition: DeltaTable.Definition, nowMillis: Int64) throws(PipelineError) -> [Action] {
        let schema = try checked(definition)
        let metadata = TableMetadata(
            id: UniqueName.uuid(), schema: schema,
            partitionColumns: definition.partitionColumns.map { name in
                definition.schema.index(of: name).map { definition.schema.fields[$0].name } ?? name
            }, configuration: definition.properties, createdMillis: nowMillis)
        return [.tableProtocol(try tableProtocol(definition)), .metadata(metadata)]
    }

    private static func checked(_ definition: DeltaTable.Definition) throws(PipelineError) -> TableSchema {
        let schema = definition.schema
        guard schema.count > 0 else { throw PipelineError(.schemaMismatch, "a table needs at least one column") }
        var seen: Set<String> = []
        for field in schema.fields where !seen.insert(field.name.lowercased()).inserted {
            throw PipelineError(
                .schemaMismatch, "two columns of the table are called '\(field.name)' (case does not count)")
        }
        for field in schema.fields { try checkName(field.name) }
        var partitions: Set<String> = []
        for name in definition.partitionColumns {
            guard let index = schema.index(of: name) else {
                throw PipelineError(.schemaMismatch, "the partition column '\(name)' is not among the table's columns")
            }
            guard PartitionValue.allows(schema.fields[index].type) else {
                throw PipelineError(
                    .schemaMismatch, "a table cannot be partitioned by '\(name)' of type \(schema.fields[index].type)")
            }
            guard partitions.insert(name.lowercased()).inserted else {
                throw PipelineError(.schemaMismatch, "the partition column '\(name)' is given twice")
            }
        }
        guard partitions.count < schema.count else {
            throw PipelineError(.schemaMismatch, "a table needs a column that it is not partitioned by")
        }
        return try TableSchema(schema)
    }

    static func checkName(_ name: String) throws(PipelineError) {
        guard !name.isEmpty, !name.contains(where: { " ,;{}()\n\t=".contains($0) }) else {
            throw PipelineError(
                .schemaMismatch, "the column name '\(name)' is empty or holds one of ' ,;{}()=', a tab or a line end",
                hint: "Give the column another name with AS")
        }
    }

    /// What each property that needs a feature asks of the protocol.
    private static let featureOfProperty: [(property: String, feature: String)] = [
        ("delta.enableDeletionVectors", "deletionVectors"), ("delta.enableRowTracking", "rowTracking"),
        ("delta.enableInCommitTimestamps", "inCommitTimestamp"), ("delta.enableTypeWidening", "typeWidening"),
    ]

    private static func tableProtocol(_ definition: DeltaTable.Definition) throws(PipelineError) -> TableProtocol {
        var features: Set<String> = []
        if definition.schema.fields.contains(where: { hasTimestampNTZ($0.type) }) { features.insert("timestampNtz") }
        for (property, feature) in featureOfProperty where definition.properties[property]?.lowercased() == "true" {
            features.insert(feature)
        }
        if features.contains("rowTracking") { features.insert("domainMetadata") }
        if definition.properties["delta.checkpointPolicy"] == "v2" { features.insert("v2Checkpoint") }
        for property in definition.properties.keys where property.hasPrefix("delta.feature.") {
            features.insert(String(property.dropFirst(14)))
        }
        if let mode = definition.properties["delta.columnMapping.mode"], mode != "none" {
            throw PipelineError(
                .unsupported, "new tables with column mapping (mode '\(mode)') cannot be made",
                hint: "Make the table with Spark; it can then be written")
        }
        let needsChangeFeed = definition.properties["delta.enableChangeDataFeed"]?.lowercased() == "true"
        guard !features.isEmpty else {
            return TableProtocol(minReaderVersion: 1, minWriterVersion: needsChangeFeed ? 4 : 2)
        }
        features.formUnion(["appendOnly", "invariants"])
        if needsChangeFeed { features.insert("changeDataFeed") }
        let readerFeatures = features.filter { TableFeature.byName[$0]?.concernsReaders ?? false }.sorted()
        let result = TableProtocol(
            minReaderVersion: readerFeatures.isEmpty ? 1 : 3, minWriterVersion: 7,
            readerFeatures: readerFeatures.isEmpty ? nil : readerFeatures, writerFeatures: features.sorted())
        try result.requireWritable()
        return result
    }

    static func hasTimestampNTZ(_ type: DataType) -> Bool {
        switch type {
        case .timestampNTZ: true
        case .structure(let fields): fields.contains { hasTimestampNTZ($0.type) }
        case .array(let element, _): hasTimestampNTZ(element)
        case .map(let key, let value, _): hasTimestampNTZ(key) || hasTimestampNTZ(value)
        default: false
        }
    }
}
