// SPDX-License-Identifier: Apache-2.0
import CZstd
import Columnar
import Failures

/// A zstd decompressor whose working memory is kept between pages.
@safe
final class ZstdDecompressor {
    private let decompressor: OpaquePointer

    init() throws(PipelineError) {
        guard let decompressor = unsafe ZSTD_createDCtx() else {
            throw PipelineError(.memoryExceeded, "zstd cannot allocate a decompressor")
        }
        unsafe self.decompressor = unsafe decompressor
    }

    deinit {
        // SAFETY: it was created in init, and nobody else holds it.
        unsafe ZSTD_freeDCtx(decompressor)
    }

    /// Appends the `size` bytes that `source` decompresses to.
    func decompress(
        _ source: Span<UInt8>, size: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        var written = 0
        // SAFETY: zstd writes at most size bytes; when it writes fewer, the result is thrown away with the error.
        unsafe output.append(uninitializedCount: size) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                written = unsafe ZSTD_decompressDCtx(
                    decompressor, target.baseAddress, size, bytes.baseAddress, bytes.count)
            }
        }
        guard ZSTD_isError(written) == 0, written == size else {
            throw PipelineError(.corruptFile, "a zstd page does not decompress to its \(size) bytes")
        }
    }
}
