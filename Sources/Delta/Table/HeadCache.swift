// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The newest head of a table that this process knows, and what its upkeep found out about it since.
final class HeadCache: Sendable {
    private let state = Mutex(State())

    private struct State {
        var head: TableHead?
        var recount: Recount?
    }

    /// A table checkpoint that we wrote.
    private struct Recount {
        let version: TableVersion
        let old: FileCounts
        let exact: FileCounts
    }

    var head: TableHead? { state.withLock { $0.head } }

    /// Keeps a head; `nil` forgets everything.
    func store(_ head: TableHead?) {
        state.withLock { state in
            state.head = head
            if head == nil { state.recount = nil }
            Self.reconcile(&state)
        }
    }

    /// Notes that a table checkpoint of a version stands, and what it counted.
    func noteCheckpoint(of head: TableHead, counts: FileCounts) {
        state.withLock { state in
            state.recount = Recount(version: head.version, old: head.counts, exact: counts)
            Self.reconcile(&state)
        }
    }

    /// A head that was made while a checkpoint was written does not know of it.
    private static func reconcile(_ state: inout State) {
        guard let recount = state.recount, var head = state.head, head.version >= recount.version else { return }
        if (head.checkpointVersion ?? .first) < recount.version { head.checkpointVersion = recount.version }
        head.counts.correct(at: recount.version, from: recount.old, to: recount.exact)
        state.head = head
    }
}
