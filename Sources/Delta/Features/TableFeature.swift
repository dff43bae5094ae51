// SPDX-License-Identifier: Apache-2.0

/// A named ability that the protocol of a table can ask of readers and writers.
///
/// Delta protocol, "Table Features" and "Valid Feature Names in Table Features".
public struct TableFeature: Sendable, Hashable {
    /// The name in `readerFeatures` and `writerFeatures`.
    public let name: String
    /// Whether readers need it too.
    public let concernsReaders: Bool
    /// The writer version that implies it, before features had names.
    public let legacyWriterVersion: Int?
    /// Whether we can read tables that have it.
    public let isReadable: Bool
    /// Whether we can write tables that have it (where the table does not use a part that we lack).
    public let isWritable: Bool

    private init(
        _ name: String, readers: Bool = false, legacy: Int? = nil, readable: Bool = true, writable: Bool = true
    ) {
        self.name = name
        concernsReaders = readers
        legacyWriterVersion = legacy
        isReadable = readable
        isWritable = writable
    }

    /// Every feature name of the protocol.
    public static let all: [TableFeature] = [
        TableFeature("appendOnly", legacy: 2),
        TableFeature("invariants", legacy: 2),
        TableFeature("checkConstraints", legacy: 3),
        TableFeature("changeDataFeed", legacy: 4),
        TableFeature("generatedColumns", legacy: 4),
        TableFeature("columnMapping", readers: true, legacy: 5),
        TableFeature("identityColumns", legacy: 6),
        TableFeature("deletionVectors", readers: true),
        TableFeature("rowTracking"),
        TableFeature("timestampNtz", readers: true),
        TableFeature("domainMetadata"),
        TableFeature("v2Checkpoint", readers: true),
        TableFeature("inCommitTimestamp"),
        TableFeature("typeWidening", readers: true),
        TableFeature("typeWidening-preview", readers: true),
        TableFeature("vacuumProtocolCheck", readers: true),
        TableFeature("allowColumnDefaults"),
        TableFeature("clustering"),
        TableFeature("checkpointProtection"),
        TableFeature("materializePartitionColumns", writable: false),
        TableFeature("icebergCompatV1", writable: false),
        TableFeature("icebergCompatV2", writable: false),
        TableFeature("icebergCompatV3", writable: false),
        TableFeature("icebergWriterCompatV1", writable: false),
        TableFeature("icebergWriterCompatV3", writable: false),
        TableFeature("collations-preview", writable: false),
        TableFeature("variantType", readers: true, readable: false, writable: false),
        TableFeature("variantType-preview", readers: true, readable: false, writable: false),
        TableFeature("variantShredding", readers: true, readable: false, writable: false),
        TableFeature("variantShredding-preview", readers: true, readable: false, writable: false),
        TableFeature("geospatial", readers: true, readable: false, writable: false),
        TableFeature("geospatial-preview", readers: true, readable: false, writable: false),
        TableFeature("catalogManaged", readers: true, readable: false, writable: false),
        TableFeature("catalogOwned-preview", readers: true, readable: false, writable: false),
        TableFeature("coordinatedCommits-preview", writable: false),
    ]

    static let byName: [String: TableFeature] = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
