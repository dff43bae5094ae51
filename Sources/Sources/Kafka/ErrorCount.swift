// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts errors in a row.
final class ErrorCount: Sendable {
    private let count = Atomic<Int>(0)

    /// Counts one more and says how many there were in a row.
    func add() -> Int { count.add(1, ordering: .relaxed).newValue }

    func reset() { count.store(0, ordering: .relaxed) }
}
