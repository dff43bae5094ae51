// SPDX-License-Identifier: Apache-2.0
import Columnar
package import Delta
public import Failures
import JSONText
import ObjectStore
import Parquet
public import StreamCore
import Synchronization

/// Writes the rows of a relation to a Delta table, each epoch in one commit, exactly once: added, in place of the rows with
/// equal keys (`upsert`), or in place of all rows (`complete`).
///
/// - `prepare` writes and synchronises Parquet files below the table; nobody sees them. Its token lists them with statistics,
///   so that publishing after a crash needs nothing else.
/// - `publish` puts the next version of the log if absent, with `txn(appId, epoch)` and, under `commitInfo.millrace`, where the
///   rows came from. An epoch at or below the recorded `txn` is not written again.
/// - What is replaced is decided when the epoch is published, against the version that the commit follows, and again when another
///   writer took that version.
/// - An epoch without rows for this sink writes nothing and leaves `txn` where it is: a table is never ahead of the checkpoint
///   by it, and one that lags by such epochs is made whole by publishing nothing.
/// - Files of epochs that crashed before their checkpoint stay behind, unreferenced; they are never deleted here, because another
///   process might be about to publish them. `VACUUM` of any Delta program removes them once they are old enough.
public final class DeltaSink: Sink {
    let declaration: SinkDeclaration
    let options: DeltaSinkOptions
    let appID: String
    let table: DeltaTable
    private let foldsHistory: Bool
    private let events: any RunEvents
    private let clock: any Clock
    /// Of all its files.
    let compressionHistory = CompressionHistory()
    let state = Mutex(State())

    struct State {
        /// How rows are written; `nil` before `recover`.
        var plan: DeltaWritePlan?
        /// The version of the metadata that the plan was made from.
        var planMetadata: TableMetadata?
        /// The epoch that the table had recorded when we last looked, or that we published since.
        var published: Int64?
        var writers: (epoch: Epoch, count: Int)?
    }

    /// A sink on the table that the options name; nothing is read or made before `recover`.
    ///
    /// - Parameter foldsHistory: `recover` gives the offsets of all epochs in the table's history together, not only the
    ///   newest's, as a lost checkpoint needs for sources whose epochs name only what they read (files).
    public init(
        declaration: SinkDeclaration, options: DeltaSinkOptions, pipeline: String, events: any RunEvents,
        clock: any Clock, foldsHistory: Bool = false
    ) throws(PipelineError) {
        var policy = CommitPolicy()
        policy.nowMillis = { clock.nowMicros / 1000 }
        policy.pause = { await clock.sleep(nanos: $0 * 1_000_000) }
        let name = declaration.name
        policy.note = { events.note(.warning, "sink \(name)", $0) }
        self.declaration = declaration
        self.options = options
        self.events = events
        self.clock = clock
        self.foldsHistory = foldsHistory
        appID = options.appId ?? "millrace:\(pipeline):\(declaration.name)"
        table = try DeltaTable.open(options.table, policy: policy)
    }

    /// A sink on a table that is already open; for tests with other stores.
    package init(
        declaration: SinkDeclaration, options: DeltaSinkOptions, pipeline: String, events: any RunEvents,
        clock: any Clock, table: DeltaTable, foldsHistory: Bool = false
    ) {
        self.declaration = declaration
        self.options = options
        self.events = events
        self.clock = clock
        self.foldsHistory = foldsHistory
        appID = options.appId ?? "millrace:\(pipeline):\(declaration.name)"
        self.table = table
    }

    func located(_ error: PipelineError) -> PipelineError { error.within("sink", declaration.name) }

    /// Makes the table when there is none, checks that rows fit it, and reads how far this pipeline has come.
    public func recover() async throws(PipelineError) -> SinkPosition {
        do throws(PipelineError) {
            let head = try await openTable()
            try adopt(head)
            let recorded = head.txns[appID]?.version
            state.withLock { $0.published = recorded }
            guard let recorded else { return .empty }
            let provenance =
                foldsHistory ? try await recoverOffsets() : try await newestProvenance(of: recorded, head)
            return .published(Epoch(recorded), provenance)
        } catch {
            throw located(error)
        }
    }

