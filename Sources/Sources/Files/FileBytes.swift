// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats

/// The bytes of one file from front to back, decompressed where its name says so.
struct FileBytes: ~Copyable, Sendable {
    private let file: InputFile
    private let decompressor: (any StreamDecompressor)?
    /// The next byte to read of the file itself, and the first one not to read.
    private var position: Int64
    private let end: Int64
    private var compressed = Buffer<UInt8>()
    private static let compressedChunk = 256 << 10

    /// The bytes `start ..< end` of a file, which must be the one that was planned; a compressed file is always read whole.
    init(path: String, start: Int64, end: Int64, identity: FileIdentity?) throws(PipelineError) {
        let file = try InputFile(path: path)
        let byteCount = try file.status().byteCount
        let decompressor = try FileCompression(path: path).makeDecompressor()
        guard byteCount >= end, decompressor == nil || (byteCount == end && start == 0) else {
            throw PipelineError(
                .fileChanged, "'\(path)' has \(byteCount) bytes where \(end) were planned",
                hint: "Files may only grow until they are read, and compressed ones not at all")
        }
        if let identity, try !identity.hasHead(of: file) {
            throw PipelineError(
                .fileChanged, "'\(path)' is another file than the one that was planned",
                hint: "Put that one back: the epoch reads it again")
        }
        file.adviseSequential()
        self.file = file
        self.decompressor = decompressor
        position = start
        self.end = end
    }

    /// Appends up to `most` bytes; returns false when none are left.
    mutating func read(upTo most: Int, into output: inout BufferBuilder<UInt8>) throws(PipelineError) -> Bool {
        guard let decompressor else {
            let wanted = Int(min(Int64(most), end - position))
            try readPlain(wanted, into: &output)
            return position < end
        }
        let target = output.count + most
        while output.count < target {
            if compressed.count == 0 && position < end {
                var input = BufferBuilder<UInt8>(capacity: Self.compressedChunk)
                try readPlain(Int(min(Int64(Self.compressedChunk), end - position)), into: &input)
                compressed = input.finish()
            }
            let before = output.count
            let used = try decompressor.decompress(compressed, into: &output, upTo: target - output.count)
            compressed = compressed.slice(used..<compressed.count)
            if used == 0 && output.count == before {
                guard compressed.count == 0 else {
                    throw PipelineError(.corruptFile, "the compressed data makes no progress at byte \(position)")
                }
                if position >= end {
                    try decompressor.finish()
                    return false
                }
            }
        }
        return true
    }

    private mutating func readPlain(_ count: Int, into output: inout BufferBuilder<UInt8>) throws(PipelineError) {
        guard try file.read(at: position, upTo: count, into: &output) == count else {
            throw PipelineError(.fileChanged, "'\(file.path)' became shorter while it was read")
        }
        position += Int64(count)
    }
}
