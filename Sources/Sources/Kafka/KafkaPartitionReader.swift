// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import KafkaClient
import StreamCore

/// Reads one planned range of a partition from its feed. Waits for records that are late to arrive, whatever happens to brokers.
final class KafkaPartitionReader: PartitionReader {
    static let recordsPerBatch = 32_768
    static let bytesPerBatch = 8 << 20

    private let source: KafkaSource
    private let feed: KafkaFeed
    private let end: Int64
    private let errors = ErrorCount()

    init(_ source: KafkaSource, _ feed: KafkaFeed, end: Int64) {
        self.source = source
        self.feed = feed
        self.end = end
    }

    /// The next rows, or `nil` when everything before the range's end has been given.
    ///
    /// - Throws: `dataLoss`, `topicRecreated`, `topicNotFound`, `permissionDenied`, `interrupted`, and what the decoder throws.
    func next() async throws(PipelineError) -> SourceBatch? {
        while true {
            if Task.isCancelled { throw PipelineError(.interrupted, "reading was interrupted") }
            let read = feed.queue.read(
                upTo: end, maxRecords: Self.recordsPerBatch, maxBytes: Self.bytesPerBatch, parts: feed.decoding.parts,
                blocks: source.blocks)
            switch read {
            case .records(let records):
                errors.reset()
                source.noteArrival(records: records.count, bytes: records.bytes.count - records.count)
                do throws(PipelineError) {
                    return try feed.decoding.decode(records)
                } catch {
                    throw error.within("partition", feed.queue.partition.description)
                }
            case .end: return nil
            case .nothingYet: await feed.queue.wait()
            case .outOfRange(let position): try await source.resolveOutOfRange(feed, position: position, end: end)
            case .failed(let code, let text):
                try await source.judge(code, text, of: feed.queue.partition, count: errors.add())
            }
        }
    }
}
