// SPDX-License-Identifier: Apache-2.0
import CZstd
import Columnar
import Failures

/// A zstd compressor whose working memory is kept between pages.
@safe
final class ZstdCompressor {
    private let compressor: OpaquePointer

    init() throws(PipelineError) {
        guard let compressor = unsafe ZSTD_createCCtx() else {
            throw PipelineError(.memoryExceeded, "zstd cannot allocate a compressor")
        }
        unsafe self.compressor = unsafe compressor
    }

    deinit {
        // SAFETY: it was created in init, and nobody else holds it.
        unsafe ZSTD_freeCCtx(compressor)
    }

    /// Appends `source` as one frame.
    func compress(
        _ source: Span<UInt8>, level: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        let bound = ZSTD_compressBound(source.count)
        var size = 0
        // SAFETY: zstd writes at most bound bytes, reads only inside source, and says how many it wrote.
        unsafe output.append(upTo: bound) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                size = unsafe ZSTD_compressCCtx(
                    compressor, target.baseAddress, bound, bytes.baseAddress, bytes.count, Int32(level))
            }
            return ZSTD_isError(size) == 0 ? size : 0
        }
        guard ZSTD_isError(size) == 0 else {
            throw PipelineError(.internalError, "zstd cannot compress a page of \(source.count) bytes")
        }
    }
}
