// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Parquet
import StreamCore
import Synchronization

/// One worker's rows of one epoch, sorted into table partitions.
///
/// Rows wait in memory until a partition has enough for encoding to pay; what is left at the end of the epoch is merged with
/// the other workers' rest by `prepare`. Memory: at most `budgetBytes` of rows and unfinished row groups, plus one batch.
final class DeltaSinkWriter: SinkWriter {
    /// A table partition's share.
    struct Share {
        let key: [String?]
        var batches: [ColumnBatch] = []
        var pendingBytes = 0
        var file: DataFile?
    }

    let plan: DeltaWritePlan
    private let makeFile: @Sendable (_ key: [String?]) throws(PipelineError) -> DataFile
    private let state = Mutex(State())
    private let targetFileBytes: Int

    private struct State {
        var shares: [[String?]: Share] = [:]
        var sealed: [DataFile] = []
        var pendingBytes = 0
        var rowCount = 0
    }

    /// A partition is encoded when so many bytes of its rows wait.
    private static let encodeBytes = 8 << 20
    /// Bytes of rows and unfinished row groups of one worker.
    private static let budgetBytes = 48 << 20
    /// Files that one worker fills at the same time.
    private static let maxOpenFiles = 48

    init(
        plan: DeltaWritePlan, targetFileBytes: Int,
        makeFile: @escaping @Sendable (_ key: [String?]) throws(PipelineError) -> DataFile
    ) {
        self.plan = plan
        self.targetFileBytes = targetFileBytes
        self.makeFile = makeFile
    }

    /// Adds rows.
    func append(_ batch: ColumnBatch) throws(PipelineError) {
        guard batch.rowCount > 0 else { return }
        let rows = try plan.fileRows(batch)
        let partitionColumns = plan.partitionColumns.map { batch.columns[$0.source] }
        let groups = TablePartitioner.groups(partitionColumns, rowCount: batch.rowCount)
        try state.withLock { (state) throws(PipelineError) in
            state.rowCount += batch.rowCount
            for group in groups {
                try add(group.rows.map { rows.taking($0) } ?? rows, to: group.key, &state)
            }
            try relieve(&state)
        }
    }

    private func add(_ rows: ColumnBatch, to key: [String?], _ state: inout State) throws(PipelineError) {
        var share = state.shares[key] ?? Share(key: key)
        let bytes = rows.byteCount
        share.batches.append(rows)
        share.pendingBytes += bytes
        state.pendingBytes += bytes
        if share.pendingBytes >= Self.encodeBytes { try encode(&share, &state) }
        state.shares[key] = share
    }

    private func encode(_ share: inout Share, _ state: inout State) throws(PipelineError) {
        let file: DataFile
        if let open = share.file { file = open } else { file = try makeFile(share.key) }
        try file.append(share.batches)
        state.pendingBytes -= share.pendingBytes
        share.batches = []
        share.pendingBytes = 0
        share.file = file
        if file.estimatedByteCount >= targetFileBytes { try seal(&share, &state) }
    }

    private func seal(_ share: inout Share, _ state: inout State) throws(PipelineError) {
        guard let file = share.file else { return }
        try file.seal()
        state.sealed.append(file)
        share.file = nil
    }

    /// Keeps memory and open files within their bounds: the largest share gives way first.
    private func relieve(_ state: inout State) throws(PipelineError) {
        while true {
            let open = state.shares.values.reduce(into: (files: 0, bytes: 0)) { total, share in
                guard let file = share.file else { return }
                total.files += 1
                total.bytes += file.bufferedBytes
            }
            if open.files > Self.maxOpenFiles || (open.bytes > Self.budgetBytes / 2 && open.files > 1) {
                guard let largest = state.shares.values.max(by: { Self.openBytes($0) < Self.openBytes($1) }) else {
                    return
                }
                var share = largest
                try seal(&share, &state)
                state.shares[share.key] = share
            } else if state.pendingBytes > Self.budgetBytes / 2 {
                guard let largest = state.shares.values.max(by: { $0.pendingBytes < $1.pendingBytes }) else { return }
                var share = largest
                try encode(&share, &state)
                state.shares[share.key] = share
            } else {
                return
            }
        }
    }

    private static func openBytes(_ share: Share) -> Int { share.file.map { $0.bufferedBytes + 1 } ?? 0 }

    /// Hands over what the epoch has; the writer is empty afterwards.
    func take() -> (shares: [Share], sealed: [DataFile]) {
        state.withLock { state in
            let taken = (Array(state.shares.values), state.sealed)
            state = State()
            return taken
        }
    }
}
