// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Glibc

/// System calls on files, by path and descriptor, with errors as `PipelineError`.
///
/// The one place of this module that meets C pointers.
struct SystemFile: ~Copyable {
    private let descriptor: Int32
    let path: String

    enum Access { case read, createNew, createOrReplace, folder }

    init(_ path: String, _ access: Access) throws(PipelineError) {
        let flags: Int32 =
            switch access {
            case .read: O_RDONLY
            case .createNew: O_WRONLY | O_CREAT | O_EXCL
            case .createOrReplace: O_WRONLY | O_CREAT | O_TRUNC
            case .folder: O_RDONLY | O_DIRECTORY
            }
        var opened: Int32
        repeat {
            // SAFETY: the string is bridged to a C string that lives for the call.
            opened = unsafe open(path, flags | O_CLOEXEC, 0o666)
        } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw PipelineError(errno: errno, "cannot open", path) }
        descriptor = opened
        self.path = path
    }

    deinit { close(descriptor) }

    /// Writes all bytes at the end.
    func write(_ bytes: Span<UInt8>) throws(PipelineError) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written..<bytes.count)
            // SAFETY: the buffer is valid for its count during the call, and write does not keep it.
            let count = unsafe rest.withUnsafeBufferPointer { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw PipelineError(errno: errno, "cannot write", path) }
            written += count
        }
    }

    /// Waits until the contents are on disk.
    func synchronize() throws(PipelineError) {
        var result: Int32
        repeat { result = fsync(descriptor) } while result != 0 && errno == EINTR
        guard result == 0 else { throw PipelineError(errno: errno, "cannot synchronise", path) }
    }

    func status() throws(PipelineError) -> FileStatus {
        var status = stat()
        // SAFETY: status is a valid place for one stat structure.
        guard unsafe fstat(descriptor, &status) == 0 else { throw PipelineError(errno: errno, "cannot look at", path) }
        return FileStatus(status)
    }

    /// The bytes in `range`, fewer when the file ends before.
    func read(_ range: Range<Int>) throws(PipelineError) -> [UInt8] {
        var failure: Int32 = 0
        // SAFETY: pread writes at most the rest of the buffer; initializedCount says how much it wrote.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            filled = 0
            while filled < range.count {
                // SAFETY: filled < range.count == the buffer's capacity.
                let target = unsafe buffer.baseAddress.map { unsafe $0 + filled }
                // SAFETY: target has room for the remaining bytes.
                let count = unsafe pread(descriptor, target, range.count - filled, off_t(range.lowerBound + filled))
                if count < 0 && errno == EINTR { continue }
                if count < 0 { failure = errno }
                guard count > 0 else { return }
                filled += count
            }
        }
        guard failure == 0 else { throw PipelineError(errno: failure, "cannot read", path) }
        return bytes
    }
}

/// Size, time and kind of a file.
struct FileStatus {
    let byteCount: Int
    let modifiedMicros: Int64
    let isFolder: Bool

    init(_ status: stat) {
        byteCount = Int(status.st_size)
        modifiedMicros = Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
        isFolder = status.st_mode & S_IFMT == S_IFDIR
    }
}

extension SystemFile {
    /// What a path names, following links; `nil` when there is nothing.
    static func status(of path: String) throws(PipelineError) -> FileStatus? {
        var status = stat()
        // SAFETY: status is a valid place for one stat structure; the string lives for the call.
        if unsafe stat(path, &status) == 0 { return FileStatus(status) }
        guard errno == ENOENT || errno == ENOTDIR else { throw PipelineError(errno: errno, "cannot look at", path) }
        return nil
    }

    /// Makes a folder; false when there is one.
    ///
    /// Its parent must be there.
    static func makeFolder(_ path: String) throws(PipelineError) -> Bool {
        // SAFETY: the string is bridged to a C string that lives for the call.
        if unsafe mkdir(path, 0o777) == 0 { return true }
        guard errno == EEXIST else { throw PipelineError(errno: errno, "cannot make the folder", path) }
        return false
    }

    /// Gives a file a second name; false when that name is taken.
    static func link(_ source: String, as target: String) throws(PipelineError) -> Bool {
        // SAFETY: both strings are bridged to C strings that live for the call.
        if unsafe Glibc.link(source, target) == 0 { return true }
        guard errno == EEXIST else { throw PipelineError(errno: errno, "cannot create", target) }
        return false
    }

    static func rename(_ source: String, to target: String) throws(PipelineError) {
        // SAFETY: both strings are bridged to C strings that live for the call.
        let result = unsafe Glibc.rename(source, target)
        guard result == 0 else { throw PipelineError(errno: errno, "cannot replace", target) }
    }

    /// Removes a file; false when there is none.
    static func remove(_ path: String) throws(PipelineError) -> Bool {
        // SAFETY: the string is bridged to a C string that lives for the call.
        if unsafe unlink(path) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw PipelineError(errno: errno, "cannot delete", path) }
        return false
    }

    /// The names in a folder without `.` and `..`, unsorted; empty when there is no such folder.
    static func names(in path: String) throws(PipelineError) -> [String] {
        // SAFETY: the string is bridged to a C string that lives for the call.
        guard let folder = unsafe opendir(path) else {
            guard errno == ENOENT || errno == ENOTDIR else { throw PipelineError(errno: errno, "cannot list", path) }
            return []
        }
        // SAFETY: folder came from opendir and is closed once.
        defer { unsafe _ = closedir(folder) }
        var names: [String] = []
        // SAFETY: folder is open; the entry is used before the next call of readdir.
        while let entry = unsafe readdir(folder) {
            // SAFETY: d_name is a NUL-terminated C string inside the entry, which is valid until the next readdir.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                // SAFETY: the tuple of 256 CChar has the layout of the array it stands for.
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The path without links and relative steps; of a path that names nothing yet, of its nearest folder that is there.
    static func canonical(_ path: String) -> String {
        // SAFETY: the string lives for the call; realpath allocates its answer, which is freed below.
        if let resolved = unsafe realpath(path, nil) {
            // SAFETY: resolved came from malloc and is freed once, after it was copied.
            defer { unsafe free(resolved) }
            return unsafe String(cString: resolved)
        }
        guard let slash = path.lastIndex(of: "/") else { return path == "." ? path : canonical(".") + "/" + path }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        let parent = canonical(folder)
        return (parent == "/" ? "" : parent) + path[slash...]
    }
}
