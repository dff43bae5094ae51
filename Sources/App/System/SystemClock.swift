// SPDX-License-Identifier: Apache-2.0
import Glibc
import StreamCore

/// The computer's clocks.
struct SystemClock: StreamCore.Clock {
    /// Wall-clock time, µs since 1970-01-01 UTC.
    var nowMicros: Int64 { Self.read(CLOCK_REALTIME) / 1_000 }

    /// Time that never jumps, in nanoseconds.
    var monotonicNanos: Int64 { Self.read(CLOCK_MONOTONIC) }

    /// Waits; returns early when the task is cancelled.
    func sleep(nanos: Int64) async { try? await Task.sleep(nanoseconds: UInt64(max(0, nanos))) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // SAFETY: the struct lives for the call.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
