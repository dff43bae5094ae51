// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient

/// One partition that is being fetched, with the decoder of its records. Lives from epoch to epoch; used by one task at a time.
final class KafkaFeed: Sendable {
    let queue: KafkaPartitionQueue
    let decoding: KafkaRecordDecoding

    init(_ queue: KafkaPartitionQueue, _ decoding: KafkaRecordDecoding) {
        self.queue = queue
        self.decoding = decoding
    }

    /// Whether the queue's next records are those from `start` on.
    func stands(at start: Int64) -> Bool {
        queue.origin <= start && queue.lastGiven < start && queue.position >= start
    }
}
