// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// Where the deleted rows of a file are noted.
public struct DeletionVector: Hashable, Sendable {
    /// `u` file in the table by UUID, `i` inline, `p` absolute path.
    public var storageType: String
    /// The place, or the bitmap itself.
    public var pathOrInlineDv: String
    /// Where the bitmap starts in its file.
    public var offset: Int64?
    /// Bytes of the bitmap.
    public var sizeInBytes: Int64
    /// How many rows are deleted.
    public var cardinality: Int64
    /// The last row that may be deleted, where it was written.
    public var maxRowIndex: Int64?

    /// A deletion vector.
    public init(
        storageType: String, pathOrInlineDv: String, offset: Int64?, sizeInBytes: Int64, cardinality: Int64,
        maxRowIndex: Int64? = nil
    ) {
        self.storageType = storageType
        self.pathOrInlineDv = pathOrInlineDv
        self.offset = offset
        self.sizeInBytes = sizeInBytes
        self.cardinality = cardinality
        self.maxRowIndex = maxRowIndex
    }

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("deletionVector", json)
        storageType = try fields.string("storageType")
        pathOrInlineDv = try fields.string("pathOrInlineDv")
        offset = try fields.optionalInteger("offset")
        sizeInBytes = try fields.integer("sizeInBytes")
        cardinality = try fields.integer("cardinality")
        maxRowIndex = try fields.optionalInteger("maxRowIndex")
    }

    /// The action's value.
    public var json: JSONValue {
        .action([
            ("storageType", .string(storageType)), ("pathOrInlineDv", .string(pathOrInlineDv)),
            ("offset", offset.map { .number($0) }), ("sizeInBytes", .number(sizeInBytes)),
            ("cardinality", .number(cardinality)), ("maxRowIndex", maxRowIndex.map { .number($0) }),
        ])
    }

    /// What tells it apart from other vectors of the same file.
    public var uniqueID: String { storageType + pathOrInlineDv + (offset.map { "@\($0)" } ?? "") }
}
