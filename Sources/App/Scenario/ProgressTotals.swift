// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Synchronization

/// Sums what the epochs of a pipeline test reported, over all its lives.
final class ProgressTotals: RunEvents {
    /// Sums since the start.
    struct Sums: Sendable {
        var epochs: Int64 = 0
        var records: Int64 = 0
        var malformed: Int64 = 0
        var late: Int64 = 0
        var violations: [String: Int64] = [:]
    }

    private let log: Logger
    private let state = Mutex(Sums())

    init(log: Logger) { self.log = log }

    /// The sums so far.
    var sums: Sums { state.withLock { $0 } }

    /// Warnings and errors go to the log; a test is full of what is worth a note in a run.
    func note(_ level: EventLevel, _ component: String, _ message: String) {
        log.log(level >= .warning ? level : .debug, message, [("component", component)])
    }

    func epochConfirmed(_ progress: EpochProgress) {
        state.withLock { sums in
            sums.epochs += 1
            sums.records += Int64(progress.inputRows)
            sums.malformed += Int64(progress.sources.values.reduce(0) { $0 + $1.malformed })
            sums.late += Int64(progress.operators.values.reduce(0) { $0 + $1.lateRows })
            for (name, count) in progress.violations { sums.violations[name, default: 0] += Int64(count) }
        }
    }
}
