// SPDX-License-Identifier: Apache-2.0
import CZstd
import Columnar
import Failures

/// A zstd compressor whose working memory is kept between pages.
@safe
final class ZstdCompressor {
    private let compressor: OpaquePointer
    /// Whether the library lets what does not repeat get Huffman codes at every level.
    private let hasHuffmanAtEveryLevel: Bool

    init() throws(PipelineError) {
        guard let compressor = unsafe ZSTD_createCCtx() else {
            throw PipelineError(.memoryExceeded, "zstd cannot allocate a compressor")
        }
        unsafe self.compressor = unsafe compressor
        hasHuffmanAtEveryLevel = unsafe ZSTD_isError(millrace_zstd_set_huffman(compressor, 1)) == 0
    }

    deinit {
        // SAFETY: it was created in init, and nobody else holds it.
        unsafe ZSTD_freeCCtx(compressor)
    }

    /// Of what will not shrink this makes five gigabytes a second, of long repetitions hardly more than level 1.
    private static let leastLevel = -100
    /// With Huffman codes: of doubles that shrink by a sixth this makes half a gigabyte a second, and a thirtieth more than level 1.
    private static let littleLevel = -7

    /// Appends `source` as one frame.
    func compress(
        _ source: Span<UInt8>, level: Int, _ effort: CompressionEffort, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        switch effort {
        case .little where hasHuffmanAtEveryLevel: set(level: Self.littleLevel, huffman: true)
        case .full, .little: set(level: level, huffman: false)
        case .least: set(level: Self.leastLevel, huffman: false)
        }
        let bound = ZSTD_compressBound(source.count)
        var size = 0
        // SAFETY: zstd writes at most bound bytes, reads only inside source, and says how many it wrote.
        unsafe output.append(upTo: bound) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                size = unsafe ZSTD_compress2(
                    compressor, target.baseAddress, bound, bytes.baseAddress, bytes.count)
            }
            return ZSTD_isError(size) == 0 ? size : 0
        }
        guard ZSTD_isError(size) == 0 else {
            throw PipelineError(.internalError, "zstd cannot compress a page of \(source.count) bytes")
        }
    }

    /// Both are known to the library, so that setting them does not fail.
    private func set(level: Int, huffman: Bool) {
        unsafe ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, Int32(level))
        if hasHuffmanAtEveryLevel { unsafe millrace_zstd_set_huffman(compressor, huffman ? 1 : 0) }
    }
}
