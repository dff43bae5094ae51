// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import KafkaClient
import ObjectStore
import StreamCore
import Synchronization

/// Writes one worker's records of one epoch to a spool file of its own.
final class KafkaSinkWriter: SinkWriter {
    private let encoder: KafkaRecordEncoder
    private let maxRecordBytes: Int
    private let spool: KafkaSpool
    private let name: String
    private let state = Mutex<(file: (any ObjectWriter)?, records: Int)>((nil, 0))

    init(_ encoder: KafkaRecordEncoder, maxRecordBytes: Int, spool: KafkaSpool, epoch: Epoch) {
        self.encoder = encoder
        self.maxRecordBytes = maxRecordBytes
        self.spool = spool
        name = KafkaSpool.name(epoch)
    }

    func append(_ batch: ColumnBatch) throws(PipelineError) {
        if batch.rowCount == 0 { return }
        try state.withLock { (state) throws(PipelineError) in
            let file: any ObjectWriter
            if let open = state.file {
                file = open
            } else {
                file = try spool.store.makeWriter(name)
                state.file = file
                try file.append(KafkaSpool.head(encoder.layout).span)
            }
            try encoder.encode(batch, maxRecordBytes: maxRecordBytes) { (block) throws(PipelineError) in
                try file.append(KafkaSpool.framed(block.bytes, records: block.count).span)
            }
            state.records += batch.rowCount
        }
    }

    /// Makes the file durable; `nil` when there were no rows.
    func finish() async throws(PipelineError) -> KafkaSinkToken.File? {
        let (file, records) = state.withLock { $0 }
        guard let file else { return nil }
        try await file.finish()
        return KafkaSinkToken.File(name: name, records: records)
    }
}

/// Sends one worker's records as they come.
final class EarlyKafkaWriter: SinkWriter {
    private let encoder: KafkaRecordEncoder
    private let maxRecordBytes: Int
    private let producer: KafkaProducer
    private let topic: String

    init(_ encoder: KafkaRecordEncoder, maxRecordBytes: Int, producer: KafkaProducer, topic: String) {
        self.encoder = encoder
        self.maxRecordBytes = maxRecordBytes
        self.producer = producer
        self.topic = topic
    }

    func append(_ batch: ColumnBatch) throws(PipelineError) {
        try encoder.encode(batch, maxRecordBytes: maxRecordBytes) { (block) throws(PipelineError) in
            try producer.send(block, to: topic)
        }
    }
}
