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

    /// The names of the files in a folder below it, sorted; none when there is no such folder.
    public func files(below folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)) ?? []).sorted()
    }

    /// Rewrites a file.
    public func change(_ file: String, _ body: (inout [UInt8]) -> Void) throws {
        let place = URL(filePath: path + "/" + file)
        var bytes = Array(try Data(contentsOf: place))
        body(&bytes)
        try Data(bytes).write(to: place)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
