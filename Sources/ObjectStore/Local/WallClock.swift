// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The system's clock.
public enum WallClock {
    /// Milliseconds since 1970-01-01 UTC.
    public static var nowMillis: Int64 {
        var time = timespec()
        // SAFETY: time is a valid place for one timespec.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
