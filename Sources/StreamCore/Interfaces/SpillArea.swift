// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Where state goes that does not fit into the memory of a pipeline. It need not outlive the process: snapshots and changelogs do.
public protocol SpillArea: Sendable {
    /// Makes an empty file, which vanishes when nobody holds it any more.
    ///
    /// - Throws: `diskFull`, `permissionDenied`, `checkpointFailed` with the file.
    func makeFile() throws(PipelineError) -> any SpillFile
}

/// A file of spilled rows. Written by one task, then read by one task at a time.
public protocol SpillFile: AnyObject, Sendable {
    /// Writes rows at the end.
    ///
    /// - Throws: `diskFull` and the like; what was written before stays readable.
    func append(_ rows: ColumnBatch) throws(PipelineError) -> SpillBlock

    /// Says that nothing more is written, so that the file need not be kept open.
    func seal() throws(PipelineError)

    /// The rows of a block, which have this schema.
    ///
    /// - Throws: `corruptFile` when they are not what was written.
    func read(_ block: SpillBlock, _ schema: Schema) throws(PipelineError) -> ColumnBatch
}

/// Where rows stand in a spilled file.
public struct SpillBlock: Hashable, Sendable {
    /// The place of its first byte.
    public let offset: Int
    /// How many bytes it has.
    public let byteCount: Int
    /// How many rows it has.
    public let rowCount: Int
    /// The checksum of its bytes, as the area counts it.
    public let checksum: UInt64

    /// A place.
    public init(offset: Int, byteCount: Int, rowCount: Int, checksum: UInt64) {
        self.offset = offset
        self.byteCount = byteCount
        self.rowCount = rowCount
        self.checksum = checksum
    }
}

/// What a shard may hold in memory, and where the rest goes.
public struct ShardMemory: Sendable {
    /// Bytes that it may hold; more is spilled.
    public var bytes: Int
    /// Where it spills to; `nil` when everything stays in memory.
    public var area: (any SpillArea)?

    /// A share of the memory.
    public init(bytes: Int, area: (any SpillArea)?) {
        self.bytes = bytes
        self.area = area
    }

    /// As much as it takes.
    public static let unbounded = ShardMemory(bytes: .max, area: nil)
}
