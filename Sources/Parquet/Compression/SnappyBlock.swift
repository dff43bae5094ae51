// SPDX-License-Identifier: Apache-2.0
import CSnappy
import Columnar
import Failures

/// Raw Snappy blocks, as Parquet stores them.
enum SnappyBlock {
    /// Appends `source` as one block.
    static func compress(_ source: Span<UInt8>, into output: inout BufferBuilder<UInt8>) throws(PipelineError) {
        let bound = snappy_max_compressed_length(source.count)
        var size = bound
        var status = SNAPPY_OK
        // SAFETY: snappy writes at most bound bytes, reads only inside source, and says how many it wrote.
        unsafe output.append(upTo: bound) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                unsafe target.withMemoryRebound(to: CChar.self) { target in
                    unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                        status = unsafe snappy_compress(bytes.baseAddress, bytes.count, target.baseAddress, &size)
                    }
                }
            }
            return status == SNAPPY_OK ? size : 0
        }
        guard status == SNAPPY_OK else {
            throw PipelineError(.internalError, "snappy cannot compress a page of \(source.count) bytes")
        }
    }

    /// Appends the `size` bytes that `source` decompresses to.
    static func decompress(
        _ source: Span<UInt8>, size: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        var declared = 0
        var status = SNAPPY_OK
        // SAFETY: snappy reads only inside source.
        unsafe source.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                status = unsafe snappy_uncompressed_length(bytes.baseAddress, bytes.count, &declared)
            }
        }
        guard status == SNAPPY_OK, declared == size else {
            throw PipelineError(.corruptFile, "a snappy page does not decompress to its \(size) bytes")
        }
        // SAFETY: snappy writes exactly declared == size bytes or fails, and then the result is thrown away.
        unsafe output.append(uninitializedCount: size) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                unsafe target.withMemoryRebound(to: CChar.self) { target in
                    unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                        status = unsafe snappy_uncompress(bytes.baseAddress, bytes.count, target.baseAddress, &declared)
                    }
                }
            }
        }
        guard status == SNAPPY_OK else {
            throw PipelineError(.corruptFile, "a snappy page of \(source.count) bytes is damaged")
        }
    }
}
