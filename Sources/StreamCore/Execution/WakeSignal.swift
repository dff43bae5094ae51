// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Tells an engine that waits with nothing to do that a source may have something to read. One engine waits; anyone may wake.
///
/// A wake that comes while nobody waits is kept for the next wait, so that none is lost between a plan and the wait after it.
public final class WakeSignal: Sendable {
    private struct State {
        var isWoken = false
        /// The time of the wait that goes on is over.
        var isExpired = false
        var waiter: CheckedContinuation<Bool, Never>?
    }

    private let state = Mutex(State())

    /// A signal that nobody has given.
    public init() {}

    /// Ends the wait that goes on, or the next one. Never blocks.
    public func wake() {
        let waiter = state.withLock { state in
            let waiter = state.waiter.take()
            state.isWoken = waiter == nil
            return waiter
        }
        waiter?.resume(returning: true)
    }

    /// Forgets an earlier wake: whatever it told of is about to be looked at.
    public func reset() { state.withLock { $0.isWoken = false } }

    /// Waits for a wake, `nanos` at most; whether one came. Returns early when the task is cancelled.
    public func wait(nanos: Int64, on clock: any Clock) async -> Bool {
        state.withLock { $0.isExpired = false }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await clock.sleep(nanos: nanos)
                self.expire()
            }
            let isWoken = await withCheckedContinuation { waiter in self.add(waiter) }
            group.cancelAll()
            return isWoken
        }
    }

    private func add(_ waiter: CheckedContinuation<Bool, Never>) {
        let answer = state.withLock { state -> Bool? in
            if state.isWoken {
                state.isWoken = false
                return true
            }
            if state.isExpired { return false }
            state.waiter = waiter
            return nil
        }
        if let answer { waiter.resume(returning: answer) }
    }

    private func expire() {
        let waiter = state.withLock { state in
            state.isExpired = true
            return state.waiter.take()
        }
        waiter?.resume(returning: false)
    }
}
