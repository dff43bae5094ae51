// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// The `metaData` action: what the table is.
public struct TableMetadata: Hashable, Sendable {
    /// A GUID.
    public var id: String
    /// The name, where someone gave one.
    public var name: String?
    /// The description, where someone gave one.
    public var tableDescription: String?
    /// `parquet` for every table today.
    public var formatProvider = "parquet"
    /// Options of the format; empty for every table today.
    public var formatOptions: [String: String?] = [:]
    /// The schema with the metadata of its fields, as JSON text; `TableSnapshot.schema` holds it parsed.
    public var schemaText: String
    /// The columns whose values stand in the log instead of the files, by logical name.
    public var partitionColumns: [String]
    /// Table properties.
    public var configuration: [String: String]
    /// When the table was made, ms since 1970 UTC.
    public var createdMillis: Int64?
    private var others: [JSONValue.Member] = []

    /// The metadata of a new table.
    public init(
        id: String, schema: TableSchema, partitionColumns: [String] = [], configuration: [String: String] = [:],
        createdMillis: Int64?
    ) {
        self.id = id
        schemaText = schema.text
        self.partitionColumns = partitionColumns
        self.configuration = configuration
        self.createdMillis = createdMillis
    }

    /// Metadata as it was read from a table checkpoint.
    init(
        id: String, schemaText: String, partitionColumns: [String], configuration: [String: String],
        createdMillis: Int64?
    ) {
        self.id = id
        self.schemaText = schemaText
        self.partitionColumns = partitionColumns
        self.configuration = configuration
        self.createdMillis = createdMillis
    }

    private static let known: Set<String> = [
        "id", "name", "description", "format", "schemaString", "partitionColumns", "configuration", "createdTime",
    ]

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("metaData", json)
        id = try fields.string("id")
        name = try fields.optionalString("name")
        tableDescription = try fields.optionalString("description")
        if let format = fields.object("format") {
            let formatFields = try ActionFields("format", format)
            formatProvider = try formatFields.optionalString("provider") ?? "parquet"
            formatOptions = try formatFields.optionalMap("options") ?? [:]
        }
        schemaText = try fields.string("schemaString")
        partitionColumns = try fields.strings("partitionColumns") ?? []
        configuration = (try fields.optionalMap("configuration") ?? [:]).compactMapValues { $0 }
        createdMillis = try fields.optionalInteger("createdTime")
        others = fields.others(than: Self.known)
    }

    /// The action's value.
    public var json: JSONValue {
        .action(
            [
                ("id", .string(id)), ("name", name.map { .string($0) }),
                ("description", tableDescription.map { .string($0) }),
                (
                    "format",
                    .object([("provider", .string(formatProvider)), ("options", .map(formatOptions))])
                ),
                ("schemaString", .string(schemaText)),
                ("partitionColumns", .array(partitionColumns.map { .string($0) })),
                ("configuration", .map(configuration)), ("createdTime", createdMillis.map { .number($0) }),
            ], others: others)
    }

    /// A BOOLEAN table property; false when it is absent.
    public func isOn(_ property: String) -> Bool { configuration[property]?.lowercased() == "true" }

    /// An integer table property; `nil` when it is absent or no integer.
    public func integer(_ property: String) -> Int? { configuration[property].flatMap { Int($0) } }
}
