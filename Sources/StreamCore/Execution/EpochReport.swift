// SPDX-License-Identifier: Apache-2.0

/// Tells of an epoch the moment it is confirmed, while the next one is already being read.
struct EpochReport: Sendable {
    let parts: EngineParts
    let progress: EpochProgress
    /// When it began to be planned, ns on the clock that never jumps.
    let startedNanos: Int64
    /// When it was decided.
    let decidedNanos: Int64

    /// Reports it, with the versions that made it visible in the sinks that have them.
    func confirm(versions: [String: Int64]) {
        var confirmed = progress
        let now = parts.clock.monotonicNanos
        confirmed.confirmedMicros = parts.clock.nowMicros
        confirmed.durationNanos["publish"] = now - decidedNanos
        confirmed.durationNanos["total"] = now - startedNanos
        for (sink, version) in versions { confirmed.sinks[sink, default: .init()].version = version }
        parts.events.epochConfirmed(confirmed)
    }
}
