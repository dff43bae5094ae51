// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Blocks of one size for bytes that come and go, used again instead of taking fresh pages from the system each time.
///
/// A block comes back when the last buffer that was built in it is gone, from any thread.
@safe
public final class BlockPool: Sendable {
    @safe
    private struct Block: @unchecked Sendable {
        let memory: UnsafeMutableRawPointer
    }

    private let blockBytes: Int
    private let most: Int
    private let free = Mutex<[Block]>([])

    /// An empty pool.
    ///
    /// - Parameter most: how many blocks that nobody uses are kept; more go back to the system.
    public init(blockBytes: Int, keepingAtMost most: Int) {
        self.blockBytes = blockBytes
        self.most = most
    }

    deinit {
        // SAFETY: a block in the list has no other owner.
        for block in free.withLock({ $0 }) { unsafe block.memory.deallocate() }
    }

    /// A builder with room for a block; what outgrows it moves to memory of its own.
    public func builder() -> BufferBuilder<UInt8> {
        let block = free.withLock { $0.popLast() } ?? makeBlock()
        // SAFETY: the block is ours alone until the owner gives it back.
        let owner = unsafe BufferOwner(adopting: block.memory) { memory in
            unsafe self.giveBack(Block(memory: memory))
        }
        return BufferBuilder(owner: owner, capacity: blockBytes)
    }

    private func makeBlock() -> Block { unsafe Block(memory: BufferOwner.allocate(byteCount: blockBytes)) }

    private func giveBack(_ block: Block) {
        let isKept = free.withLock { blocks in
            guard blocks.count < most else { return false }
            blocks.append(block)
            return true
        }
        // SAFETY: its last owner gave it back, and nobody else has it.
        if !isKept { unsafe block.memory.deallocate() }
    }
}
