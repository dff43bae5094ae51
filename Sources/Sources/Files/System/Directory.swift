// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// Names and moves in the file system.
enum Directory {
    /// The names in a directory, without `.` and `..`, in no order; `nil` when there is no such directory.
    static func names(in path: String) throws(PipelineError) -> [String]? {
        // SAFETY: the path is copied for the call.
        guard let stream = unsafe opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemCall.failure("list", path: path)
        }
        // SAFETY: opened above and closed once.
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        // SAFETY: the entry is valid until the next call, and its terminated name is copied at once.
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The working directory's path.
    static var current: String {
        // SAFETY: with a null pointer the call allocates the text, which is copied and freed.
        guard let text = unsafe getcwd(nil, 0) else { return "/" }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// A path without `.`, `..` and doubled slashes, from the root on; links are not followed.
    static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : current + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Makes a directory and those above it where they are missing.
    static func make(_ path: String) throws(PipelineError) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            // SAFETY: the path is copied for the call.
            if unsafe mkdir(made, 0o777) != 0 && errno != EEXIST {
                throw SystemCall.failure("make directory", path: made)
            }
        }
    }

    /// Deletes a file; `false` when it was gone.
    static func delete(_ path: String) throws(PipelineError) -> Bool {
        // SAFETY: the path is copied for the call.
        if unsafe unlink(path) == 0 { return true }
        if errno == ENOENT { return false }
        throw SystemCall.failure("delete", path: path)
    }
}
