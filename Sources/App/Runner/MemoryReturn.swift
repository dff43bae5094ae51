// SPDX-License-Identifier: Apache-2.0
import CLinux

/// How the C library treats freed memory.
enum MemoryReturn {
    /// Blocks of at least so many bytes get pages of their own. glibc would raise this to 32 MiB after the first large block is freed,
    /// and then keeps in its heaps what growing tables leave behind: a third more than a pipeline's budget with much state.
    private static let ownPagesBytes: Int32 = 1 << 20

    /// Gives large blocks back to the system when they are freed, for the rest of the process. Smaller ones stay in as many heaps as
    /// threads compute at once: by default glibc makes eight for each processor, and what one thread frees the next does not find.
    static func giveBackLargeBlocks(workers: Int) {
        millrace_give_back_blocks(ownPagesBytes, Int32(clamping: max(2, workers)))
    }
}
