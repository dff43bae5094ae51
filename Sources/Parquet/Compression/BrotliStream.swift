// SPDX-License-Identifier: Apache-2.0
import CBrotli
import Columnar
import Failures

/// Decompresses brotli streams.
enum BrotliStream {
    /// Appends the `size` bytes that `source` decompresses to.
    static func decompress(
        _ source: Span<UInt8>, size: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        var written = size
        var isComplete = false
        // SAFETY: brotli reads only inside source and writes at most size bytes; when fewer, the result is thrown away.
        unsafe output.append(uninitializedCount: size) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                let status = unsafe BrotliDecoderDecompress(
                    bytes.count, bytes.baseAddress, &written, target.baseAddress)
                isComplete = status == BROTLI_DECODER_RESULT_SUCCESS
            }
        }
        guard isComplete, written == size else {
            throw .corruptParquet("a brotli page does not decompress to its \(size) bytes")
        }
    }
}
