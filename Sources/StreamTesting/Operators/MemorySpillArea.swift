// SPDX-License-Identifier: Apache-2.0
import Columnar
public import Failures
public import StreamCore
import Synchronization

/// A spill area whose files are in memory, as bytes like those of a disk; it counts them, and can become full or damaged.
public final class MemorySpillArea: SpillArea {
    private struct State {
        var files = 0
        var filesMade = 0
        var bytesWritten = 0
        var blocksRead = 0
        var room = Int.max
        var isDamaged = false
    }

    private let state = Mutex(State())

    /// An area without bounds.
    public init() {}

    /// How many files exist now.
    public var fileCount: Int { state.withLock { $0.files } }
    /// How many files were ever made.
    public var filesMade: Int { state.withLock { $0.filesMade } }
    /// How many bytes were ever written.
    public var bytesWritten: Int { state.withLock { $0.bytesWritten } }
    /// How many blocks were ever read.
    public var blocksRead: Int { state.withLock { $0.blocksRead } }

    /// Lets only so many more bytes be written.
    public func setRoom(_ bytes: Int) { state.withLock { $0.room = bytes } }

    /// Makes every block that is read from now on damaged.
    public func damage() { state.withLock { $0.isDamaged = true } }

    /// Makes an empty file.
    public func makeFile() throws(PipelineError) -> any SpillFile {
        state.withLock { state in
            state.files += 1
            state.filesMade += 1
        }
        return File(self)
    }

    private final class File: SpillFile {
        private let area: MemorySpillArea
        private let blocks = Mutex<[Buffer<UInt8>]>([])

        init(_ area: MemorySpillArea) { self.area = area }

        deinit { area.state.withLock { $0.files -= 1 } }

        func append(_ rows: ColumnBatch) throws(PipelineError) -> SpillBlock {
            let bytes = BatchBytes.encode(rows)
            let hasRoom = area.state.withLock { state in
                state.room -= bytes.count
                state.bytesWritten += bytes.count
                return state.room >= 0
            }
            guard hasRoom else { throw PipelineError(.diskFull, "the spill area is full") }
            return blocks.withLock { blocks in
                blocks.append(bytes)
                return SpillBlock(
                    offset: blocks.count - 1, byteCount: bytes.count, rowCount: rows.rowCount, checksum: 0)
            }
        }

        func seal() throws(PipelineError) {}

        func read(_ block: SpillBlock, _ schema: Schema) throws(PipelineError) -> ColumnBatch {
            let isDamaged = area.state.withLock { state in
                state.blocksRead += 1
                return state.isDamaged
            }
            guard !isDamaged else { throw PipelineError(.corruptFile, "spilled state is damaged") }
            let bytes = blocks.withLock { $0[block.offset] }
            return BatchBytes.decode(bytes, schema: schema, rowCount: block.rowCount)
        }
    }
}
