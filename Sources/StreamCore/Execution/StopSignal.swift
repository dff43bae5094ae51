// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Asks a running engine to finish its epoch and return. Can be raised once, from anywhere.
public final class StopSignal: Sendable {
    private enum State {
        case running([@Sendable () -> Void])
        case raised
    }

    private let state = Mutex(State.running([]))

    /// A signal that is not raised.
    public init() {}

    /// Whether the engine should stop.
    public var isRaised: Bool {
        state.withLock { if case .raised = $0 { true } else { false } }
    }

    /// Asks for the stop and runs what waits for it.
    public func raise() {
        let actions = state.withLock { state -> [@Sendable () -> Void] in
            guard case .running(let actions) = state else { return [] }
            state = .raised
            return actions
        }
        for action in actions { action() }
    }

    /// Runs `action` when the signal is raised, at once when it already is.
    public func onRaise(_ action: @escaping @Sendable () -> Void) {
        let raised = state.withLock { state -> Bool in
            guard case .running(let actions) = state else { return true }
            state = .running(actions + [action])
            return false
        }
        if raised { action() }
    }
}
