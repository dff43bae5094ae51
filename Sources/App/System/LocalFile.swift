// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// Small files and folders that commands read and make. Data goes through `ObjectStore`.
enum LocalFile {
    /// The whole content.
    ///
    /// - Throws: `missingFile`, `permissionDenied` or `storageFailed`.
    static func read(_ path: String, limit: Int = .max) throws(PipelineError) -> [UInt8] {
        // SAFETY: the path is a C string for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be read", path) }
        defer { close(descriptor) }
        var (content, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while content.count < limit {
            // SAFETY: the array lives for the call and has the length given.
            let count = unsafe Glibc.read(descriptor, &chunk, min(chunk.count, limit - content.count))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot be read", path) }
            if count == 0 { break }
            content += chunk[..<count]
        }
        return content
    }

    /// Makes or replaces a file, or goes on at its end.
    static func write(_ bytes: [UInt8], to path: String, appending: Bool = false) throws(PipelineError) {
        let mode = appending ? O_APPEND : O_TRUNC
        // SAFETY: the path is a C string for the call.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o644)
        guard descriptor >= 0 else { throw failure("cannot be written", path) }
        defer { close(descriptor) }
        var start = 0
        while start < bytes.count {
            let rest = bytes[start...]
            // SAFETY: the slice's memory lives for the call and has the length given.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot be written", path) }
            start += count
        }
    }

    /// Gives a file another name.
    static func rename(_ old: String, to new: String) throws(PipelineError) {
        // SAFETY: the paths are C strings for the call.
        if unsafe Glibc.rename(old, new) != 0 { throw failure("cannot be renamed", old) }
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String) throws(PipelineError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
            // SAFETY: the path is a C string for the call.
            if unsafe mkdir(made, 0o755) != 0 && errno != EEXIST { throw failure("cannot be made", made) }
        }
    }

    /// What stands at a path.
    enum Kind { case file, folder, nothing }

    /// What stands at a path.
    static func kind(of path: String) -> Kind {
        var status = stat()
        // SAFETY: the path is a C string and the struct lives for the call.
        guard unsafe stat(path, &status) == 0 else { return .nothing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    /// The names in a folder, sorted.
    static func names(in folder: String) throws(PipelineError) -> [String] {
        // SAFETY: the path is a C string for the call.
        guard let directory = unsafe opendir(folder) else { throw failure("cannot be listed", folder) }
        // SAFETY: opened above, closed once.
        defer { unsafe closedir(directory) }
        var names: [String] = []
        // SAFETY: the entry is valid until the next call.
        while let entry = unsafe readdir(directory) {
            // SAFETY: d_name is a C string inside the entry.
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The files that a glob pattern names, sorted.
    static func matches(_ pattern: String) -> [String] {
        // SAFETY: a struct of zeros, which is what glob expects.
        var result = unsafe glob_t()
        // SAFETY: the pattern is a C string and the struct lives until globfree.
        defer { unsafe globfree(&result) }
        // SAFETY: as above; no error callback.
        guard unsafe glob(pattern, 0, nil, &result) == 0 else { return [] }
        // SAFETY: gl_pathv has gl_pathc C strings.
        return unsafe (0..<Int(result.gl_pathc)).compactMap { index in
            // SAFETY: as above.
            unsafe result.gl_pathv[index].map { unsafe String(cString: $0) }
        }
    }

    private static func failure(_ what: String, _ path: String) -> PipelineError {
        let number = errno
        let code: PipelineError.Code =
            switch number {
            case ENOENT, ENOTDIR: .missingFile
            case EACCES, EPERM: .permissionDenied
            case ENOSPC: .diskFull
            case EISDIR: .invalidArgument
            default: .storageFailed
            }
        // SAFETY: strerror gives a C string that lives until the next call of this thread.
        let cause = unsafe String(cString: strerror(number))
        return PipelineError(
            code, "the file '\(path)' \(what)", hint: number == EISDIR ? "Name a file in it" : "", cause: cause)
    }
}
