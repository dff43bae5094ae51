// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Turns compressed bytes into bytes, piece by piece. Used by one task at a time.
public protocol StreamDecompressor: AnyObject, Sendable {
    /// Appends at most `most` bytes made from `input`; returns how many bytes of the input were used up.
    ///
    /// - Throws: `corruptFile` with the position in the compressed data.
    func decompress(
        _ input: Buffer<UInt8>, into output: inout BufferBuilder<UInt8>, upTo most: Int
    ) throws(PipelineError) -> Int

    /// Says that no input follows.
    ///
    /// - Throws: `corruptFile` when the data ends before it is complete.
    func finish() throws(PipelineError)
}

/// How the bytes of a file are compressed, by the end of its name.
public enum FileCompression: Hashable, Sendable {
    case none
    /// `.gz`, `.gzip`: RFC 1952, one or more members.
    case gzip
    /// `.zst`, `.zstd`: RFC 8878, one or more frames.
    case zstd

    /// By the end of a file's name.
    public init(path: String) {
        if path.hasSuffix(".gz") || path.hasSuffix(".gzip") {
            self = .gzip
        } else if path.hasSuffix(".zst") || path.hasSuffix(".zstd") {
            self = .zstd
        } else {
            self = .none
        }
    }

    /// A fresh decompressor; `nil` where nothing is compressed.
    public func makeDecompressor() throws(PipelineError) -> (any StreamDecompressor)? {
        switch self {
        case .none: nil
        case .gzip: try GzipDecompressor()
        case .zstd: try ZstdDecompressor()
        }
    }
}
