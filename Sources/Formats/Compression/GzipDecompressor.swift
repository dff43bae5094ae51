// SPDX-License-Identifier: Apache-2.0
import CZlib
import Columnar
import Failures

/// gzip through zlib: members one after the other; zero padding behind the last is ignored.
@safe
final class GzipDecompressor: StreamDecompressor, @unchecked Sendable {
    private enum State { case betweenMembers, inMember, padding }

    private let stream: UnsafeMutablePointer<z_stream>
    private var state = State.betweenMembers
    private var members = 0
    /// Compressed bytes used so far.
    private var position: Int64 = 0

    init() throws(PipelineError) {
        // SAFETY: zlib keeps a pointer to the structure, which therefore stays in one place until deinit.
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        // SAFETY: 15 window bits plus 16 for gzip's header; version and size are those of the header compiled against.
        guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
            unsafe stream.deallocate()
            throw PipelineError(.memoryExceeded, "no memory is left to decompress gzip data")
        }
    }

    deinit {
        // SAFETY: initialised in init and ended once.
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func decompress(
        _ input: Buffer<UInt8>, into output: inout BufferBuilder<UInt8>, upTo most: Int
    ) throws(PipelineError) -> Int {
        var used = 0
        var room = most
        while used < input.count && room > 0 {
            if state != .inMember { try begin(input[used]) }
            if state == .padding {
                used += 1
                position += 1
                continue
            }
            let step = inflate(input.slice(used..<input.count), into: &output, upTo: room)
            used += step.used
            room -= step.made
            position += Int64(step.used)
            switch step.result {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END:
                state = .betweenMembers
                members += 1
                // SAFETY: the stream is initialised; a reset keeps its memory.
                unsafe _ = inflateReset(stream)
            default: throw corrupt(step.message)
            }
            if step.used == 0 && step.made == 0 { break }
        }
        return used
    }

    private func begin(_ byte: UInt8) throws(PipelineError) {
        if members > 0 && byte == 0 {
            state = .padding
        } else if state == .padding {
            throw corrupt("unexpected data behind the end")
        } else {
            state = .inMember
        }
    }

    private func inflate(
        _ input: Buffer<UInt8>, into output: inout BufferBuilder<UInt8>, upTo most: Int
    ) -> (result: Int32, used: Int, made: Int, message: String) {
        let piece = input.slice(0..<min(input.count, 1 << 30))
        let most = min(most, 1 << 30)
        var result: Int32 = Z_OK
        var (used, made) = (0, 0)
        let stream = unsafe self.stream
        // SAFETY: zlib reads at most avail_in and writes at most avail_out bytes, the lengths of the two runs, and does
        // not keep the pointers after the call; it does not write to its input.
        unsafe output.append(upTo: most) { room in
            unsafe piece.withUnsafeBufferPointer { bytes in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(bytes.count)
                unsafe stream.pointee.next_out = room.baseAddress
                unsafe stream.pointee.avail_out = UInt32(most)
                result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                used = unsafe bytes.count - Int(stream.pointee.avail_in)
                made = unsafe most - Int(stream.pointee.avail_out)
            }
            return made
        }
        // SAFETY: zlib's message is a constant, terminated text.
        let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? ""
        return (result, used, made, message)
    }

    func finish() throws(PipelineError) {
        if state == .inMember || members == 0 { throw corrupt("the data ends before the gzip stream does") }
    }

    private func corrupt(_ cause: String) -> PipelineError {
        PipelineError(
            .corruptFile, "the gzip data is broken at byte \(position)",
            hint: "Move compressed files into place when they are complete", cause: cause)
    }
}
