// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// An exclusive lock on a checkpoint folder, held by an open file and freed by the kernel when the process ends.
@safe
final class FileLock: Sendable {
    private let descriptor: Int32
    private static let attempts = 20
    private static let pauseMicros: useconds_t = 25_000

    /// Takes the lock, or says who holds it.
    ///
    /// - Throws: `checkpointLocked` with the owner's pid and host.
    init(path: String, holder: String) throws(PipelineError) {
        // SAFETY: the path is a C string for the call.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw PipelineError(
                errno == EACCES ? .permissionDenied : .checkpointFailed, "the checkpoint's lock cannot be opened",
                at: [.init("file", path)], cause: unsafe String(cString: strerror(errno)))
        }
        // A child that was forked a moment ago holds the lock until it runs its own program; so does a process that is ending.
        var (attempts, isLocked) = (0, false)
        while attempts < Self.attempts {
            isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            if isLocked { break }
            attempts += 1
            usleep(Self.pauseMicros)
        }
        guard isLocked else {
            let owner = Self.content(of: descriptor)
            close(descriptor)
            throw PipelineError(
                .checkpointLocked, "the checkpoint is in use by \(owner.isEmpty ? "another process" : owner)",
                at: [.init("file", path)],
                hint:
                    "One pipeline runs once. Stop the other process, or give this pipeline a \"checkpoint\" of its own")
        }
        self.descriptor = descriptor
        ftruncate(descriptor, 0)
        let bytes = Array(holder.utf8)
        // SAFETY: the array lives for the call and has the length given.
        _ = unsafe pwrite(descriptor, bytes, bytes.count, 0)
    }

    private static func content(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 256)
        // SAFETY: the array lives for the call and has the length given.
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    deinit { close(descriptor) }

    /// This process for the other's message: `process 123 on host`.
    static var thisProcess: String {
        var name = [CChar](repeating: 0, count: 256)
        // SAFETY: the array lives for the call; one byte is kept for the terminating zero.
        unsafe gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "process \(getpid()) on \(host)"
    }
}
