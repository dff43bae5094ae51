// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// The `add` action: a data file of the table.
public struct AddFile: Hashable, Sendable {
    /// The path below the table's root, decoded (or an absolute URI, decoded).
    public var path: String
    /// The value of each partition column in its text form, by physical name; `nil` is NULL.
    public var partitionValues: [String: String?]
    /// The size in bytes.
    public var byteCount: Int64
    /// When the file was made, ms since 1970 UTC.
    public var modificationMillis: Int64
    /// Whether the file brings new rows, and not only another arrangement of rows that were there.
    public var dataChange: Bool
    /// Row count and column bounds as JSON text, where they were written.
    public var stats: String?
    /// Further notes of writers.
    public var tags: [String: String?]?
    /// The rows of the file that are deleted.
    public var deletionVector: DeletionVector?
    /// Row tracking: the id of the first row.
    public var baseRowID: Int64?
    /// Row tracking: the version that first added the file.
    public var defaultRowCommitVersion: Int64?
    /// Which implementation clustered the file.
    public var clusteringProvider: String?
    private var others: [JSONValue.Member] = []

    /// A file of new rows.
    public init(
        path: String, partitionValues: [String: String?], byteCount: Int64, modificationMillis: Int64,
        dataChange: Bool = true, stats: String? = nil, tags: [String: String?]? = nil,
        deletionVector: DeletionVector? = nil, baseRowID: Int64? = nil, defaultRowCommitVersion: Int64? = nil,
        clusteringProvider: String? = nil
    ) {
        self.path = path
        self.partitionValues = partitionValues
        self.byteCount = byteCount
        self.modificationMillis = modificationMillis
        self.dataChange = dataChange
        self.stats = stats
        self.tags = tags
        self.deletionVector = deletionVector
        self.baseRowID = baseRowID
        self.defaultRowCommitVersion = defaultRowCommitVersion
        self.clusteringProvider = clusteringProvider
    }

    private static let known: Set<String> = [
        "path", "partitionValues", "size", "modificationTime", "dataChange", "stats", "tags", "deletionVector",
        "baseRowId", "defaultRowCommitVersion", "clusteringProvider",
    ]

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("add", json)
        path = try PathEncoding.decoded(try fields.string("path"))
        partitionValues = try fields.optionalMap("partitionValues") ?? [:]
        byteCount = try fields.integer("size")
        modificationMillis = try fields.optionalInteger("modificationTime") ?? 0
        dataChange = try fields.boolean("dataChange", default: true)
        stats = try fields.optionalString("stats")
        tags = try fields.optionalMap("tags")
        if let vector = fields.object("deletionVector") { deletionVector = try DeletionVector(json: vector) }
        baseRowID = try fields.optionalInteger("baseRowId")
        defaultRowCommitVersion = try fields.optionalInteger("defaultRowCommitVersion")
        clusteringProvider = try fields.optionalString("clusteringProvider")
        others = fields.others(than: Self.known)
    }

    /// The action's value.
    public var json: JSONValue {
        .action(
            [
                ("path", .string(PathEncoding.encoded(path))), ("partitionValues", .map(partitionValues)),
                ("size", .number(byteCount)), ("modificationTime", .number(modificationMillis)),
                ("dataChange", .boolean(dataChange)), ("stats", stats.map { .string($0) }),
                ("tags", tags.map { .map($0) }), ("deletionVector", deletionVector?.json),
                ("baseRowId", baseRowID.map { .number($0) }),
                ("defaultRowCommitVersion", defaultRowCommitVersion.map { .number($0) }),
                ("clusteringProvider", clusteringProvider.map { .string($0) }),
            ], others: others)
    }

    /// The identity of the file.
    public var key: FileKey { FileKey(path: path, vector: deletionVector) }

    /// The number of rows by the statistics, deleted ones included; `nil` when there are none. Parses the statistics.
    public var recordCount: Int64? {
        guard let stats, let json = try? JSONValue(parsing: stats) else { return nil }
        return json["numRecords"]?.int64
    }
}
