// SPDX-License-Identifier: Apache-2.0
import Blocking
import Columnar
import Failures
import KafkaClient
public import StreamCore
import Synchronization

/// Whether a partition still holds what was read of it. A checkpoint keeps, beside the offset, the fingerprint of a record that was read
/// before it; the record at that place has to be the same, when there is one.
extension KafkaSource {
    /// The ranges with the fingerprint of the last record that was read of each partition; where there was none, what is known of earlier.
    public func marked(_ ranges: SourceRanges) -> SourceRanges {
        let feeds = state.withLock { $0.feeds }
        var marked = ranges
        for (name, range) in ranges {
            guard let partition = KafkaPartition(name: name.name), let last = feeds[partition]?.queue.lastRecord,
                last.offset < range.end.position
            else { continue }
            marked[name] = OffsetRange(
                start: range.start, end: Offset(range.end.position, incarnation: last.text))
        }
        return marked
    }

    /// The record by which a partition has to be known, unless this process knows it already.
    func unverified(_ partition: KafkaPartition, _ offset: Offset) -> KafkaFingerprint? {
        guard let text = offset.incarnation, !state.withLock({ $0.verified.contains(partition) }) else { return nil }
        return KafkaFingerprint(text)
    }

    /// Feeds that start at the records by which their partitions have to be known, for partitions that this process does not know yet
    /// and whose logs reach so far back. On the blocking thread.
    func unverified(
        _ marks: [KafkaPartition: Offset], _ bounds: [KafkaPartition: KafkaPlanner.Bounds]
    ) throws(PipelineError) -> [KafkaPartition: (KafkaFeed, KafkaFingerprint)] {
        var feeds: [KafkaPartition: (KafkaFeed, KafkaFingerprint)] = [:]
        for (partition, offset) in marks {
            guard let bound = bounds[partition], let mark = unverified(partition, offset) else { continue }
            if mark.offset < bound.earliest {
                _ = state.withLock { $0.verified.insert(partition) }
            } else {
                feeds[partition] = (try feed(of: partition, at: mark.offset), mark)
            }
        }
        return feeds
    }

    /// Makes partitions of topics that were away be looked at again.
    func doubt(_ topics: [String]) {
        guard !topics.isEmpty else { return }
        state.withLock { state in state.verified = state.verified.filter { !topics.contains($0.topic) } }
    }

    /// Verifies partitions at a plan. A topic that goes meanwhile is waited for, as at any plan.
    func verify(_ unverified: [(KafkaFeed, KafkaFingerprint)]) async throws(PipelineError) {
        do throws(PipelineError) {
            for (feed, mark) in unverified { try await verify(feed, mark) }
        } catch {
            state.withLock { $0.catalog.forget() }
            guard error.code == .topicNotFound else { throw error }
            throw PipelineError(.sourceUnavailable, error.what, at: error.places, cause: error.cause)
        }
    }

    /// Reads the record that a fingerprint was taken of from a feed that starts there. When it is gone, nothing can be said; that it is
    /// gone is believed when it is seen twice, since brokers that have just come to a topic may err for a moment.
    ///
    /// - Throws: `topicRecreated` when another record is in its place, or the log ends before it; `interrupted`; what waiting cannot cure.
    func verify(_ feed: KafkaFeed, _ mark: KafkaFingerprint) async throws(PipelineError) {
        let partition = feed.queue.partition
        let (errors, absences) = (ErrorCount(), ErrorCount())
        reading: while true {
            if Task.isCancelled { throw PipelineError(.interrupted, "planning was interrupted") }
            switch feed.queue.read(upTo: mark.offset + 1, maxRecords: 1, maxBytes: 0) {
            case .records:
                if let found = feed.queue.lastRecord, found != mark { throw Self.replaced(partition, mark, found) }
                break reading
            case .end, .outOfRange:
                let count = absences.add()
                let isThere = try await look(again: feed, at: mark, isLast: count >= Self.looksAtAnEnd)
                if !isThere && count > 1 { break reading }
            case .nothingYet: await feed.queue.wait()
            case .failed(let code, let text): try await judge(code, text, of: partition, count: errors.add())
            }
        }
        _ = state.withLock { $0.verified.insert(partition) }
    }

    /// How often a log that ends before a record that was read is looked at before that is believed.
    private static let looksAtAnEnd = 5

    /// Starts a feed again at a record that it did not find. Returns false when the log can lack it: it begins later, or has a gap.
    private func look(
        again feed: KafkaFeed, at mark: KafkaFingerprint, isLast: Bool
    ) async throws(PipelineError) -> Bool {
        let partition = feed.queue.partition
        let bounds = try? await thread.run { () throws(PipelineError) -> KafkaPlanner.Bounds in
            guard let consumer = self.state.withLock({ $0.consumer }) else {
                throw PipelineError(.interrupted, "the source was closed")
            }
            let earliest = try consumer.offsets(of: [partition: .earliest], timeoutMillis: 5000)[partition] ?? 0
            let latest = try consumer.offsets(of: [partition: .latest], timeoutMillis: 5000)[partition] ?? 0
            try consumer.restart(feed.queue, at: mark.offset)
            return KafkaPlanner.Bounds(earliest: earliest, latest: latest)
        }
        if let bounds, bounds.latest > mark.offset { return false }
        if isLast, let bounds { throw KafkaPlanner.recreated(partition, position: mark.offset + 1, end: bounds.latest) }
        await clock.sleep(nanos: 200_000_000)
        return true
    }

    /// The refusal of a topic that has another record where one was read.
    private static func replaced(
        _ partition: KafkaPartition, _ known: KafkaFingerprint, _ found: KafkaFingerprint
    ) -> PipelineError {
        PipelineError(
            .topicRecreated,
            "the topic '\(partition.topic)' was deleted and created again: at offset \(known.offset) this pipeline has read "
                + "a record of \(time(known)), and there is one of \(time(found)) now"
                + (known.timestampMillis == found.timestampMillis ? " with another content" : ""),
            at: [.init("partition", partition.description), .init("offset", "\(known.offset)")],
            hint: "To read the new topic from its beginning, give the pipeline a new \"checkpoint\" "
                + "and its sinks a new \"appId\"; to keep the old offsets, restore the topic")
    }

    private static func time(_ record: KafkaFingerprint) -> String {
        let (micros, overflow) = record.timestampMillis.multipliedReportingOverflow(by: 1000)
        if record.timestampMillis < 0 || overflow { return "unknown time" }
        var bytes = BufferBuilder<UInt8>()
        TimestampText.writeISO(micros, to: &bytes)
        return String(decoding: bytes.finish().array, as: UTF8.self)
    }
}

extension SourceRanges {
    /// The ranges with what the partitions are known by so far, which is what counts should they be read by a later run.
    func keepingMarks(of offsets: SourceOffsets) -> SourceRanges {
        var ranges = self
        for (partition, range) in self {
            guard let mark = offsets[partition]?.incarnation else { continue }
            ranges[partition] = OffsetRange(start: range.start, end: Offset(range.end.position, incarnation: mark))
        }
        return ranges
    }
}
