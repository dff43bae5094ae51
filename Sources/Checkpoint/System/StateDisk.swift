// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// System calls on the folders of state, with errors as `PipelineError`.
enum StateDisk {
    /// The error of a failed system call.
    static func failure(_ number: Int32, _ what: String, _ path: String) -> PipelineError {
        let code: PipelineError.Code =
            switch number {
            case ENOSPC, EDQUOT: .diskFull
            case EACCES, EPERM, EROFS: .permissionDenied
            default: .checkpointFailed
            }
        // SAFETY: strerror gives a C string that is copied at once.
        let cause = unsafe String(cString: strerror(number))
        return PipelineError(code, what, at: [.init("file", path)], cause: cause)
    }

    /// Makes the names in a folder durable.
    static func synchronize(folder path: String) throws(PipelineError) {
        // SAFETY: the path is a C string for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, "the folder of the state cannot be opened", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(errno, "the folder of the state cannot be synced", path) }
    }

    /// Removes a file; nothing happens when there is none.
    static func remove(_ path: String) throws(PipelineError) {
        // SAFETY: the path is a C string for the call.
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw failure(errno, "a state file cannot be removed", path)
        }
    }

    /// The names in a folder, sorted; empty when there is no such folder.
    static func names(in path: String) throws(PipelineError) -> [String] {
        // SAFETY: the path is a C string for the call.
        guard let folder = unsafe opendir(path) else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw failure(errno, "the folder of the state cannot be read", path)
            }
            return []
        }
        // SAFETY: folder came from opendir and is closed once.
        defer { unsafe _ = closedir(folder) }
        var names: [String] = []
        // SAFETY: folder is open; the entry is used before the next call of readdir.
        while let entry = unsafe readdir(folder) {
            // SAFETY: d_name is a zero-terminated C string inside the entry, which is valid until the next readdir.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                // SAFETY: the tuple of 256 CChar has the layout of the array it stands for.
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether there is a file of that size.
    static func isFile(_ path: String, byteCount: Int) -> Bool {
        var status = stat()
        // SAFETY: status is a valid place for one stat structure; the path lives for the call.
        return unsafe stat(path, &status) == 0 && Int(status.st_size) == byteCount
    }
}
