// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import Testing

/// The conformance files of other projects, unpacked once into the build folder.
enum Corpus {
    /// Where the archives are: `MILLRACE_CONFORMANCE`, else beside the package; `nil` when they are not there.
    static let archives: URL? = {
        let named = ProcessInfo.processInfo.environment["MILLRACE_CONFORMANCE"].map { URL(fileURLWithPath: $0) }
        let root = named ?? Python.packageRoot.deletingLastPathComponent().appendingPathComponent("shared/conformance")
        let folder = root.appendingPathComponent("parquet")
        return FileManager.default.fileExists(atPath: folder.appendingPathComponent("index.jsonl").path) ? folder : nil
    }()

    static let isMissing = archives == nil

    /// One file of a corpus.
    struct Item: Sendable, CustomTestStringConvertible {
        let path: String
        let verdict: String
        let rowCount: Int?
        let hasRows: Bool
        let size: Int
        var testDescription: String { path }
    }

    /// What the index lists.
    static let items: [Item] = {
        guard let archives,
            let index = try? String(contentsOf: archives.appendingPathComponent("index.jsonl"), encoding: .utf8)
        else { return [] }
        return index.split(separator: "\n").compactMap { line in
            guard let entry = try? JSONValue(parsing: String(line) as String),
                let members = entry.members?.reduce(into: [String: JSONValue](), { $0[$1.name] = $1.value }),
                let path = members["file"]?.string, let verdict = members["verdict"]?.string
            else { return nil }
            return Item(
                path: path, verdict: verdict, rowCount: members["row_count"]?.int64.map { Int($0) },
                hasRows: members["rows_file"]?.boolean ?? false,
                size: members["size"]?.int64.map { Int($0) } ?? 0)
        }
    }()

    /// The folder with the unpacked archives.
    static let folder: URL? = {
        guard let archives else { return nil }
        let target = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-conformance-parquet")
        let done = target.appendingPathComponent("unpacked")
        if FileManager.default.fileExists(atPath: done.path) { return target }
        do {
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            for name in try FileManager.default.contentsOfDirectory(atPath: archives.path)
            where name.hasSuffix(".tar.zst") {
                let archive = archives.appendingPathComponent(name).path
                _ = try Python.run(program: "/usr/bin/env", ["tar", "--zstd", "-xf", archive, "-C", target.path])
            }
            try Data().write(to: done)
            return target
        } catch {
            return nil
        }
    }()

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder else { return [] }
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
    }
}
