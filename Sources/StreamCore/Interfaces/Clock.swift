// SPDX-License-Identifier: Apache-2.0

/// Where time comes from, so that tests can own it.
public protocol Clock: Sendable {
    /// Wall-clock time, µs since 1970-01-01 UTC.
    var nowMicros: Int64 { get }
    /// Time that never jumps, in nanoseconds from an arbitrary start.
    var monotonicNanos: Int64 { get }
    /// Waits; returns early when the task is cancelled.
    func sleep(nanos: Int64) async
}
