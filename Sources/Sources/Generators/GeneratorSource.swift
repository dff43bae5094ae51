// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import StreamCore
import Synchronization

/// The `rate` and `iot` sources: rows made up by number, the same ones for ever.
///
/// - Partition: `0` … `partitions - 1`; partition `p` has the rows `p`, `p + partitions`, ….
/// - Offset: how many rows of the partition have been read.
/// - With `rowsPerSecond` rows come at that rate from the first plan on; without it, or when everything that is there is to be
///   read and `rows` bounds it, as fast as they are read.
public final class GeneratorSource: Source {
    /// What rows are made.
    public enum Kind: Sendable {
        /// `timestamp` and `value`.
        case rate
        /// Readings of devices.
        case iot
    }

    /// The generated columns.
    public let schema: Schema
    private let kind: Kind
    private let options: RateSourceOptions
    private let clock: any Clock
    private let iot: IoTGenerator
    private let intervalMicros: Int64
    /// The monotonic time of the first plan, and the rows that had been read before.
    private let began = Mutex<(nanos: Int64, rows: Int64)?>(nil)
    /// Rows of an epoch that nothing bounds; one that takes all there is has the bound of the source.
    private static let unboundedRows: Int64 = 1 << 20
    /// What a row counts against a limit of bytes, about what it takes in columns.
    private static let rowBytes: Int64 = 64

    /// A source.
    public init(kind: Kind, options: RateSourceOptions, clock: any Clock) {
        self.kind = kind
        self.options = options
        self.clock = clock
        intervalMicros = options.rowsPerSecond.map { max(1, 1_000_000 / Int64(max($0, 1))) } ?? 1000
        iot = IoTGenerator(
            seed: options.seed, devices: options.devices, start: options.startMicros, intervalMicros: intervalMicros)
        let connector: SourceConnector = kind == .iot ? .iot(options) : .rate(options)
        schema = connector.generatedSchema ?? Schema([])
    }

    private var partitions: Int64 { Int64(max(1, options.partitions)) }

    /// Divides what has come up to now over the partitions.
    public func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges {
        let starts = (0..<partitions).map { committed[SourcePartition("\($0)")]?.position ?? 0 }
        let done = starts.reduce(0, +)
        var wanted = available(done, limits) - done
        if let records = limits.records { wanted = min(wanted, Int64(records)) }
        if let bytes = limits.bytes { wanted = min(wanted, max(1, Int64(bytes) / Self.rowBytes)) }
        if limits.records == nil && limits.bytes == nil && limits.availableUntilMicros == nil {
            wanted = min(wanted, Self.unboundedRows)
        }
        guard wanted > 0 else { return [:] }
        var ranges: SourceRanges = [:]
        let last = done + wanted
        for partition in 0..<partitions {
            let start = starts[Int(partition)]
            // Rows below `last` that belong to the partition.
            let end = (last - partition + partitions - 1) / partitions
            if end > start {
                ranges[SourcePartition("\(partition)")] = OffsetRange(start: Offset(start), end: Offset(end))
            }
        }
        return ranges
    }

    /// Behind by the rows it has to give in all, or finished; without a bound more may always come.
    public func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]? {
        var standing: [SourcePartition: PartitionStanding] = [:]
        for partition in 0..<partitions {
            let name = SourcePartition("\(partition)")
            guard let rows = options.rows else {
                standing[name] = .atEnd
                continue
            }
            let share = (Int64(rows) - partition + partitions - 1) / partitions
            let left = share - (offsets[name]?.position ?? 0)
            standing[name] = left > 0 ? .behind(left) : .finished
        }
        return standing
    }

    /// How many rows there are by now.
    private func available(_ done: Int64, _ limits: EpochLimits) -> Int64 {
        let bound = options.rows.map(Int64.init) ?? .max
        let readsAll = limits.availableUntilMicros != nil
        guard let rate = options.rowsPerSecond else { return readsAll && options.rows == nil ? done : bound }
        if readsAll { return options.rows == nil ? done : bound }
        let now = clock.monotonicNanos
        let start = began.withLock { began in
            let start = began ?? (now, done)
            began = start
            return start
        }
        let elapsedMicros = (now - start.nanos) / 1000
        let (product, overflow) = elapsedMicros.multipliedReportingOverflow(by: Int64(rate))
        return min(bound, overflow ? .max : start.rows + product / 1_000_000)
    }

    /// Opens a range of a partition.
    public func open(
        _ partition: SourcePartition, _ range: OffsetRange
    ) async throws(PipelineError) -> any PartitionReader {
        guard let number = Int64(partition.name), (0..<partitions).contains(number) else {
            throw PipelineError(
                .checkpointMismatch, "there is no partition '\(partition)' among \(partitions)",
                hint: "'partitions' of a generator cannot become smaller while a checkpoint refers to them")
        }
        return GeneratorReader(
            partition: partition, next: range.start.position, end: range.end.position
        ) { [self] offset, count in rows(first: number + offset * partitions, count: count) }
    }

    private func rows(first: Int64, count: Int) -> ColumnBatch {
        if kind == .iot { return iot.batch(start: first, stride: partitions, count: count) }
        var times = BufferBuilder<Int64>(capacity: count)
        var values = BufferBuilder<Int64>(capacity: count)
        for index in 0..<Int64(count) {
            let row = first + index * partitions
            times.append(options.startMicros + row * intervalMicros)
            values.append(row)
        }
        let columns = [
            Column(.timestamp, count: count, validity: nil, storage: .int64(times.finish())),
            Column(.bigint, count: count, validity: nil, storage: .int64(values.finish())),
        ]
        return ColumnBatch(schema: schema, columns: columns, rowCount: count)
    }

    /// Nothing to let go of.
    public func release(_ offsets: SourceOffsets) async throws(PipelineError) {}

    /// Nothing runs in the background.
    public func close() async {}
}

/// Gives the rows of one range in batches.
final class GeneratorReader: PartitionReader, @unchecked Sendable {
    private let partition: SourcePartition
    private var offset: Int64
    private let end: Int64
    private let rows: @Sendable (_ offset: Int64, _ count: Int) -> ColumnBatch
    private static let batchRows: Int64 = 16384

    init(
        partition: SourcePartition, next: Int64, end: Int64,
        rows: @escaping @Sendable (_ offset: Int64, _ count: Int) -> ColumnBatch
    ) {
        self.partition = partition
        offset = next
        self.end = end
        self.rows = rows
    }

    func next() async throws(PipelineError) -> SourceBatch? {
        let count = Int(min(Self.batchRows, end - offset))
        guard count > 0 else { return nil }
        var indices = BufferBuilder<Int32>(capacity: count)
        var positions = BufferBuilder<Int64>(capacity: count)
        for index in 0..<count {
            indices.append(Int32(index))
            positions.append(offset + Int64(index))
        }
        let nothing = Buffer<Int32>(repeating: 0, count: count)
        let batch = SourceBatch(
            partition: partition, rows: rows(offset, count), recordIndices: indices.finish(),
            records: RawRecords(bytes: Buffer(), starts: nothing, ends: nothing, positions: positions.finish()),
            malformed: [])
        offset += Int64(count)
        return batch
    }
}
