// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Glibc
import Synchronization

/// How the C library treats freed memory.
final class MemoryReturn: Sendable {
    /// Blocks of at least so many bytes get pages of their own. glibc would raise this to 32 MiB after the first large block is freed,
    /// and then keeps in its heaps what growing tables leave behind: a third more than a pipeline's budget with much state.
    private static let ownPagesBytes: Int32 = 1 << 20

    /// Gives large blocks back to the system when they are freed, for the rest of the process. Smaller ones stay in as many heaps as
    /// threads compute at once: by default glibc makes eight for each processor, and what one thread frees the next does not find.
    static func giveBackLargeBlocks(workers: Int) {
        millrace_give_back_blocks(ownPagesBytes, Int32(clamping: max(2, workers)))
    }

    private let isShort = Atomic(false)
    private let isOver = Atomic(false)
    /// A thread of its own: those that run tasks are busy when it matters.
    private let thread = DispatchQueue(label: "memory")
    private static let intervalMicros: UInt32 = 250_000
    /// Work of the process that is worth a look, in the unit of `clock()`.
    private static let leastWork = CLOCKS_PER_SEC / 20

    /// Memory does not suffice: state goes to disk. From now on, what lies free between small blocks in use is given back again and
    /// again while the process works; a fifth of a budget would come together there. Costs some ten milliseconds each time.
    func noteShortage() {
        guard !isShort.exchange(true, ordering: .relaxed) else { return }
        thread.async { [self] in
            var work = clock()
            while !isOver.load(ordering: .relaxed) {
                usleep(Self.intervalMicros)
                let now = clock()
                guard now - work >= Self.leastWork else { continue }
                millrace_give_back_free_pages()
                work = now
            }
        }
    }

    /// The run is over.
    func stop() { isOver.store(true, ordering: .relaxed) }
}
