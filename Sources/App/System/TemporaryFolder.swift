// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// A folder of its own that is gone with everything in it when it is removed.
struct TemporaryFolder: Sendable {
    /// Where it is.
    let path: String

    /// Makes one below `TMPDIR`, else `/tmp`.
    init(environment: [String: String]) throws(PipelineError) {
        var name = Array("\(environment["TMPDIR"] ?? "/tmp")/millrace-XXXXXX".utf8CString)
        // SAFETY: the array is a C string that mkdtemp changes in place.
        guard unsafe mkdtemp(&name) != nil else {
            throw PipelineError(
                .storageFailed, "a temporary folder cannot be made", hint: "set TMPDIR to a folder that can be written")
        }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it with everything in it; what cannot be removed stays.
    func remove() { Self.remove(path) }

    private static func remove(_ path: String) {
        // SAFETY: the path is a C string for the call.
        if unsafe unlink(path) == 0 { return }
        for name in (try? LocalFile.names(in: path)) ?? [] { remove(path + "/" + name) }
        // SAFETY: the path is a C string for the call.
        _ = unsafe rmdir(path)
    }
}
