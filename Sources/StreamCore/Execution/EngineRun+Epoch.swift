// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

extension EngineRun {
    /// Computes, decides and begins to publish an epoch.
    ///
    /// - Parameters:
    ///   - closesAll: whether all windows close, wherever the watermark is.
    mutating func runEpoch(
        _ planned: PlannedEpoch, planNanos: Int64, closesAll: Bool = false
    ) async throws(PipelineError) {
        let epoch = planned.epoch
        let started = parts.clock.monotonicNanos
        let events = parts.events
        let loaded = try await tables.load(planned.tables) { events.note(.warning, "engine", $0) }
        let context = EvaluationContext(epochMicros: planned.startedMicros ?? parts.clock.nowMicros, tables: loaded)
        let reading = EpochReading(parts: parts, planned: planned, context: context, hosts: hosts)
        var workers = try await read(reading)
        var ranges = planned.ranges
        for (name, planned) in ranges { ranges[name] = parts.sources[name]?.source.marked(planned) ?? planned }
        var output = reading.output(of: workers)
        let next = watermarks(
            standing: planned.standing, seen: output.progress.sources.mapValues(\.eventTimes))
        let absorbed = parts.clock.monotonicNanos
        if !hosts.isEmpty {
            let hosts = hosts
            workers = try await reading.finish(workers) { host in
                closesAll ? .end : EngineRun.inputWatermark(of: host, sources: next, hosts: hosts)
            }
            output = reading.output(of: workers)
        }
        describe(&output.progress, next, after: ranges)
        parts.crashHook(.readAfter, epoch)
        let read = parts.clock.monotonicNanos
        let stateNanos = output.progress.operators.values.contains { $0.size.spilledBytes > 0 } ? read - absorbed : 0
        let (state, changes) = try await writeState(epoch)
        parts.crashHook(.stateAfter, epoch)
        let tokens = try await prepare(epoch, output.writers)
        parts.crashHook(.prepareAfter, epoch)
        let prepared = parts.clock.monotonicNanos

        try await finishPublishing()
        let operatorWatermarks = hosts.map { ($0.identity.name, $0.watermark) }.filter { $0.1 != .none }
        let decided = DecidedEpoch(
            epoch: epoch, ranges: ranges, tokens: tokens,
            watermarks: next.filter { $0.value.watermark != .none }.mapValues(\.watermark.micros),
            eventTimes: next.mapValues(\.eventTimes).filter { !$0.value.isEmpty },
            operatorWatermarks: Dictionary(uniqueKeysWithValues: operatorWatermarks).mapValues(\.micros), state: state)
        parts.crashHook(.checkpointBefore, epoch)
        let waited = parts.clock.monotonicNanos
        try await parts.checkpoint.decide(decided)
        parts.crashHook(.checkpointAfter, epoch)
        trackers = next
        let checkpointed = parts.clock.monotonicNanos

        for (source, partitions) in ranges {
            for (partition, range) in partitions { offsets[source, default: [:]][partition] = range.end }
        }
        output.progress.durationNanos = [
            "plan": planNanos, "read": read - started, "prepare": prepared - read,
            "checkpoint": checkpointed - waited,
        ]
        for (sink, token) in tokens where token.fileCount > 0 {
            output.progress.sinks[sink, default: .init()].files = token.fileCount
        }
        let publication = EpochPublishing(parts: parts, decided: decided, provenance: provenance(of: decided))
        let report = EpochReport(
            parts: parts, progress: output.progress, startedNanos: started - planNanos, decidedNanos: checkpointed)
        publishing = Publication(
            task: Task {
                do throws(PipelineError) {
                    report.confirm(versions: try await publication.run())
                    return nil
                } catch {
                    return error
                }
            }, progress: output.progress, readNanos: prepared - started - stateNanos, stateNanos: stateNanos,
            changes: changes)
        nextEpoch = epoch.next
    }

    /// Reads an epoch. Once the stop signal is raised, it goes on for as long as something arrives; a read that waits for a source
    /// that is away is cancelled, and its epoch is read again by the next run, as it was planned.
    ///
    /// - Throws: `interrupted` for a read that was cancelled.
    private func read(_ epoch: EpochReading) async throws(PipelineError) -> [EpochWorker] {
        let task = Task { () -> Result<[EpochWorker], PipelineError> in
            do throws(PipelineError) {
                let workers = try await epoch.read()
                return .success(workers)
            } catch {
                return .failure(error)
            }
        }
        let (clock, patience) = (parts.clock, parts.stopPatienceNanos)
        let watch: @Sendable () -> Task<Void, Never> = {
            Task {
                var seen = -1
                while !Task.isCancelled {
                    if epoch.arrivals.count == seen { return task.cancel() }
                    seen = epoch.arrivals.count
                    await clock.sleep(nanos: patience)
                }
            }
        }
        return try await value(of: task, watch).get()
    }

    /// Makes what the epoch changed in the operators durable, and hands out the slices of snapshots that are due.
    private func writeState(
        _ epoch: Epoch
    ) async throws(PipelineError) -> (token: StateToken, changes: EpochSizer.Changes) {
        guard let store = parts.stateStore, !hosts.isEmpty else { return (StateToken(""), EpochSizer.Changes()) }
        var changes: [String: [StateRows]] = [:]
        var amount = EpochSizer.Changes()
        for host in hosts {
            let changed = host.takeChanges()
            amount.absorbedRows += host.takeAbsorbedCount()
            for part in changed {
                amount.keptRows += part.rows.rowCount
                amount.bytes += part.rows.byteCount
            }
            if !changed.isEmpty { changes[host.identity.name] = changed }
        }
        let token = try await store.write(epoch, changes)
        for host in hosts {
            let (name, size) = (host.identity.name, host.size)
            if let epochs = size.epochs { store.forget(name, before: Epoch(epoch.number - Int64(epochs) + 1)) }
            guard let groups = store.snapshotDue(name, size: size) else { continue }
            store.snapshot(epoch, name, groups: groups, try host.snapshot(groups: groups))
        }
        return (token, amount)
    }

    func provenance(of decided: DecidedEpoch) -> Provenance {
        var ends: [String: SourceOffsets] = [:]
        for (name, bound) in parts.sources {
            let read = (decided.ranges[name] ?? [:]).mapValues(\.end)
            switch bound.provenance {
            case .partitionsRead: ends[name] = read
            case .allPartitions: ends[name] = (offsets[name] ?? [:]).merging(read) { $1 }
            }
        }
        return Provenance(
            pipeline: parts.pipeline, pipelineHash: parts.pipelineHash, epoch: decided.epoch, offsets: ends,
            starts: decided.ranges.mapValues { $0.mapValues(\.start) }, watermarks: decided.watermarks)
    }
}
