// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// Now, on both clocks.
struct Moment: Sendable {
    /// µs since 1970 UTC.
    let micros: Int64
    /// ns on the clock that never jumps.
    let nanos: Int64

    /// Now.
    init(_ clock: any StreamCore.Clock) {
        (micros, nanos) = (clock.nowMicros, clock.monotonicNanos)
    }

    /// When the other clock showed `other`, µs since 1970 UTC.
    func micros(ofNanos other: Int64) -> Int64 { micros - (nanos - other) / 1_000 }
}
