// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// Rows of one source partition, with what is needed to say where each came from.
public struct SourceBatch: Sendable {
    /// The partition they come from.
    public let partition: SourcePartition
    /// The decoded rows; malformed records are not among them.
    public let rows: ColumnBatch
    /// For each row, the position of its record in `records`.
    public let recordIndices: Buffer<Int32>
    /// The records as they came.
    public let records: RawRecords
    /// Records that could not be decoded, to be routed as `onMalformed` says.
    public let malformed: [MalformedRecord]

    /// Rows with their origin.
    public init(
        partition: SourcePartition, rows: ColumnBatch, recordIndices: Buffer<Int32>, records: RawRecords,
        malformed: [MalformedRecord]
    ) {
        precondition(rows.rowCount == recordIndices.count)
        self.partition = partition
        self.rows = rows
        self.recordIndices = recordIndices
        self.records = records
        self.malformed = malformed
    }
}

/// Records as bytes, before decoding, and where each stands in its partition.
public struct RawRecords: Sendable {
    /// The bytes of all records.
    public let bytes: Buffer<UInt8>
    /// Record `i` is `bytes[starts[i]..<ends[i]]`.
    public let starts: Buffer<Int32>
    /// Where each record ends (exclusive), without its line end.
    public let ends: Buffer<Int32>
    /// The position of each record: Kafka offset, or byte offset of the line in the file.
    public let positions: Buffer<Int64>

    /// Records over finished memory.
    public init(bytes: Buffer<UInt8>, starts: Buffer<Int32>, ends: Buffer<Int32>, positions: Buffer<Int64>) {
        precondition(starts.count == ends.count && starts.count == positions.count)
        self.bytes = bytes
        self.starts = starts
        self.ends = ends
        self.positions = positions
    }

    /// How many records there are.
    public var count: Int { starts.count }

    /// The bytes of one record.
    public func record(_ index: Int) -> Buffer<UInt8> { bytes.slice(Int(starts[index])..<Int(ends[index])) }
}
