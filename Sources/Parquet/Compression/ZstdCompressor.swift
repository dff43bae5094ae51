// SPDX-License-Identifier: Apache-2.0
import CZstd
import Columnar
import Failures

/// A zstd compressor whose working memory is kept between pages.
@safe
final class ZstdCompressor {
    private let compressor: OpaquePointer
    private var scratch = BufferBuilder<UInt8>()

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
}
