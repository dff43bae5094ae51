// SPDX-License-Identifier: Apache-2.0

/// A part of a source that is read in order: a Kafka topic-partition (`topic-3`) or a file (its path).
public struct SourcePartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The identity, stable over restarts.
    public let name: String

    /// A partition by name.
    public init(_ name: String) { self.name = name }

    /// The name.
    public var description: String { name }

    /// By name.
    public static func < (left: SourcePartition, right: SourcePartition) -> Bool { left.name < right.name }
}

/// A position in one source partition: everything before it has been read.
public struct Offset: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// A record offset, byte position or row number, as the source defines.
    public let position: Int64
    /// What stood behind the partition's name when the position was taken, as text that only the source understands: a path or
    /// topic can be made anew. `nil` where the source does not say, and in offsets that were read back from a table.
    public let incarnation: String?

    /// An offset at a position.
    public init(_ position: Int64, incarnation: String? = nil) {
        self.position = position
        self.incarnation = incarnation
    }

    /// The position in decimal.
    public var description: String { String(position) }

    /// By position.
    public static func < (left: Offset, right: Offset) -> Bool { left.position < right.position }
}

/// What one epoch reads of one source partition: `[start, end)`.
public struct OffsetRange: Hashable, Sendable {
    /// The first position to read.
    public let start: Offset
    /// The first position not to read any more.
    public let end: Offset

    /// A range of positions.
    public init(start: Offset, end: Offset) {
        self.start = start
        self.end = end
    }

    /// How many positions it has.
    public var count: Int64 { end.position - start.position }
}

/// Where a source stands, by partition. Partitions that have never been read are absent.
public typealias SourceOffsets = [SourcePartition: Offset]

/// What one epoch reads of one source. Partitions with nothing to read are absent; one that is first seen at a place that must be
/// remembered (the end, for `startingOffsets: "latest"`) may come with an empty range, so that the checkpoint knows it.
public typealias SourceRanges = [SourcePartition: OffsetRange]
