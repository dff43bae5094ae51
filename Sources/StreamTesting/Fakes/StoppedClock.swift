// SPDX-License-Identifier: Apache-2.0
public import StreamCore

/// A clock whose time never passes: who sleeps is woken by something else, or never.
public final class StoppedClock: Clock {
    /// Gives an element whenever somebody begins to sleep.
    public let sleeps: AsyncStream<Void>
    private let sleeping: AsyncStream<Void>.Continuation

    /// A clock that shows the same moment for ever.
    public init() { (sleeps, sleeping) = AsyncStream.makeStream() }

    /// Wall-clock time, µs.
    public var nowMicros: Int64 { 1_767_225_600_000_000 }
    /// The same time in nanoseconds.
    public var monotonicNanos: Int64 { nowMicros * 1000 }

    /// Waits until the task is cancelled.
    public func sleep(nanos: Int64) async {
        sleeping.yield()
        while !Task.isCancelled { try? await Task.sleep(nanoseconds: 3_600_000_000_000) }
    }
}
