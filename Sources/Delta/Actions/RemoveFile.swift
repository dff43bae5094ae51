// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// The `remove` action: a data file that is no longer part of the table, kept as a tombstone for readers of older versions.
public struct RemoveFile: Hashable, Sendable {
    /// The path below the table's root, decoded (or an absolute URI, decoded).
    public var path: String
    /// When it was removed, ms since 1970 UTC.
    public var deletionMillis: Int64?
    /// Whether rows went with it.
    public var dataChange: Bool
    /// Whether the members from `partitionValues` on are there.
    public var extendedFileMetadata: Bool?
    /// As in `add`.
    public var partitionValues: [String: String?]?
    /// The size in bytes.
    public var byteCount: Int64?
    /// As in `add`.
    public var stats: String?
    /// As in `add`.
    public var tags: [String: String?]?
    /// As in `add`.
    public var deletionVector: DeletionVector?
    /// As in `add`.
    public var baseRowID: Int64?
    /// As in `add`.
    public var defaultRowCommitVersion: Int64?
    private var others: [JSONValue.Member] = []

    /// A tombstone.
    public init(
        path: String, deletionMillis: Int64?, dataChange: Bool, extendedFileMetadata: Bool? = nil,
        partitionValues: [String: String?]? = nil, byteCount: Int64? = nil, stats: String? = nil,
        tags: [String: String?]? = nil, deletionVector: DeletionVector? = nil, baseRowID: Int64? = nil,
        defaultRowCommitVersion: Int64? = nil
    ) {
        self.path = path
        self.deletionMillis = deletionMillis
        self.dataChange = dataChange
        self.extendedFileMetadata = extendedFileMetadata
        self.partitionValues = partitionValues
        self.byteCount = byteCount
        self.stats = stats
        self.tags = tags
        self.deletionVector = deletionVector
        self.baseRowID = baseRowID
        self.defaultRowCommitVersion = defaultRowCommitVersion
    }

    /// The tombstone of a file, with all that is known of it.
    public init(_ file: AddFile, deletionMillis: Int64) {
        self.init(
            path: file.path, deletionMillis: deletionMillis, dataChange: true, extendedFileMetadata: true,
            partitionValues: file.partitionValues, byteCount: file.byteCount, stats: nil, tags: file.tags,
            deletionVector: file.deletionVector, baseRowID: file.baseRowID,
            defaultRowCommitVersion: file.defaultRowCommitVersion)
    }

    private static let known: Set<String> = [
        "path", "deletionTimestamp", "dataChange", "extendedFileMetadata", "partitionValues", "size", "stats", "tags",
        "deletionVector", "baseRowId", "defaultRowCommitVersion",
    ]

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("remove", json)
        path = try PathEncoding.decoded(try fields.string("path"))
        deletionMillis = try fields.optionalInteger("deletionTimestamp")
        dataChange = try fields.boolean("dataChange", default: true)
        extendedFileMetadata = fields.object("extendedFileMetadata")?.boolean
        partitionValues = try fields.optionalMap("partitionValues")
        byteCount = try fields.optionalInteger("size")
        stats = try fields.optionalString("stats")
        tags = try fields.optionalMap("tags")
        if let vector = fields.object("deletionVector") { deletionVector = try DeletionVector(json: vector) }
        baseRowID = try fields.optionalInteger("baseRowId")
        defaultRowCommitVersion = try fields.optionalInteger("defaultRowCommitVersion")
        others = fields.others(than: Self.known)
    }

    /// The action's value.
    public var json: JSONValue {
        .action(
            [
                ("path", .string(PathEncoding.encoded(path))),
                ("deletionTimestamp", deletionMillis.map { .number($0) }), ("dataChange", .boolean(dataChange)),
                ("extendedFileMetadata", extendedFileMetadata.map { .boolean($0) }),
                ("partitionValues", partitionValues.map { .map($0) }), ("size", byteCount.map { .number($0) }),
                ("stats", stats.map { .string($0) }), ("tags", tags.map { .map($0) }),
                ("deletionVector", deletionVector?.json), ("baseRowId", baseRowID.map { .number($0) }),
                ("defaultRowCommitVersion", defaultRowCommitVersion.map { .number($0) }),
            ], others: others)
    }

    /// The identity of the file.
    public var key: FileKey { FileKey(path: path, vector: deletionVector) }
}
