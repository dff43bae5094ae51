// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Synchronization

/// The simulated clock of a pipeline test: it shows what the test says, and whoever sleeps waits until the test lets it go on.
///
/// The wall clock moves by `advance` alone. The clock that never jumps also counts the sleeps, a few milliseconds each, so that an
/// engine that waits for a moment finds that it has come.
final class SteppedClock: StreamCore.Clock {
    private struct State {
        var micros: Int64
        var sleptNanos: Int64 = 0
        var sleeper: (id: Int, nanos: Int64, continuation: CheckedContinuation<Void, Never>)?
        var lastID = 0
        /// Nobody sleeps any more: the engine is on its way out.
        var isOpen = false
        var hasEnded = false
        var watcher: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    /// A clock that shows `micros` since 1970 UTC.
    init(micros: Int64) { state = Mutex(State(micros: micros)) }

    /// Wall-clock time, µs.
    var nowMicros: Int64 { state.withLock { $0.micros } }

    /// The same time and all sleeps, ns.
    var monotonicNanos: Int64 { state.withLock { $0.micros * 1_000 + $0.sleptNanos } }

    /// Waits until the test lets it go on, or the task is cancelled.
    func sleep(nanos: Int64) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (waits, watcher) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
                    guard !state.isOpen, state.sleeper == nil, !Task.isCancelled else {
                        state.sleptNanos += max(0, nanos)
                        return (false, nil)
                    }
                    state.sleeper = (id, nanos, continuation)
                    return (true, state.watcher.take())
                }
                watcher?.resume()
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in state.sleeper?.id == id ? state.sleeper.take() : nil }
            sleeper?.continuation.resume()
        }
    }

    /// Moves the clock.
    func advance(micros: Int64) { state.withLock { $0.micros += micros } }

    /// Lets a sleeper go on; its time is over.
    func wakeSleeper() {
        let sleeper = state.withLock { state in
            let sleeper = state.sleeper.take()
            state.sleptNanos += max(0, sleeper?.nanos ?? 0)
            return sleeper
        }
        sleeper?.continuation.resume()
    }

    /// Lets everyone go on from now on.
    func open() {
        state.withLock { $0.isOpen = true }
        wakeSleeper()
    }

    /// An engine begins: sleeping means waiting again.
    func begin() {
        state.withLock { state in
            state.isOpen = false
            state.hasEnded = false
        }
    }

    /// The engine has returned.
    func end() {
        let watcher = state.withLock { state in
            state.hasEnded = true
            return state.watcher.take()
        }
        watcher?.resume()
    }

    /// Waits until the engine sleeps or has returned.
    func nextPause() async {
        await withCheckedContinuation { continuation in
            let isPaused = state.withLock { state in
                if state.hasEnded || state.sleeper != nil { return true }
                state.watcher = continuation
                return false
            }
            if isPaused { continuation.resume() }
        }
    }
}
