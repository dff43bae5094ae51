// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts the records of confirmed epochs, for who waits until all have come.
final class ArrivalCount: Sendable {
    private let count = Atomic<Int>(0)

    /// How many there are.
    var value: Int { count.load(ordering: .relaxed) }

    /// Adds those of an epoch.
    func add(_ more: Int) { count.add(more, ordering: .relaxed) }
}
