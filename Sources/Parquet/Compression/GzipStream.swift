// SPDX-License-Identifier: Apache-2.0
import CZlib
import Columnar
import Failures

/// Decompresses gzip and zlib streams.
enum GzipStream {
    /// Appends the `size` bytes that `source`, one or more members, decompresses to.
    static func decompress(
        _ source: Span<UInt8>, size: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        var stream = unsafe z_stream()
        // 15 bits of window, plus 32 to accept both kinds of header.
        guard unsafe inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw PipelineError(.memoryExceeded, "zlib cannot allocate a decompressor")
        }
        defer {
            // SAFETY: inflateInit2_ succeeded, so the stream has state to free.
            unsafe inflateEnd(&stream)
        }
        var isComplete = false
        // SAFETY: zlib writes at most size bytes and reads only inside source; on failure the result is thrown away.
        unsafe output.append(uninitializedCount: size) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                unsafe stream.next_in = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.avail_in = UInt32(clamping: bytes.count)
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = UInt32(clamping: size)
                while true {
                    let status = unsafe inflate(&stream, Z_FINISH)
                    guard status == Z_STREAM_END else { break }
                    if unsafe stream.avail_out == 0 {
                        isComplete = true
                        break
                    }
                    guard unsafe stream.avail_in > 0, unsafe inflateReset(&stream) == Z_OK else { break }
                }
            }
        }
        guard isComplete else { throw .corruptParquet("a gzip page does not decompress to its \(size) bytes") }
    }
}
