// SPDX-License-Identifier: Apache-2.0
public import StreamCore
import Synchronization

/// Keeps everything that is said during a run.
public final class RecordedEvents: RunEvents {
    private let state = Mutex<(notes: [String], progress: [EpochProgress])>(([], []))

    /// Nothing said yet.
    public init() {}

    /// What was noted, as `level component: message`.
    public var notes: [String] { state.withLock { $0.notes } }
    /// The confirmed epochs.
    public var progress: [EpochProgress] { state.withLock { $0.progress } }

    /// Keeps a note.
    public func note(_ level: EventLevel, _ component: String, _ message: String) {
        state.withLock { $0.notes.append("\(level.rawValue) \(component): \(message)") }
    }

    /// Keeps the progress.
    public func epochConfirmed(_ progress: EpochProgress) { state.withLock { $0.progress.append(progress) } }
}
