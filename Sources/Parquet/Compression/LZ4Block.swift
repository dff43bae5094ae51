// SPDX-License-Identifier: Apache-2.0
import CLZ4
import Columnar
import Failures

/// Decompresses LZ4 blocks, raw and in the frames that Hadoop puts around them.
enum LZ4Block {
    /// Appends the `size` bytes that one raw block decompresses to.
    static func decompress(
        _ source: Span<UInt8>, size: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        var written: Int32 = -1
        guard let capacity = Int32(exactly: size), let length = Int32(exactly: source.count) else {
            throw damaged(size)
        }
        // SAFETY: lz4 reads only inside source and writes at most size bytes; when fewer, the result is thrown away.
        unsafe output.append(uninitializedCount: size) { target in
            unsafe source.withUnsafeBufferPointer { bytes in
                unsafe target.withMemoryRebound(to: CChar.self) { target in
                    unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                        guard let from = bytes.baseAddress, let to = target.baseAddress else { return }
                        written = unsafe LZ4_decompress_safe(from, to, length, capacity)
                    }
                }
            }
        }
        guard written == capacity else { throw damaged(size) }
    }

    /// Appends the `size` bytes of what the deprecated codec LZ4 stands for: Hadoop's frames, or from some writers a raw
    /// block.
    static func decompressFramed(
        _ source: Span<UInt8>, size: Int, into output: inout BufferBuilder<UInt8>
    ) throws(PipelineError) {
        let before = output.count
        var position = 0
        while output.count - before < size, source.count - position >= 8 {
            // Both lengths are big-endian.
            let whole = Int(source.littleEndian(at: position, as: UInt32.self).byteSwapped)
            let length = Int(source.littleEndian(at: position + 4, as: UInt32.self).byteSwapped)
            guard whole <= size - (output.count - before), length <= source.count - position - 8, length > 0 else {
                break
            }
            try decompress(source.extracting((position + 8)..<(position + 8 + length)), size: whole, into: &output)
            position += 8 + length
        }
        if position == 0 { return try decompress(source, size: size, into: &output) }
        guard output.count - before == size else { throw damaged(size) }
    }

    private static func damaged(_ size: Int) -> PipelineError {
        .corruptParquet("an lz4 page does not decompress to its \(size) bytes")
    }
}
