// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
public import Failures
import JSONText
public import StreamCore
import Synchronization

extension DeltaSink {
    /// Commits what a token holds, unless the table has the epoch already.
    ///
    /// - Throws: `fenced` when someone else commits with our application id; `schemaMismatch` when the table was changed so
    ///   that the files no longer fit; `commitConflict`, `outcomeUnknown` and storage errors, after which the call may be repeated.
    public func publish(
        _ epoch: Epoch, _ token: SinkToken, provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        guard !token.text.isEmpty else { return .nothingToPublish }
        do throws(PipelineError) {
            return try await publish(epoch, try DeltaSinkToken(token), provenance)
        } catch {
            throw located(error.within("epoch", "\(epoch)"))
        }
    }

    private func publish(
        _ epoch: Epoch, _ token: DeltaSinkToken, _ provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        if state.withLock({ $0.plan == nil }) { _ = try await recover() }
        let known = state.withLock { $0.published }
        if let known, known >= epoch.number { return .alreadyPublished }
        let (appID, location) = (appID, table.location)
        let nowMillis = nowMillis
        let rewrite = token.mode == .upsert ? makeRewrite(epoch, token, nowMillis) : nil
        let version = try await table.commit { (head) async throws(PipelineError) -> TableCommit? in
            guard let head else {
                throw PipelineError(.tableNotFound, "the table has vanished", at: [.init("table", location)])
            }
            let recorded = head.txns[appID]?.version
            if let recorded, recorded >= epoch.number { return nil }
            guard recorded == known else {
                throw Self.fenced(
                    appID, location,
                    "epoch \(recorded ?? -1) is recorded, \(known.map { "\($0)" } ?? "none") was expected")
            }
            let replaced = try await replaced(token, rewrite, on: head)
            return try commit(epoch, token, provenance, replaced, on: head, nowMillis: nowMillis)
        }
        if version == nil { try await settle(epoch, token) }
        state.withLock { $0.published = epoch.number }
        if let head = try? await table.head() { try? adopt(head) }
        return version.map { .published(version: $0.number) } ?? .alreadyPublished
    }

    /// The table has the epoch, and did not when we last looked: either an earlier attempt of ours landed, or it is someone else's.
    private func settle(_ epoch: Epoch, _ token: DeltaSinkToken) async throws(PipelineError) {
        var version: TableVersion? = try await table.head().version
        while let current = version, let commit = try await table.commit(of: current) {
            for case .txn(let txn) in commit.actions where txn.appID == appID {
                if txn.version == epoch.number, commit.info.json["millrace"]?["prepared"]?.string == token.id { return }
                throw Self.fenced(appID, table.location, "epoch \(txn.version) was written by version \(current)")
            }
            version = current.number > 0 ? TableVersion(current.number - 1) : nil
        }
        throw Self.fenced(appID, table.location, "the commit of epoch \(epoch) cannot be found")
    }

    private static func fenced(_ appID: String, _ location: String, _ what: String) -> PipelineError {
        PipelineError(
            .fenced, "someone else commits with the application id '\(appID)': \(what)", at: [.init("table", location)],
            hint: "Stop the other pipeline, or give one of the two another \"appId\"")
    }

    /// What the commit takes out of the table, and what it puts in beside the epoch's rows.
    private func replaced(
        _ token: DeltaSinkToken, _ rewrite: TableRewrite?, on head: TableHead
    ) async throws(PipelineError) -> TableRewrite.Outcome {
        var outcome = TableRewrite.Outcome()
        switch token.mode {
        case .append: break
        case .complete:
            try WriteRules(head).requireReplaceable(keepingRows: false)
            try await table.visitFiles(of: head) { outcome.removed.append($0) }
        case .upsert:
            try WriteRules(head).requireReplaceable(keepingRows: true)
            let keys = try UpsertKeys(token.keys, head, added: token.addedFields)
            if let rewrite { outcome = try await rewrite.outcome(on: head, of: table, keys: keys) }
        }
        return outcome
    }

    private func makeRewrite(_ epoch: Epoch, _ token: DeltaSinkToken, _ nowMillis: Int64) -> TableRewrite {
        let (options, history, store) = (options, compressionHistory, table.store)
        return TableRewrite(
            store: store, newFiles: token.files, targetFileBytes: options.targetFileBytes, nowMillis: nowMillis
        ) { (values, head) throws(PipelineError) -> DataFile in
            let folder = PathEncoding.hiveFolder(
                head.metadata.partitionColumns.map { name in
                    let index = head.schema.logical.fields.firstIndex { $0.name == name }
                    let physical = index.map { head.schema.physicalName(of: $0, head.columnMapping) } ?? name
                    return (name, values[physical] ?? nil)
                })
            let (parquet, name) = Self.parquetFile(
                options, history, fieldIDs: head.columnMapping == .none ? [:] : head.schema.fieldIDs, epoch: epoch,
                worker: "kept")
            return try DataFile(
                path: folder.isEmpty ? name : folder + "/" + name, partitionValues: values,
                schema: try FileRows(head).schema, statistics: StatisticsColumns(head), options: parquet, store: store)
        }
    }

