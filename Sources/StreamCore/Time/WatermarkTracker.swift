// SPDX-License-Identifier: Apache-2.0

/// Follows the watermark of one source: the minimum over its active partitions of their greatest event time minus the delay.
///
/// - A partition holds the watermark while it has more to read, also when none of it has been read yet; then the watermark
///   stands still, so that no record is late only because others were read first.
/// - A partition at its end holds it until `idleAfter` has passed since its last record; for ever without `idleAfter`. One of
///   which nothing has been read does not hold it there.
/// - Finished partitions do not hold it. When no partition does, it follows the greatest event time of all.
/// - It never moves back.
///
/// Akidau et al., "The Dataflow Model", PVLDB 8(12), 2015, §2.3 (watermarks as a lower bound of event times).
public struct WatermarkTracker: Sendable {
    private let delayMicros: Int64
    private let idleAfterNanos: Int64?
    /// The greatest event time of each partition that has been read and is neither finished nor idle.
    private var newest: [SourcePartition: Int64]
    /// The finished or idle partition with the greatest event time of all, kept so that a restart knows it.
    private var highest: (partition: SourcePartition, micros: Int64)?
    /// When a partition was first seen at its end since its last record.
    private var quietSince: [SourcePartition: Int64] = [:]
    /// The watermark.
    public private(set) var watermark: Watermark
    /// What holds the watermark; `nil` when nothing does.
    public private(set) var holder: Holder?

    /// The partition that holds a watermark back.
    public struct Holder: Hashable, Sendable {
        /// The partition.
        public var partition: SourcePartition
        /// Its greatest event time, µs since 1970 UTC; `nil` when none of it has been read.
        public var eventTimeMicros: Int64?
        /// Since when it is the one, ns on the clock that never jumps.
        public var sinceNanos: Int64

        /// A holder.
        public init(partition: SourcePartition, eventTimeMicros: Int64?, sinceNanos: Int64) {
            self.partition = partition
            self.eventTimeMicros = eventTimeMicros
            self.sinceNanos = sinceNanos
        }
    }

    /// A tracker that goes on where a checkpoint left off.
    public init(
        _ declaration: WatermarkDeclaration, watermark: Watermark = .none, eventTimes: [SourcePartition: Int64] = [:]
    ) {
        delayMicros = declaration.delayMicros
        idleAfterNanos = declaration.idleAfterMicros.map { $0 * 1000 }
        self.watermark = watermark
        newest = eventTimes
        highest = eventTimes.max { $0.value < $1.value }.map { ($0.key, $0.value) }
    }

    /// What a checkpoint has to remember.
    public var eventTimes: [SourcePartition: Int64] {
        var times = newest
        if let highest { times[highest.partition] = highest.micros }
        return times
    }

    /// What of a standing after the next epoch, which reads `partitions`, may hold the watermark. `endEpoch` comes to the same with it.
    ///
    /// Of the partitions that nothing was read of it has one at most, however many there are: that one holds the watermark.
    public func holders<Partitions: Collection<SourcePartition>>(
        of standing: [SourcePartition: PartitionStanding], reading partitions: Partitions
    ) -> [SourcePartition: PartitionStanding] {
        let reading = Set(partitions)
        var holders: [SourcePartition: PartitionStanding] = [:]
        var unread: (partition: SourcePartition, standing: PartitionStanding)?
        for (partition, state) in standing where state != .finished {
            if newest[partition] != nil || reading.contains(partition) {
                holders[partition] = state
            } else if case .behind = state, unread.map({ partition < $0.partition }) ?? true {
                unread = (partition, state)
            }
        }
        if let unread { holders[unread.partition] = unread.standing }
        return holders
    }

    /// Ends an epoch.
    ///
    /// - Parameters:
    ///   - seen: the greatest event time that the epoch read of each partition, µs since 1970 UTC.
    ///   - standing: how the partitions stand after the epoch; where that is not known, the watermark stays where it is.
    ///   - nowNanos: time on the clock that never jumps.
    public mutating func endEpoch(
        seen: [SourcePartition: Int64], standing: [SourcePartition: PartitionStanding]?, nowNanos: Int64
    ) {
        for (partition, micros) in seen {
            newest[partition] = max(newest[partition] ?? micros, micros)
            quietSince[partition] = nil
            if micros > highest?.micros ?? .min { highest = (partition, micros) }
        }
        guard let standing else { return }
        var lowest: (partition: SourcePartition, micros: Int64?)?
        for (partition, state) in standing where isActive(partition, state, nowNanos) {
            let micros = newest[partition]
            if let low = lowest, (low.micros ?? .min, low.partition) <= (micros ?? .min, partition) { continue }
            lowest = (partition, micros)
        }
        for partition in newest.keys where standing[partition] == .finished || standing[partition] == nil {
            newest[partition] = nil
            quietSince[partition] = nil
        }
        guard let lowest else {
            holder = nil
            if let highest { advance(to: highest.micros) }
            return
        }
        if holder?.partition != lowest.partition {
            holder = Holder(partition: lowest.partition, eventTimeMicros: lowest.micros, sinceNanos: nowNanos)
        } else {
            holder?.eventTimeMicros = lowest.micros
        }
        if let micros = lowest.micros { advance(to: micros) }
    }

    private mutating func advance(to newestMicros: Int64) {
        let (micros, underflow) = newestMicros.subtractingReportingOverflow(delayMicros)
        if !underflow { watermark = max(watermark, Watermark(micros: micros)) }
    }

    private mutating func isActive(_ partition: SourcePartition, _ state: PartitionStanding, _ now: Int64) -> Bool {
        switch state {
        case .finished: return false
        case .behind:
            quietSince[partition] = nil
            return true
        case .atEnd:
            guard newest[partition] != nil else { return false }
            let since = quietSince[partition] ?? now
            quietSince[partition] = since
            guard let idleAfterNanos, now - since >= idleAfterNanos else { return true }
            newest[partition] = nil
            quietSince[partition] = nil
            return false
        }
    }
}
