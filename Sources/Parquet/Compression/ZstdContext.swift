// SPDX-License-Identifier: Apache-2.0
import CZstd
import Columnar
import Failures

/// A zstd compressor and decompressor whose working memory is kept between pages.
@safe
final class ZstdContext {
    private let compressor: OpaquePointer
    private let decompressor: OpaquePointer
    private var scratch = BufferBuilder<UInt8>()

    init() throws(PipelineError) {
        guard let compressor = unsafe ZSTD_createCCtx() else {
            throw PipelineError(.memoryExceeded, "zstd cannot allocate a compressor")
        }
        guard let decompressor = unsafe ZSTD_createDCtx() else {
            unsafe ZSTD_freeCCtx(compressor)
            throw PipelineError(.memoryExceeded, "zstd cannot allocate a decompressor")
        }
        unsafe self.compressor = unsafe compressor
        unsafe self.decompressor = unsafe decompressor
    }

    deinit {
        // SAFETY: both were created in init, and nobody else holds them.
        unsafe ZSTD_freeCCtx(compressor)
        // SAFETY: as above.
        unsafe ZSTD_freeDCtx(decompressor)
    }

    /// Appends `source` as one frame.
    func compress(
        _ source: Span<UInt8>, level: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        let bound = ZSTD_compressBound(source.count)
        var frame = BufferBuilder<UInt8>()
        swap(&frame, &scratch)
        defer { swap(&frame, &scratch) }
        frame.removeAll()
        var size = 0
        // SAFETY: zstd writes at most bound bytes, reads only inside source, and the unwritten rest is cut off below.
        unsafe frame.append(uninitializedCount: bound) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                size = unsafe ZSTD_compressCCtx(
                    compressor, target.baseAddress, bound, bytes.baseAddress, bytes.count, Int32(level))
            }
        }
        guard ZSTD_isError(size) == 0 else {
            throw PipelineError(.internalError, "zstd cannot compress a page of \(source.count) bytes")
        }
        output.append(contentsOf: frame.span.extracting(0..<size))
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
