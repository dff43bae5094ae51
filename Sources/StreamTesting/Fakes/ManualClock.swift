// SPDX-License-Identifier: Apache-2.0
public import StreamCore
import Synchronization

/// A clock that moves only when someone sleeps or sets it; sleeping takes no time.
public final class ManualClock: Clock {
    private let nanos: Mutex<Int64>

    /// A clock that shows `micros` since 1970 UTC.
    public init(micros: Int64 = 1_767_225_600_000_000) { nanos = Mutex(micros * 1000) }

    /// Wall-clock time, µs.
    public var nowMicros: Int64 { nanos.withLock { $0 / 1000 } }
    /// The same time in nanoseconds.
    public var monotonicNanos: Int64 { nanos.withLock { $0 } }

    /// Moves the clock and returns.
    public func sleep(nanos duration: Int64) async {
        nanos.withLock { $0 += duration }
        await Task.yield()
    }
}
