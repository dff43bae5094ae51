// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// What the file system says of a path.
struct FileStatus: Hashable, Sendable {
    /// What stands there.
    enum Kind: Hashable, Sendable { case file, directory, other }

    let kind: Kind
    let byteCount: Int64
    /// ns since 1970-01-01 UTC.
    let modifiedNanos: Int64
    /// µs since 1970-01-01 UTC.
    var modifiedMicros: Int64 { modifiedNanos / 1000 }
    /// The number of the file in its file system; it may be used again when the file is gone.
    let inode: UInt64

    /// The status of a path, links followed; `nil` when nothing is there.
    ///
    /// - Throws: `permissionDenied` or `storageFailed`.
    init?(path: String) throws(PipelineError) {
        // SAFETY: a C structure of numbers that the call fills; the path is copied for the call.
        var status = stat()
        let result = unsafe stat(path, &status)
        guard result == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemCall.failure("status", path: path)
        }
        self.init(status)
    }

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        byteCount = Int64(status.st_size)
        inode = UInt64(status.st_ino)
        modifiedNanos = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}

/// The last system call's failure in our words.
enum SystemCall {
    static func failure(_ what: String, path: String) -> PipelineError {
        let number = errno
        let code: PipelineError.Code =
            switch number {
            case EACCES, EPERM: .permissionDenied
            case ENOENT, ENOTDIR: .missingFile
            case ENOSPC, EDQUOT: .diskFull
            default: .storageFailed
            }
        return PipelineError(code, "cannot \(what) '\(path)'", cause: reason(number))
    }

    /// What an error number says.
    static func reason(_ number: Int32) -> String {
        // SAFETY: strerror returns a terminated text that is copied at once.
        unsafe String(cString: strerror(number))
    }
}
