// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// What tells a file from another one that later stands at its path: remembered with the offset.
///
/// The number and the birth of a file stay while it grows; its first bytes stay also when it is copied into place anew.
struct FileIdentity: Hashable, Sendable {
    let inode: UInt64
    /// `nil` where the file system does not say.
    let birthNanos: Int64?
    /// When it was modified last as the epoch was planned.
    let modifiedMicros: Int64
    /// A hash of the first `headBytes` bytes.
    let headBytes: Int
    let headHash: UInt64

    static let mostHeadBytes = 1024

    /// The identity of a file of which the bytes before `end` are read.
    init(_ file: borrowing InputFile, end: Int64) throws(PipelineError) {
        let status = try file.status()
        let wanted = Int(min(end, Int64(Self.mostHeadBytes)))
        inode = status.inode
        birthNanos = file.birthNanos
        modifiedMicros = status.modifiedMicros
        (headBytes, headHash) = try Self.hash(file, wanted)
    }

    /// Whether it is the same file, as far as the file system says.
    func isSameFile(as other: FileIdentity) -> Bool { inode == other.inode && birthNanos == other.birthNanos }

    /// Whether a file begins with the same bytes.
    func hasHead(of file: borrowing InputFile) throws(PipelineError) -> Bool {
        try Self.hash(file, headBytes) == (headBytes, headHash)
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ file: borrowing InputFile, _ wanted: Int) throws(PipelineError) -> (Int, UInt64) {
        var builder = BufferBuilder<UInt8>(capacity: wanted)
        let count = try file.read(at: 0, upTo: wanted, into: &builder)
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // The hash is arithmetic modulo 2^64 by definition.
        for byte in builder.finish().array { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (count, hash)
    }
}

extension FileIdentity {
    /// The text that is kept in the checkpoint: format, inode, birth, modification, bytes and hash of the head.
    var text: String {
        "1:\(inode):\(birthNanos.map(String.init) ?? "-"):\(modifiedMicros):\(headBytes):\(String(headHash, radix: 16))"
    }

    /// Reads such a text; `nil` when it is none, or of another format.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "1", let inode = UInt64(parts[1]), let modified = Int64(parts[3]),
            let bytes = Int(parts[4]), (0...Self.mostHeadBytes).contains(bytes), let hash = UInt64(parts[5], radix: 16)
        else { return nil }
        self.inode = inode
        birthNanos = Int64(parts[2])
        modifiedMicros = modified
        headBytes = bytes
        headHash = hash
    }
}
