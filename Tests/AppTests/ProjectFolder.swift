// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamTesting

/// A folder that stands for the one a user works in, with what the test puts there.
struct ProjectFolder {
    private let folder = TemporaryFolder()

    /// Where it is.
    var url: URL { URL(filePath: folder.path, directoryHint: .isDirectory) }

    /// The project's own folder.
    static var project: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// Writes a file, making its folders.
    func write(_ text: String, to path: String) throws {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// The text of a file.
    func read(_ path: String) throws -> String {
        try String(contentsOf: url.appending(path: path), encoding: .utf8)
    }

    /// Whether something is there.
    func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url.appending(path: path).path) }

    /// Removes what is there.
    func remove(_ path: String) throws { try FileManager.default.removeItem(at: url.appending(path: path)) }

    /// Runs `millrace` here.
    func millrace(_ arguments: String..., environment: [String: String] = [:]) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(arguments, in: url, environment: environment)
    }

    /// The names of the versions of a table, from its log.
    func versions(of table: String) throws -> [String] {
        let log = url.appending(path: "\(table)/_delta_log")
        return try FileManager.default.contentsOfDirectory(atPath: log.path)
            .filter { $0.hasSuffix(".json") && $0.count == 25 }.sorted()
    }
}
