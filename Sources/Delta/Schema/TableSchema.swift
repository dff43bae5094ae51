// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import JSONText

/// The schema of a table as the log keeps it: a JSON tree whose fields carry metadata that must survive, and the types it means.
public struct TableSchema: Hashable, Sendable {
    /// The tree; members nobody here knows are kept.
    public private(set) var json: JSONValue
    /// Names and types as users see them.
    public private(set) var logical: Schema

    /// Reads the text of `metaData.schemaString`.
    ///
    /// - Throws: `corruptTable` for text that is no schema, `unsupportedTableFeature` for a type that is not known, by name.
    public init(text: String) throws(PipelineError) {
        let json: JSONValue
        do throws(PipelineError) {
            json = try JSONValue(parsing: text)
        } catch {
            throw PipelineError(.corruptTable, "the table's schema is not valid JSON", cause: error.what)
        }
        try self.init(json: json)
    }

    init(json: JSONValue) throws(PipelineError) {
        self.json = json
        logical = Schema(try SchemaJSON.fields(of: json, .logical))
    }

    /// The schema of a new table.
    ///
    /// - Throws: `unsupported` for types that a table cannot hold (VOID, intervals).
    public init(_ schema: Schema) throws(PipelineError) {
        logical = schema
        json = SchemaJSON.structure(try SchemaJSON.members(schema.fields))
    }

    /// The text for `metaData.schemaString`.
    public var text: String { json.text }

    /// The fields of the top level, with their metadata.
    public var fields: [JSONValue] { json["fields"]?.elements ?? [] }

    /// The metadata of a top-level field.
    public func metadata(of index: Int) -> JSONValue? { fields[index]["metadata"] }

    /// The same schema with fields at the end; metadata of the fields that were there stays.
    public func appending(_ added: [Field]) throws(PipelineError) -> TableSchema {
        let new = try SchemaJSON.members(added)
        var members = json.members ?? []
        members.removeAll { $0.name == "fields" }
        members.append(.init("fields", .array(fields + new)))
        return try TableSchema(json: JSONValue(.object(members)))
    }

    /// Names and types as the data files spell them: physical names where columns are mapped.
    public func physical(_ mapping: ColumnMapping) throws(PipelineError) -> Schema {
        mapping == .none ? logical : Schema(try SchemaJSON.fields(of: json, .physical))
    }

    /// The physical name of a top-level column.
    public func physicalName(of index: Int, _ mapping: ColumnMapping) -> String {
        guard mapping != .none else { return logical.fields[index].name }
        return metadata(of: index)?[SchemaJSON.physicalName]?.string ?? logical.fields[index].name
    }

    /// Parquet field ids by the path of physical names, where columns are mapped.
    public var fieldIDs: [[String]: Int32] {
        var ids: [[String]: Int32] = [:]
        SchemaJSON.collectIDs(json, path: [], nested: nil, into: &ids)
        return ids
    }

    /// Whether any field, at any depth, has metadata of a name. Generated columns, defaults and invariants are such.
    public func hasFieldMetadata(_ name: String) -> Bool { SchemaJSON.contains(name, in: json) }
}

/// How columns of a table are found in its files.
public enum ColumnMapping: String, Sendable, Hashable {
    case none, name, id

    /// What a table's properties say.
    ///
    /// - Throws: `unsupportedTableFeature` for another mode.
    public init(_ configuration: [String: String]) throws(PipelineError) {
        let text = configuration["delta.columnMapping.mode"] ?? "none"
        guard let mode = ColumnMapping(rawValue: text) else {
            throw PipelineError(.unsupportedTableFeature, "column mapping mode '\(text)' is not known")
        }
        self = mode
    }
}
