// SPDX-License-Identifier: Apache-2.0

/// Waiting times that double from attempt to attempt, with jitter, up to a bound.
struct Backoff: Sendable {
    let firstNanos: Int64
    let maximumNanos: Int64

    /// How long to wait after the attempt of that number (from 0): between half of and the full doubled time.
    func delayNanos(attempt: Int) -> Int64 {
        let full = min(maximumNanos, firstNanos << Int64(min(attempt, 30)))
        return Int64.random(in: full / 2...full)
    }
}
