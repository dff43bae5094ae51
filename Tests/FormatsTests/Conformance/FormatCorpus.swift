// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import StreamTesting

/// JSON and CSV files of other projects: `MILLRACE_CONFORMANCE`, else `../shared/conformance` beside the package.
enum FormatCorpus {
    static let root: String? = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["MILLRACE_CONFORMANCE"]
        let path = named ?? package.deletingLastPathComponent().appending(path: "shared/conformance").path
        return FileManager.default.fileExists(atPath: path + "/json/jsontestsuite.tar.zst") ? path : nil
    }()
    static let isMissing = root == nil

    static func bytes(_ path: String) -> [UInt8] { (try? Data(contentsOf: URL(filePath: path))).map(Array.init) ?? [] }

    static func lines(_ path: String) throws -> [JSONValue] {
        try bytes(path).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
    }

    /// Unpacks an archive into a folder that lives as long as the caller keeps it.
    static func unpack(_ archive: String) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["tar", "--zstd", "-xf", archive, "-C", folder.path]
        try process.run()
        process.waitUntilExit()
        return folder
    }
}
