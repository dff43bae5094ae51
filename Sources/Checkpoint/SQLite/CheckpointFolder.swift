// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// The folder that holds a checkpoint.
enum CheckpointFolder {
    /// Makes the folder and the ones above it where they do not exist.
    static func make(_ path: String) throws(PipelineError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
            // SAFETY: the path is a C string for the call.
            if unsafe mkdir(made, 0o755) != 0 && errno != EEXIST {
                throw PipelineError(
                    errno == EACCES ? .permissionDenied : .checkpointFailed, "the checkpoint's folder cannot be made",
                    at: [.init("directory", made)], cause: unsafe String(cString: strerror(errno)))
            }
        }
    }
}
