// SPDX-License-Identifier: Apache-2.0
import Glibc
public import StreamCore

/// The machine's clock, for tests against processes that live in real time.
public struct RealClock: Clock {
    /// The clock.
    public init() {}

    /// Wall-clock time, µs.
    public var nowMicros: Int64 { Self.read(CLOCK_REALTIME) / 1000 }
    /// Time that never jumps, ns.
    public var monotonicNanos: Int64 { Self.read(CLOCK_MONOTONIC) }

    /// Waits; returns early when the task is cancelled.
    public func sleep(nanos: Int64) async { try? await Task.sleep(nanoseconds: UInt64(max(0, nanos))) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // SAFETY: time is a local that the call fills in.
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
