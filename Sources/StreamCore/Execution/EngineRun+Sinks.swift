// SPDX-License-Identifier: Apache-2.0
import Failures

/// Waiting for sinks. Once the stop signal is raised they are given the patience of a stop; then what they do is cancelled, which
/// ends waits for places that do not answer.
extension EngineRun {
    /// Makes an epoch's output durable in every sink.
    ///
    /// - Throws: `interrupted` when a stop ended the wait for a sink: the epoch is not decided, and the next run reads it again.
    func prepare(
        _ epoch: Epoch, _ writers: [String: [any SinkWriter]]
    ) async throws(PipelineError) -> [String: SinkToken] {
        let parts = parts
        let task = Task { () -> Result<[String: SinkToken], PipelineError> in
            do throws(PipelineError) {
                let tokens = try await parts.askSinks(parts.allSinks) { name, sink in
                    do throws(PipelineError) {
                        let token = try await sink.prepare(epoch, writers: writers[name] ?? [])
                        return .success(token)
                    } catch {
                        return .failure(error.within("sink", name))
                    }
                }
                return .success(tokens)
            } catch {
                return .failure(error)
            }
        }
        let result = await wait(for: task)
        if case .failure(let error) = result, stop.isRaised, [.interrupted, .sinkUnavailable].contains(error.code) {
            throw PipelineError(
                .interrupted, "epoch \(epoch) is not decided; the next run reads it again", cause: error.description)
        }
        return try result.get()
    }

    /// Waits until the epoch that is being published is confirmed.
    ///
    /// - Throws: `interrupted` when a stop ended the wait for a sink: the epoch is decided, and the next run publishes it.
    mutating func finishPublishing() async throws(PipelineError) {
        guard let publication = publishing else { return }
        publishing = nil
        let started = parts.clock.monotonicNanos
        if let error = await wait(for: publication.task) { throw unpublished(publication.progress.epoch, error) }
        let now = parts.clock.monotonicNanos
        let bytes = publication.progress.sources.values.reduce(0) { $0 + $1.bytes }
        sizer.observe(
            bytesRead: bytes, workNanos: publication.readNanos, publishNanos: now - started,
            stateNanos: publication.stateNanos, changes: publication.changes)
        summary.epochs += 1
        summary.inputRows += publication.progress.inputRows
    }

    /// Publishes an epoch that an earlier run decided.
    ///
    /// - Throws: as `finishPublishing`.
    func publishAgain(_ decided: DecidedEpoch) async throws(PipelineError) {
        let publishing = EpochPublishing(parts: parts, decided: decided, provenance: provenance(of: decided))
        let task = Task { () -> PipelineError? in
            do throws(PipelineError) {
                _ = try await publishing.run()
                return nil
            } catch {
                return error
            }
        }
        if let error = await wait(for: task) { throw unpublished(decided.epoch, error) }
    }

    /// After a failure: lets a running publication come to its end, since it is decided anyway.
    mutating func abandon() async {
        guard let publication = publishing else { return }
        publishing = nil
        publication.task.cancel()
        _ = await publication.task.value
    }

    private func wait<Value: Sendable>(for task: Task<Value, Never>) async -> Value {
        let (clock, patience) = (parts.clock, parts.stopPatienceNanos)
        let watch: @Sendable () -> Task<Void, Never> = {
            Task {
                await clock.sleep(nanos: patience)
                if !Task.isCancelled { task.cancel() }
            }
        }
        return await value(of: task, watch)
    }

    /// Waits for a task, which `watch` looks after once a stop is asked for.
    func value<Value: Sendable>(
        of task: Task<Value, Never>, _ watch: @escaping @Sendable () -> Task<Void, Never>
    ) async -> Value {
        let held = WatchdogSlot()
        waiting.hold { held.start(watch) }
        if stop.isRaised { held.start(watch) }
        let value = await task.value
        waiting.clear()
        held.end()
        return value
    }

    /// What a failure to publish comes to: after a stop, what a repetition can cure is left to the next run.
    private func unpublished(_ epoch: Epoch, _ error: PipelineError) -> PipelineError {
        guard stop.isRaised, error.code == .interrupted || error.retry == .withBackoff else { return error }
        return PipelineError(
            .interrupted, "epoch \(epoch) is decided, but not in every sink yet; the next run publishes it",
            cause: error.description)
    }
}
