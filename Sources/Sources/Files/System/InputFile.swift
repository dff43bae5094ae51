// SPDX-License-Identifier: Apache-2.0
import CLinux
import Columnar
import Failures
import Glibc

/// A file open for reading; closes itself.
struct InputFile: ~Copyable, Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Throws: `missingFile`, `permissionDenied` or `storageFailed`.
    init(path: String) throws(PipelineError) {
        self.path = path
        // SAFETY: the path is copied for the call.
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCall.failure("open", path: path) }
    }

    deinit { close(descriptor) }

    /// What the file system says of the open file.
    func status() throws(PipelineError) -> FileStatus {
        // SAFETY: a C structure of numbers that the call fills.
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemCall.failure("status", path: path) }
        return FileStatus(status)
    }

    /// When the file was made, ns since 1970 UTC; `nil` where the file system does not say.
    var birthNanos: Int64? {
        let nanos = millrace_file_birth_nanos(descriptor)
        return nanos > 0 ? nanos : nil
    }

    /// Appends up to `most` bytes from `position` on; fewer only where the file ends. Returns how many.
    func read(at position: Int64, upTo most: Int, into builder: inout BufferBuilder<UInt8>) throws(PipelineError) -> Int
    {
        var total = 0
        var failed = false
        let descriptor = self.descriptor
        // SAFETY: each call writes at most the room that is left, and the bytes written are the bytes counted.
        unsafe builder.append(upTo: most) { room in
            while total < most {
                let wanted = most - total
                let target = unsafe room.baseAddress.map { unsafe $0 + total }
                let count = unsafe pread(descriptor, target, wanted, Int(position) + total)
                if count < 0 && errno == EINTR { continue }
                failed = count < 0
                if count <= 0 { break }
                total += count
            }
            return total
        }
        if failed { throw SystemCall.failure("read", path: path) }
        return total
    }

    /// The first position of a byte in a range; `nil` when it is not there.
    func firstIndex(
        of byte: UInt8, in range: Range<Int64>, stepBytes: Int = 1 << 20
    ) throws(PipelineError) -> Int64? {
        var lower = range.lowerBound
        while lower < range.upperBound {
            var builder = BufferBuilder<UInt8>(capacity: stepBytes)
            let most = Int(min(Int64(stepBytes), range.upperBound - lower))
            let count = try read(at: lower, upTo: most, into: &builder)
            if count == 0 { return nil }
            let bytes = builder.finish()
            let found = unsafe bytes.withUnsafeBufferPointer { bytes -> Int? in
                guard let start = unsafe UnsafeRawPointer(bytes.baseAddress) else { return nil }
                // SAFETY: the search reads only the bytes of the buffer.
                return unsafe memchr(start, Int32(byte), bytes.count).map { unsafe UnsafeRawPointer($0) - start }
            }
            if let found { return lower + Int64(found) }
            lower += Int64(count)
        }
        return nil
    }

    /// Tells the kernel that the file will be read from front to back.
    func adviseSequential() { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
}
