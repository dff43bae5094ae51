// SPDX-License-Identifier: Apache-2.0
import CZstd
import Columnar
import Failures

/// zstd through libzstd: frames one after the other, skippable ones ignored.
@safe
final class ZstdDecompressor: StreamDecompressor, @unchecked Sendable {
    private let stream: OpaquePointer
    /// What the last call returned: 0 at the end of a frame.
    private var wanted = 1
    private var position: Int64 = 0

    init() throws(PipelineError) {
        // SAFETY: made here and freed once in deinit.
        guard let stream = unsafe ZSTD_createDStream() else {
            throw PipelineError(.memoryExceeded, "no memory is left to decompress zstd data")
        }
        unsafe self.stream = stream
    }

    deinit {
        // SAFETY: made in init and freed once.
        unsafe _ = ZSTD_freeDStream(stream)
    }

    func decompress(
        _ input: Buffer<UInt8>, into output: inout BufferBuilder<UInt8>, upTo most: Int
    ) throws(PipelineError) -> Int {
        var used = 0
        var result = 0
        let stream = unsafe self.stream
        // SAFETY: libzstd stays inside the two runs whose lengths it is given and keeps no pointer into them.
        unsafe output.append(upTo: most) { room in
            unsafe input.withUnsafeBufferPointer { bytes in
                var source = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
                var target = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: most, pos: 0)
                while unsafe target.pos < most {
                    let before = unsafe (source.pos, target.pos)
                    result = unsafe ZSTD_decompressStream(stream, &target, &source)
                    if ZSTD_isError(result) != 0 { break }
                    if unsafe (source.pos, target.pos) == before || source.pos == source.size && result == 0 { break }
                }
                used = unsafe source.pos
                return unsafe target.pos
            }
        }
        position += Int64(used)
        guard ZSTD_isError(result) == 0 else {
            // SAFETY: the name of an error is a constant, terminated text.
            throw corrupt(unsafe String(cString: ZSTD_getErrorName(result)))
        }
        if used > 0 || result == 0 { wanted = result }
        return used
    }

    func finish() throws(PipelineError) {
        if wanted != 0 { throw corrupt("the data ends before the zstd frame does") }
    }

    private func corrupt(_ cause: String) -> PipelineError {
        PipelineError(
            .corruptFile, "the zstd data is broken at byte \(position)",
            hint: "Move compressed files into place when they are complete", cause: cause)
    }
}
