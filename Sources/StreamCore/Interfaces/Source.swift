// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Something that records are read from, again and again the same ones for the same ranges.
public protocol Source: Sendable {
    /// The schema of the batches it gives: the declared columns, then the metadata columns (`_offset`, …) that SQL names.
    var schema: Schema { get }

    /// Fixes what the next epoch reads: from `committed` up to what is there now, within `limits`.
    ///
    /// Must not return ranges that could later read other records. Waits, with back-off, while the source is unreachable
    /// and reports that through `SourceEvents`; throws only what waiting cannot cure.
    func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges

    /// How each partition stands once everything before `offsets` is read, as far as the last plan saw; `nil` before a plan.
    ///
    /// Partitions that are known and were never read are among them: they hold the watermark.
    func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]?

    /// Opens one planned range for reading, in order.
    func open(_ partition: SourcePartition, _ range: OffsetRange) async throws(PipelineError) -> any PartitionReader

    /// Cuts a planned range into pieces, `count` at most, that several readers can read at once. Opened in order, they give the
    /// same records at the same positions as the whole, whenever and however often it is cut.
    func pieces(
        of range: OffsetRange, in partition: SourcePartition, atMost count: Int
    ) async throws(PipelineError) -> [OffsetRange]

    /// The ranges of an epoch that has been read, with what their ends are to be known by later (`Offset.incarnation`).
    func marked(_ ranges: SourceRanges) -> SourceRanges

    /// Lets go of everything before `offsets`: their epoch is confirmed. Kafka commits group offsets here, files may be archived.
    func release(_ offsets: SourceOffsets) async throws(PipelineError)

    /// Stops background work. No call follows.
    func close() async

    /// How long an engine with nothing to do may wait before it asks again, should nobody wake it (`WakeSignal`) before.
    var idlePollNanos: Int64 { get }
}

extension Source {
    /// Asked again and again: for sources that wake nobody.
    public var idlePollNanos: Int64 { 10_000_000 }

    /// The ranges as they were planned: for sources that know nothing more of them once they are read.
    public func marked(_ ranges: SourceRanges) -> SourceRanges { ranges }

    /// The range as it is: for sources that are read in many partitions anyway.
    public func pieces(
        of range: OffsetRange, in partition: SourcePartition, atMost count: Int
    ) async throws(PipelineError) -> [OffsetRange] { [range] }
}

/// How much of a source partition is still to be read.
public enum PartitionStanding: Hashable, Sendable {
    /// So many records (Kafka) or bytes (files) are there and not read yet.
    case behind(Int64)
    /// All that is there is read; more may come.
    case atEnd
    /// All is read, and no more is expected: a file that was read to its end.
    case finished
}

/// Reads one range of one source partition in batches. Used by one task at a time.
public protocol PartitionReader: AnyObject, Sendable {
    /// The next rows in order, or `nil` when the whole range has been given.
    func next() async throws(PipelineError) -> SourceBatch?
}

/// How much one epoch may read. `nil` means unlimited.
public struct EpochLimits: Hashable, Sendable {
    /// At most so many records over all partitions of a source.
    public var records: Int?
    /// At most so many bytes over all partitions of a source.
    public var bytes: Int?
    /// At most so many files of a source.
    public var files: Int?
    /// Nothing that came after this moment (µs since 1970 UTC) has to be read: set by `availableNow`.
    public var availableUntilMicros: Int64?
    /// The greatest event time read of each partition, µs since 1970 UTC, where windows wait for the partition furthest back: a
    /// source that reads many side by side should then read that one first. `nil` where their order does not matter.
    public var eventTimes: [SourcePartition: Int64]?

    /// Limits; all optional.
    public init(
        records: Int? = nil, bytes: Int? = nil, files: Int? = nil, availableUntilMicros: Int64? = nil,
        eventTimes: [SourcePartition: Int64]? = nil
    ) {
        self.eventTimes = eventTimes
        self.records = records
        self.bytes = bytes
        self.files = files
        self.availableUntilMicros = availableUntilMicros
    }
}