    private func openTable() async throws(PipelineError) -> TableHead {
        if let head = try await table.headIfPresent() {
            let existing = head.metadata.partitionColumns
            let wanted = options.partitionBy
            guard wanted.isEmpty || wanted.map({ $0.lowercased() }) == existing.map({ $0.lowercased() }) else {
                throw PipelineError(
                    .schemaMismatch,
                    "the table is partitioned by (\(existing.joined(separator: ", "))), the sink by (\(wanted.joined(separator: ", ")))",
                    at: [.init("table", table.location)],
                    hint: "Make \"partitionBy\" agree with the table, leave it out, or use another table")
            }
            return head
        }
        return try await table.createIfAbsent(
            DeltaTable.Definition(
                schema: declaration.schema, partitionColumns: options.partitionBy, properties: options.properties))
    }

    /// Makes the plan for a version of the table, unless the last one still holds.
    func adopt(_ head: TableHead) throws(PipelineError) {
        if state.withLock({ $0.planMetadata == head.metadata }) { return }
        let plan: DeltaWritePlan
        do throws(PipelineError) {
            plan = try DeltaWritePlan(head, incoming: declaration.schema, evolution: options.schemaEvolution)
            if mode != .append { try WriteRules(head).requireReplaceable(keepingRows: mode == .upsert) }
            if mode == .upsert { _ = try UpsertKeys(options.keys, head, added: plan.addedFields) }
        } catch {
            throw error.within("table", table.location)
        }
        state.withLock { state in
            state.plan = plan
            state.planMetadata = head.metadata
        }
    }

    /// A writer for one worker's share of an epoch.
    public func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter {
        let (plan, worker) = state.withLock { state -> (DeltaWritePlan?, Int) in
            let count = state.writers.map { $0.epoch == epoch ? $0.count : 0 } ?? 0
            state.writers = (epoch, count + 1)
            return (state.plan, count)
        }
        guard let plan else {
            throw PipelineError(.internalError, "sink '\(declaration.name)' was asked for a writer before recover()")
        }
        if mode == .upsert {
            return DeltaUpsertWriter(plan: plan, keys: IncomingKeys(options.keys, plan))
        }
        return makeFileWriter(plan, epoch, worker)
    }

    func makeFileWriter(_ plan: DeltaWritePlan, _ epoch: Epoch, _ worker: Int) -> DeltaSinkWriter {
        let (options, history, store) = (options, compressionHistory, table.store)
        return DeltaSinkWriter(plan: plan, targetFileBytes: options.targetFileBytes) {
            (key) throws(PipelineError) -> DataFile in
            try Self.makeFile(
                key, plan: plan, options: options, history, epoch: epoch, worker: worker, store: store)
        }
    }

    static func makeFile(
        _ key: [String?], plan: DeltaWritePlan, options: DeltaSinkOptions, _ history: CompressionHistory, epoch: Epoch,
        worker: Int, store: any ObjectStore
    ) throws(PipelineError) -> DataFile {
        let columns = plan.partitionColumns
        let folder = PathEncoding.hiveFolder(zip(columns, key).map { ($0.name, $1) })
        let (parquet, name) = parquetFile(
            options, history, fieldIDs: plan.fieldIDs, epoch: epoch, worker: "\(worker)")
        return try DataFile(
            path: folder.isEmpty ? name : folder + "/" + name,
            partitionValues: Dictionary(
                zip(columns.map(\.physicalName), key), uniquingKeysWith: { first, _ in first }),
            schema: plan.fileSchema, statistics: plan.statistics, options: parquet, store: store)
    }

    /// How a new data file is written, and its name.
    static func parquetFile(
        _ options: DeltaSinkOptions, _ history: CompressionHistory, fieldIDs: [[String]: Int32], epoch: Epoch,
        worker: String
    ) -> (ParquetWriterOptions, String) {
        var parquet = ParquetWriterOptions()
        let codec: String
        switch options.compression {
        case .none: (parquet.compression, codec) = (.none, "")
        case .snappy: (parquet.compression, codec) = (.snappy, ".snappy")
        case .zstd(let level): (parquet.compression, codec) = (.zstd(level: level), ".zstd")
        }
        parquet.rowGroupBytes = min(options.targetFileBytes, 32 << 20)
        parquet.compressionHistory = history
        parquet.fieldIDs = fieldIDs
        let number = String(epoch.number)
        let padded = String(repeating: "0", count: max(0, 5 - number.count)) + number
        return (parquet, "part-\(padded)-\(worker)-\(UniqueName.uuid())\(codec).parquet")
    }

    /// What the rows of an epoch do to the table.
    var mode: DeltaSinkOptions.Mode { options.mode ?? .append }
    var nowMillis: Int64 { clock.nowMicros / 1000 }

    /// Waits for the upkeep of the last commits.
    public func close() async { await table.finishMaintenance() }
}
