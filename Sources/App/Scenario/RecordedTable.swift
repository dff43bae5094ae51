// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import Synchronization

/// What a sink of a pipeline test holds: it outlives the pipeline, as a table outlives a process.
final class RecordedTable: Sendable {
    private struct State {
        var prepared: [String: [[Value]]] = [:]
        var published: [Epoch: [[Value]]] = [:]
        var provenance: Provenance?
        var seenEpoch: Epoch?
    }

    private let state = Mutex(State())

    /// The newest published epoch.
    var position: SinkPosition {
        state.withLock { state in state.published.keys.max().map { .published($0, state.provenance) } ?? .empty }
    }

    /// Keeps rows out of sight.
    func prepare(_ rows: [[Value]], as token: String) { state.withLock { $0.prepared[token] = rows } }

    /// Makes prepared rows visible, once; whether they were not before.
    func publish(_ epoch: Epoch, _ token: String, _ provenance: Provenance) -> Bool {
        state.withLock { state in
            guard state.published[epoch] == nil else { return false }
            state.published[epoch] = state.prepared[token] ?? []
            state.provenance = provenance
            return true
        }
    }

    /// The rows by the epoch that published them.
    var published: [Epoch: [[Value]]] { state.withLock { $0.published } }

    /// The rows of each epoch, in order; with `sinceLastLook` those of epochs that came after the last look.
    func epochs(sinceLastLook: Bool) -> [[[Value]]] {
        state.withLock { state in
            state.published.filter { epoch, _ in
                !sinceLastLook || (state.seenEpoch.map { epoch > $0 } ?? true)
            }.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The next look begins after what is there now.
    func noteLook() { state.withLock { $0.seenEpoch = $0.published.keys.max() } }
}
