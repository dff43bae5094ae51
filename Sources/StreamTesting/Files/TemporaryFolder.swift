// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import ObjectStore

/// A folder of its own for one test, removed with everything in it when the last user lets go of it.
public final class TemporaryFolder: Sendable {
    /// Its path.
    public let path: String

    /// Makes an empty folder below `TMPDIR`, else `/tmp`.
    public init() {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        path = parent + "/millrace-test-" + UniqueName.uuid()
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