    private func commit(
        _ epoch: Epoch, _ token: DeltaSinkToken, _ provenance: Provenance, _ replaced: TableRewrite.Outcome,
        on head: TableHead, nowMillis: Int64
    ) throws(PipelineError) -> TableCommit {
        var actions: [Action] = []
        if let metadata = try evolved(token, on: head) { actions.append(.metadata(metadata)) }
        actions.append(.txn(Txn(appID: appID, version: epoch.number, lastUpdatedMillis: nowMillis)))
        actions += replaced.removed.map { .remove(RemoveFile($0, deletionMillis: nowMillis)) }
        let added = token.files + replaced.added
        actions += added.map { .add($0) }
        let millrace: [(String, JSONValue)] =
            provenance.members + [
                ("sink", .string(declaration.name)), ("appId", .string(appID)), ("prepared", .string(token.id)),
            ]
        let outputMode =
            switch token.mode {
            case .append: "Append"
            case .upsert: "Update"
            case .complete: "Complete"
            }
        var parameters: [(String, JSONValue)] = [
            ("outputMode", .string(outputMode)), ("queryId", .string(appID)), ("epochId", .string("\(epoch)")),
        ]
        if token.mode == .upsert {
            parameters.append(("keys", .string(JSONValue.array(token.keys.map { .string($0) }).text)))
        }
        return TableCommit(
            operation: "STREAMING UPDATE", operationParameters: parameters,
            operationMetrics: [
                ("numRemovedFiles", .string("\(replaced.removed.count)")),
                ("numOutputRows", .string("\(token.rowCount)")), ("numAddedFiles", .string("\(added.count)")),
                ("numOutputBytes", .string("\(added.reduce(0) { $0 + $1.byteCount })")),
            ], actions: actions, isBlindAppend: token.mode == .append, extra: [("millrace", .object(millrace))])
    }

    /// Checks that files written for an earlier version fit this one; gives new metadata when columns have to be added.
    private func evolved(
        _ token: DeltaSinkToken, on head: TableHead
    ) throws(PipelineError) -> TableMetadata? {
        if token.addedFields.isEmpty, state.withLock({ $0.planMetadata == head.metadata }) { return nil }
        let table = head.schema.logical
        let physical = try head.schema.physical(head.columnMapping)
        var missing: [Field] = []
        for field in token.fileSchema.fields {
            guard let index = physical.index(of: field.name) else {
                missing.append(field)
                continue
            }
            guard DeltaWritePlan.fits(field.type, physical.fields[index].type) else {
                throw Self.changed(
                    "column '\(table.fields[index].name)' became \(table.fields[index].type), the files have \(field.type)"
                )
            }
        }
        let files = Set(token.fileSchema.fields.map { $0.name.lowercased() })
        let partitions = head.metadata.partitionColumns
        for (index, field) in table.fields.enumerated()
        where !field.nullable && !partitions.contains(field.name)
            && !files.contains(physical.fields[index].name.lowercased())
        {
            throw Self.changed("it has a new NOT NULL column '\(field.name)'")
        }
        let keys = Set(
            partitions.compactMap { name in
                table.fields.firstIndex { $0.name == name }.map {
                    head.schema.physicalName(of: $0, head.columnMapping)
                }
            })
        guard token.files.allSatisfy({ Set($0.partitionValues.keys) == keys }) else {
            throw Self.changed("it is partitioned by (\(partitions.joined(separator: ", "))) now")
        }
        guard !missing.isEmpty else { return nil }
        let added = Set(token.addedFields.map(\.name))
        guard missing.allSatisfy({ added.contains($0.name) }) else {
            let names = missing.map { "'\($0.name)'" }.joined(separator: ", ")
            throw Self.changed("it has no column \(names) any more")
        }
        var metadata = head.metadata
        metadata.schemaText = try head.schema.appending(
            token.addedFields.filter { field in
                missing.contains { $0.name == field.name }
            }
        ).text
        return metadata
    }

    private static func changed(_ what: String) -> PipelineError {
        PipelineError(
            .schemaMismatch, "the table was changed by someone else while the epoch was written: \(what)",
            hint: "Undo the change of the table, or adapt the pipeline and start it with a new \"appId\"")
    }
}
