// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import StreamCore
import Synchronization

/// A source whose partitions are arrays of BIGINT in memory; offset `n` is element `n`.
public final class MemorySource: Source {
    /// One column `value BIGINT`.
    public let schema = Schema([Field("value", .bigint)])
    private let partitions: Mutex<[String: [Int64]]>
    private let batchRows: Int
    private let released = Mutex<SourceOffsets>([:])

    /// A source over partitions, read in batches of `batchRows`.
    public init(_ partitions: [String: [Int64]], batchRows: Int = 7) {
        self.partitions = Mutex(partitions)
        self.batchRows = batchRows
    }

    /// Adds records to a partition.
    public func append(_ values: [Int64], to partition: String) {
        partitions.withLock { $0[partition, default: []] += values }
    }

    /// The offsets that were released last.
    public var releasedOffsets: SourceOffsets { released.withLock { $0 } }

    /// Everything from `committed` to the end, at most `limits.records` over all partitions.
    public func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges {
        var left = limits.records ?? .max
        var ranges: SourceRanges = [:]
        for (name, values) in partitions.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            let partition = SourcePartition(name)
            let start = committed[partition]?.position ?? 0
            let count = min(Int64(values.count) - start, Int64(clamping: left))
            guard count > 0 else { continue }
            left -= Int(count)
            ranges[partition] = OffsetRange(start: Offset(start), end: Offset(start + count))
        }
        return ranges
    }

    /// Behind by what is after `offsets`, else at its end.
    public func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]? {
        var standing: [SourcePartition: PartitionStanding] = [:]
        for (name, values) in partitions.withLock({ $0 }) {
            let left = Int64(values.count) - (offsets[SourcePartition(name)]?.position ?? 0)
            standing[SourcePartition(name)] = left > 0 ? .behind(left) : .atEnd
        }
        return standing
    }

    /// Reads a range; a negative value is a malformed record.
    public func open(_ partition: SourcePartition, _ range: OffsetRange) async throws(PipelineError)
        -> any PartitionReader
    {
        let values = partitions.withLock { $0[partition.name] ?? [] }
        return Reader(partition, values, range, batchRows: batchRows)
    }

    /// Remembers the offsets.
    public func release(_ offsets: SourceOffsets) async throws(PipelineError) {
        released.withLock { $0.merge(offsets) { $1 } }
    }

    /// Does nothing.
    public func close() async {}

    private final class Reader: PartitionReader {
        private let partition: SourcePartition
        private let values: [Int64]
        private let end: Int
        private let batchRows: Int
        private let next: Mutex<Int>

        init(_ partition: SourcePartition, _ values: [Int64], _ range: OffsetRange, batchRows: Int) {
            self.partition = partition
            self.values = values
            self.batchRows = batchRows
            end = Int(range.end.position)
            next = Mutex(Int(range.start.position))
        }

        func next() async throws(PipelineError) -> SourceBatch? {
            let start = next.withLock { next in
                defer { next = min(end, next + batchRows) }
                return next
            }
            let slice = Array(values[start..<min(end, start + batchRows)])
            if slice.isEmpty { return nil }
            return Self.batch(partition, slice, from: start)
        }

        private static func batch(_ partition: SourcePartition, _ values: [Int64], from start: Int) -> SourceBatch {
            let texts = values.map { Array(String($0).utf8) }
            var ends: [Int32] = []
            for text in texts { ends.append((ends.last ?? 0) + Int32(text.count)) }
            let records = RawRecords(
                bytes: Buffer(texts.flatMap { $0 }), starts: Buffer([0] + ends.dropLast()), ends: Buffer(ends),
                positions: Buffer(values.indices.map { Int64(start + $0) }))
            let good = values.indices.filter { values[$0] >= 0 }
            let column = Column(.bigint, good.map { .bigint(values[$0]) })
            let malformed = values.indices.filter { values[$0] < 0 }.map {
                MalformedRecord(recordIndex: $0, code: .malformedRecord, message: "\(values[$0]) is negative")
            }
            return SourceBatch(
                partition: partition,
                rows: ColumnBatch(
                    schema: Schema([Field("value", .bigint)]), columns: [column], rowCount: good.count),
                recordIndices: Buffer(good.map { Int32($0) }), records: records, malformed: malformed)
        }
    }
}
