// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Glibc

/// Moves files, also from one file system to another.
enum FileMove {
    /// Moves a file, replacing one that is there; `false` when it was gone.
    static func move(_ path: String, to target: String) throws(PipelineError) -> Bool {
        // SAFETY: the paths are copied for the call.
        if unsafe rename(path, target) == 0 { return true }
        switch errno {
        case ENOENT: return false
        case EXDEV:
            try copy(path, to: target)
            return try Directory.delete(path)
        default: throw SystemCall.failure("move", path: path)
        }
    }

    /// Copies a file with its times, so that the target is there whole and on disk, or not at all.
    static func copy(_ path: String, to target: String) throws(PipelineError) {
        let slash = target.lastIndex(of: "/") ?? target.startIndex
        let directory = String(target[..<slash])
        let partial = directory + "/." + target[target.index(after: slash)...] + ".part"
        do throws(PipelineError) {
            let file = try InputFile(path: path)
            try write(file, to: partial)
            // SAFETY: the paths are copied for the call.
            if unsafe rename(partial, target) != 0 { throw SystemCall.failure("move", path: partial) }
        } catch {
            // SAFETY: the path is copied for the call.
            unsafe _ = unlink(partial)
            throw error
        }
        try synchronize(directory.isEmpty ? "/" : directory)
    }

    private static func write(_ file: borrowing InputFile, to path: String) throws(PipelineError) {
        let status = try file.status()
        // SAFETY: the path is copied for the call.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw SystemCall.failure("make", path: path) }
        defer { close(descriptor) }
        var position: Int64 = 0
        while true {
            var builder = BufferBuilder<UInt8>(capacity: 1 << 20)
            let count = try file.read(at: position, upTo: 1 << 20, into: &builder)
            if count == 0 { break }
            try write(builder.finish(), to: descriptor, path)
            position += Int64(count)
        }
        let isUnchanged = try file.status() == status
        guard isUnchanged, position == status.byteCount else {
            throw PipelineError(.fileChanged, "'\(file.path)' changed while it was moved")
        }
        let seconds = Int(status.modifiedNanos / 1_000_000_000)
        let time = timespec(tv_sec: seconds, tv_nsec: Int(status.modifiedNanos % 1_000_000_000))
        // SAFETY: the array holds the two times that the call reads.
        let isTimed = unsafe futimens(descriptor, [time, time]) == 0
        guard isTimed, fsync(descriptor) == 0 else { throw SystemCall.failure("write", path: path) }
    }

    private static func write(_ bytes: Buffer<UInt8>, to descriptor: Int32, _ path: String) throws(PipelineError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes.slice(done..<bytes.count)
            // SAFETY: the call reads the bytes of the buffer and no more.
            let count = unsafe rest.withUnsafeBufferPointer { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw SystemCall.failure("write", path: path) }
            done += count
        }
    }

    private static func synchronize(_ directory: String) throws(PipelineError) {
        // SAFETY: the path is copied for the call.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCall.failure("open", path: directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemCall.failure("write", path: directory) }
    }
}
