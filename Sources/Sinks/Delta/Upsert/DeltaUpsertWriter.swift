// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Synchronization

/// One worker's rows of one epoch for an upsert: of rows with equal keys the last is kept.
///
/// Memory: the distinct rows of the epoch, and up to as many again, at least `slackBytes`, before older ones are dropped.
final class DeltaUpsertWriter: SinkWriter {
    let plan: DeltaWritePlan
    private let keys: IncomingKeys
    private let state = Mutex(State())

    private struct State {
        var batches: [ColumnBatch] = []
        var bytes = 0
        /// What was left when rows were last dropped.
        var keptBytes = 0
    }

    private static let slackBytes = 32 << 20

    init(plan: DeltaWritePlan, keys: IncomingKeys) {
        self.plan = plan
        self.keys = keys
    }

    /// Adds rows.
    func append(_ batch: ColumnBatch) throws(PipelineError) {
        guard batch.rowCount > 0 else { return }
        state.withLock { state in
            state.batches.append(batch)
            state.bytes += batch.byteCount
            guard state.bytes > 2 * state.keptBytes + Self.slackBytes else { return }
            state.batches = keys.lastRows(state.batches)
            state.bytes = state.batches.reduce(0) { $0 + $1.byteCount }
            state.keptBytes = state.bytes
        }
    }

    /// Hands over what the epoch has; the writer is empty afterwards.
    func take() -> [ColumnBatch] {
        state.withLock { state in
            let batches = state.batches
            state = State()
            return batches
        }
    }
}
