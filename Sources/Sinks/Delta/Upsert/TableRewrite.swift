// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import Synchronization

/// Takes the rows with an epoch's keys out of a table, copy on write: files that hold any are replaced by files without them.
///
/// Made anew for each try to commit, against the version that it would follow; what an earlier try found out about files that are
/// still there is used again. Files are read row group by row group. Files of tries that came to nothing stay behind,
/// unreferenced.
struct TableRewrite: Sendable {
    /// What the commit says beside the new rows.
    struct Outcome: Sendable {
        var removed: [AddFile] = []
        var added: [AddFile] = []
    }

    let store: any ObjectStore
    /// The files of the epoch's rows.
    let newFiles: [AddFile]
    let targetFileBytes: Int
    let nowMillis: Int64
    /// Begins a file with the rows of a table partition.
    let makeFile: @Sendable (_ partitionValues: [String: String?], TableHead) throws(PipelineError) -> DataFile
    private let memory = Memory()

    /// What was found out about files, by identity.
    private final class Memory: Sendable {
        struct Known {
            var matches: [FileKey: Bool] = [:]
            var replacements: [Set<FileKey>: [AddFile]] = [:]
        }
        let known = Mutex(Known())
    }

    init(
        store: any ObjectStore, newFiles: [AddFile], targetFileBytes: Int, nowMillis: Int64,
        makeFile:
            @escaping @Sendable (_ partitionValues: [String: String?], TableHead) throws(PipelineError) ->
            DataFile
    ) {
        self.store = store
        self.newFiles = newFiles
        self.targetFileBytes = targetFileBytes
        self.nowMillis = nowMillis
        self.makeFile = makeFile
    }

    /// The files that have to go from a version of the table, and those that take their place.
    func outcome(
        on head: TableHead, of table: DeltaTable, keys: UpsertKeys
    ) async throws(PipelineError) -> Outcome {
        let sets = try await keySets(keys)
        var candidates: [[Value]: [[String: String?]: [AddFile]]] = [:]
        try await table.visitFiles(of: head) { (file) throws(PipelineError) in
            let partition = keys.partition(file.partitionValues)
            guard let set = sets[partition], set.mayMatch(file) else { return }
            candidates[partition, default: [:]][file.partitionValues, default: []].append(file)
        }
        let rows = try FileRows(head)
        var outcome = Outcome()
        for (partition, groups) in candidates {
            guard let set = sets[partition] else { continue }
            for (values, files) in groups {
                var touched: [AddFile] = []
                for file in files where try await holds(file, anyOf: set, keys) { touched.append(file) }
                guard !touched.isEmpty else { continue }
                outcome.removed += touched
                outcome.added += try await replacements(touched, values, without: set, keys, rows, head)
            }
        }
        return outcome
    }

    /// The keys of the epoch's rows, by the values of those key columns that the table is partitioned by.
    private func keySets(_ keys: UpsertKeys) async throws(PipelineError) -> [[Value]: KeySet] {
        var sets: [[Value]: KeySet] = [:]
        for file in newFiles {
            let partition = keys.partition(file.partitionValues)
            let set = sets[partition] ?? KeySet(keys)
            sets[partition] = set
            let parquet = try await FileRows.open(file, in: store)
            let indices = keys.columnIndices(in: parquet.schema)
            for group in 0..<parquet.rowGroupCount {
                let batch = try await parquet.readRowGroup(group, columnIndices: indices)
                set.insert(try keys.columns(of: batch, file.partitionValues), rowCount: batch.rowCount)
            }
        }
        for set in sets.values { set.finish() }
        return sets
    }

    /// Whether a file has a row with one of the keys.
    private func holds(
        _ file: AddFile, anyOf set: KeySet, _ keys: UpsertKeys
    ) async throws(PipelineError) -> Bool {
        if let known = memory.known.withLock({ $0.matches[file.key] }) { return known }
        let parquet = try await FileRows.open(file, in: store)
        let indices = keys.columnIndices(in: parquet.schema)
        var found = false
        for group in 0..<parquet.rowGroupCount where !found {
            let batch = try await parquet.readRowGroup(group, columnIndices: indices)
            found = set.others(try keys.columns(of: batch, file.partitionValues), rowCount: batch.rowCount) != nil
        }
        let result = found
        memory.known.withLock { $0.matches[file.key] = result }
        return result
    }

    /// New files with the rows of files of one table partition whose keys are not in the set.
    private func replacements(
        _ files: [AddFile], _ values: [String: String?], without set: KeySet, _ keys: UpsertKeys, _ rows: FileRows,
        _ head: TableHead
    ) async throws(PipelineError) -> [AddFile] {
        let identity = Set(files.map(\.key))
        if let known = memory.known.withLock({ $0.replacements[identity] }) { return known }
        var finished: [AddFile] = []
        var open: DataFile?
        do throws(PipelineError) {
            for file in files {
                let parquet = try await FileRows.open(file, in: store)
                for group in 0..<parquet.rowGroupCount {
                    let batch = try await parquet.readRowGroup(group)
                    guard let kept = try kept(batch, values, set, keys, rows) else { continue }
                    let output: DataFile
                    if let open { output = open } else { output = try makeFile(values, head) }
                    open = output
                    try output.append([kept])
                    guard output.estimatedByteCount >= targetFileBytes else { continue }
                    open = nil
                    finished.append(try await output.finish(nowMillis: nowMillis))
                }
            }
            if let open { finished.append(try await open.finish(nowMillis: nowMillis)) }
        } catch {
            open?.abandon()
            throw error
        }
        let result = finished
        memory.known.withLock { $0.replacements[identity] = result }
        return result
    }

    /// The rows of a batch that stay; `nil` when none does.
    private func kept(
        _ batch: ColumnBatch, _ values: [String: String?], _ set: KeySet, _ keys: UpsertKeys, _ rows: FileRows
    ) throws(PipelineError) -> ColumnBatch? {
        let aligned = try rows.aligned(batch)
        guard let others = set.others(try keys.columns(of: batch, values), rowCount: batch.rowCount) else {
            return aligned
        }
        return others.count == 0 ? nil : aligned.taking(others)
    }
}
