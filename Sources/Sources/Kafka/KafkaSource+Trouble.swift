// SPDX-License-Identifier: Apache-2.0
import Blocking
import Failures
import KafkaClient
import StreamCore
import Synchronization

extension KafkaSource {
    /// Notes that records arrived. Per batch.
    func noteArrival(records: Int, bytes: Int) {
        let average = Double(bytes) / Double(max(1, records))
        state.withLock { $0.averageRecordBytes = $0.averageRecordBytes * 0.5 + average * 0.5 }
        if journal.work() { events.note(.info, component, "the brokers answer again") }
    }

    /// The brokers have no such position: finds out why, and goes on where that is allowed.
    func resolveOutOfRange(_ feed: KafkaFeed, position: Int64, end: Int64) async throws(PipelineError) {
        let partition = feed.queue.partition
        for attempt in 0... {
            if Task.isCancelled { throw PipelineError(.interrupted, "reading was interrupted") }
            do throws(PipelineError) {
                let gap = try await thread.run { () throws(PipelineError) in
                    try self.resolveOutOfRangeOnce(feed, position: position, end: end)
                }
                if let gap { note(gap) }
                return
            } catch {
                guard error.retry == .withBackoff else { throw error.within("partition", partition.description) }
                await clock.sleep(nanos: min(100_000_000 << Int64(min(attempt, 4)), 1_000_000_000))
            }
        }
    }

    private func resolveOutOfRangeOnce(
        _ feed: KafkaFeed, position: Int64, end: Int64
    ) throws(PipelineError) -> KafkaPlanner.Gap? {
        let partition = feed.queue.partition
        guard let consumer = state.withLock({ $0.consumer }) else {
            throw PipelineError(.interrupted, "the source was closed")
        }
        let latest = try consumer.offsets(of: [partition: .latest], timeoutMillis: 5000)[partition] ?? 0
        let earliest = try consumer.offsets(of: [partition: .earliest], timeoutMillis: 5000)[partition] ?? 0
        if latest < end { throw KafkaPlanner.recreated(partition, position: end, end: latest) }
        guard earliest > position else {
            // A leader that lagged for a moment has caught up.
            try consumer.restart(feed.queue, at: position)
            return nil
        }
        guard options.onDataLoss == .continue else {
            throw KafkaPlanner.lost(partition, from: position, to: earliest)
        }
        try consumer.restart(feed.queue, at: earliest)
        return KafkaPlanner.Gap(partition: partition, from: position, to: min(earliest, end))
    }

    /// A topic that stays away for so many errors, a second apart, while a planned range of it is read is given up.
    static let errorBound = 30

    /// An error of a partition while it is read, the `count`th without a record in between: waits where the client goes on by
    /// itself, throws what waiting cannot cure.
    func judge(
        _ code: KafkaErrorCode, _ text: String, of partition: KafkaPartition, count: Int
    ) async throws(PipelineError) {
        let error = PipelineError.kafka(
            code, "the partition cannot be read", at: [.init("partition", partition.description)],
            configuration: configuration, detail: text)
        switch error.code {
        case .topicNotFound where count < Self.errorBound, .sourceUnavailable, .authenticationFailed:
            if count % Self.errorBound == 1 {
                events.note(.warning, component, "\(partition) cannot be read: waiting (\(text))")
            }
        default: throw error
        }
        await clock.sleep(nanos: 1_000_000_000)
    }
}
