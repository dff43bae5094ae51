// SPDX-License-Identifier: Apache-2.0

/// When an epoch starts.
public enum Trigger: Hashable, Sendable {
    /// Every so many microseconds; 0 starts the next as soon as the last one is done.
    case interval(micros: Int64)
    /// Everything present at the start, in bounded epochs, then stop.
    case availableNow
    /// One epoch, then stop.
    case once
    /// Records flow at once; the epoch is cut every so many microseconds.
    case continuous(commitIntervalMicros: Int64)
}
