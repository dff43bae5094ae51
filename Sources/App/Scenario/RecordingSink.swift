// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Synchronization

/// Stands for a sink of the pipeline in a test: prepares and publishes as a real one, into memory.
final class RecordingSink: Sink {
    private let table: RecordedTable
    private let life: CrashSwitch

    init(_ table: RecordedTable, life: CrashSwitch) {
        self.table = table
        self.life = life
    }

    func recover() async throws(PipelineError) -> SinkPosition { table.position }

    func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter { Writer() }

    func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
        try life.check()
        let rows = writers.flatMap { ($0 as? Writer)?.rows ?? [] }
        if rows.isEmpty { return SinkToken("") }
        let token = "epoch-\(epoch)"
        table.prepare(rows, as: token)
        return SinkToken(token)
    }

    func publish(
        _ epoch: Epoch, _ token: SinkToken, provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        try life.check()
        if token.text.isEmpty { return .nothingToPublish }
        return table.publish(epoch, token.text, provenance) ? .published(version: epoch.number) : .alreadyPublished
    }

    func close() async {}

    private final class Writer: SinkWriter {
        private let batches = Mutex<[ColumnBatch]>([])
        var rows: [[Value]] { batches.withLock { $0.flatMap(\.rows) } }
        func append(_ batch: ColumnBatch) throws(PipelineError) { batches.withLock { $0.append(batch) } }
    }
}
