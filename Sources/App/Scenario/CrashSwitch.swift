// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import Synchronization

/// One life of the pipeline in a test: once it has died, nothing it still does has an effect.
///
/// A process cannot be killed from within a test that goes on, so the world around the engine goes away instead: from the crash point on
/// the checkpoint, the sinks and the sources refuse every call, which is all that an engine can act on.
final class CrashSwitch: Sendable {
    private let state = Mutex<(armed: CrashPoint?, isDown: Bool)>((nil, false))

    /// Whether it has died.
    var isDown: Bool { state.withLock { $0.isDown } }

    /// Dies when the point is passed.
    func arm(_ point: CrashPoint) { state.withLock { $0.armed = point } }

    /// Called by the engine at each point.
    func pass(_ point: CrashPoint) { state.withLock { if $0.armed == point { $0.isDown = true } } }

    /// Throws when it has died.
    func check() throws(PipelineError) {
        if isDown { throw PipelineError(.interrupted, "the process has died") }
    }
}
