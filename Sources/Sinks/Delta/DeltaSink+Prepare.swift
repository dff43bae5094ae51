// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
public import Failures
import ObjectStore
public import StreamCore

extension DeltaSink {
    /// Encodes what the workers still hold, one file for each table partition's rest, and synchronises all files.
    public func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
        do throws(PipelineError) {
            return try await prepareFiles(epoch, writers)
        } catch {
            throw located(error)
        }
    }

    private func prepareFiles(_ epoch: Epoch, _ writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
        var plan: DeltaWritePlan?
        var rests: [[String?]: Rest] = [:]
        var whole: [DataFile] = []
        for writer in try fileWriters(epoch, writers) {
            guard let writer = writer as? DeltaSinkWriter else {
                throw PipelineError(.internalError, "a Delta sink was given the writer of another sink")
            }
            plan = writer.plan
            let taken = writer.take()
            whole += taken.sealed
            for share in taken.shares {
                var rest = rests[share.key] ?? Rest(key: share.key)
                rest.batches += share.batches
                if let file = share.file {
                    // The rest of all workers goes into one file that is open anyway; the others are complete.
                    if rest.file == nil { rest.file = file } else { whole.append(file) }
                }
                rests[share.key] = rest
            }
        }
        guard let plan else { return SinkToken("") }
        let files = try await finish(epoch, whole, Array(rests.values), plan)
        guard !files.isEmpty else { return SinkToken("") }
        let token = DeltaSinkToken(
            id: UniqueName.uuid(), mode: mode, keys: options.keys, fileSchema: plan.fileSchema,
            addedFields: plan.addedFields,
            rowCount: files.reduce(0) { $0 + ($1.recordCount ?? 0) }, files: files)
        return SinkToken(try token.text, fileCount: files.count)
    }

    /// The writers of the epoch's files: for an upsert one that got the last row of each key.
    private func fileWriters(
        _ epoch: Epoch, _ writers: [any SinkWriter]
    ) throws(PipelineError) -> [any SinkWriter] {
        guard mode == .upsert else { return writers }
        var plan: DeltaWritePlan?
        var batches: [ColumnBatch] = []
        for writer in writers {
            guard let writer = writer as? DeltaUpsertWriter else {
                throw PipelineError(.internalError, "an upserting Delta sink was given the writer of another sink")
            }
            plan = writer.plan
            batches += writer.take()
        }
        guard let plan else { return [] }
        let writer = makeFileWriter(plan, epoch, 0)
        for batch in IncomingKeys(options.keys, plan).lastRows(batches) { try writer.append(batch) }
        return [writer]
    }

    /// What the workers hold of one table partition.
    private struct Rest: Sendable {
        let key: [String?]
        var batches: [ColumnBatch] = []
        var file: DataFile?
    }

    /// At most so many files are encoded and synchronised at once.
    private static let parallelFiles = 8

    private func finish(
        _ epoch: Epoch, _ whole: [DataFile], _ rests: [Rest], _ plan: DeltaWritePlan
    ) async throws(PipelineError) -> [AddFile] {
        let work: [Rest] = whole.map { Rest(key: [], file: $0) } + rests
        let outcomes = await withTaskGroup(of: Result<AddFile?, PipelineError>.self) { group in
            var outcomes: [Result<AddFile?, PipelineError>] = []
            for (index, rest) in work.enumerated() {
                if index >= Self.parallelFiles, let outcome = await group.next() { outcomes.append(outcome) }
                group.addTask { await self.finish(epoch, rest, plan, index) }
            }
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        var files: [AddFile] = []
        for outcome in outcomes { if let file = try outcome.get() { files.append(file) } }
        return files.sorted { $0.path < $1.path }
    }

    private func finish(
        _ epoch: Epoch, _ rest: Rest, _ plan: DeltaWritePlan, _ number: Int
    ) async -> Result<AddFile?, PipelineError> {
        do throws(PipelineError) {
            guard rest.file != nil || !rest.batches.isEmpty else { return .success(nil) }
            let file: DataFile
            if let open = rest.file {
                file = open
            } else {
                file = try Self.makeFile(
                    rest.key, plan: plan, options: options, compressionHistory, epoch: epoch, worker: number,
                    store: table.store)
            }
            try file.append(rest.batches)
            return .success(try await file.finish(nowMillis: nowMillis))
        } catch {
            return .failure(error)
        }
    }
}
