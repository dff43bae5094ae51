// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Holds the task that watches a wait after the stop signal, of which there is at most one.
final class WatchdogSlot: Sendable {
    private enum State {
        case idle
        case watching(Task<Void, Never>)
        case ended
    }

    private let state = Mutex(State.idle)

    func start(_ watch: () -> Task<Void, Never>) {
        state.withLock { state in if case .idle = state { state = .watching(watch()) } }
    }

    func end() {
        state.withLock { state in
            if case .watching(let task) = state { task.cancel() }
            state = .ended
        }
    }
}
