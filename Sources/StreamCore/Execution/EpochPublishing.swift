// SPDX-License-Identifier: Apache-2.0
import Failures

/// Steps 4 and 5 of an epoch: publish, confirm, release. Everything in it can be repeated.
struct EpochPublishing: Sendable {
    let parts: EngineParts
    let decided: DecidedEpoch
    let provenance: Provenance

    /// How long failing sinks are tried again before the run fails; the epoch stays decided and is published by the next run.
    static let patienceNanos: Int64 = 300_000_000_000
    private static let backoff = Backoff(firstNanos: 100_000_000, maximumNanos: 10_000_000_000)

    /// Makes the epoch visible in every sink, then confirms it and lets the sources go on.
    ///
    /// - Returns: the table version of each sink that has one.
    func run() async throws(PipelineError) -> [String: Int64] {
        parts.crashHook(.publishBefore, decided.epoch)
        let versions = try await publishAll()
        parts.crashHook(.confirmBefore, decided.epoch)
        try await parts.checkpoint.confirm(decided.epoch)
        parts.crashHook(.confirmAfter, decided.epoch)
        for (name, ranges) in decided.ranges {
            do throws(PipelineError) {
                try await parts.sources[name]?.source.release(ranges.mapValues(\.end))
            } catch {
                parts.events.note(.warning, name, "releasing what epoch \(decided.epoch) read: \(error)")
            }
        }
        parts.crashHook(.releaseAfter, decided.epoch)
        return versions
    }

    private func publishAll() async throws(PipelineError) -> [String: Int64] {
        let tokens = decided.tokens
        let outcomes = try await parts.askSinks(parts.allSinks.filter { tokens[$0.key] != nil }) { name, sink in
            await publish(name, sink, tokens[name] ?? SinkToken(""))
        }
        var versions: [String: Int64] = [:]
        for (name, outcome) in outcomes { if case .published(let version?) = outcome { versions[name] = version } }
        return versions
    }

    private func publish(
        _ name: String, _ sink: any Sink, _ token: SinkToken
    ) async -> Result<PublishOutcome, PipelineError> {
        let started = parts.clock.monotonicNanos
        var attempt = 0
        while true {
            do throws(PipelineError) {
                let outcome = try await sink.publish(decided.epoch, token, provenance: provenance)
                parts.crashHook(.publishAfter, decided.epoch)
                return .success(outcome)
            } catch {
                let waited = parts.clock.monotonicNanos - started
                guard error.retry == .withBackoff, waited < Self.patienceNanos, !Task.isCancelled else {
                    return .failure(error.within("sink", name))
                }
                parts.events.note(.warning, name, "publishing epoch \(decided.epoch) again: \(error)")
                await parts.clock.sleep(nanos: Self.backoff.delayNanos(attempt: attempt))
                attempt += 1
            }
        }
    }
}
