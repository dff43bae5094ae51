// SPDX-License-Identifier: Apache-2.0
import Foundation
public import JSONText

/// Delta tables of other projects: the folder `delta` of `MILLRACE_CONFORMANCE`, else of `../shared/conformance`.
public enum DeltaCorpus {
    /// One table and what a reader should make of it.
    public struct Table: Sendable, CustomStringConvertible {
        /// Corpus and table.
        public let name: String
        /// `ok`, `must_fail`, `unsupported_feature`, `log_only` or `reader_dependent`.
        public let verdict: String
        /// The name.
        public var description: String { name }
    }

    private static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static let folder: URL = {
        let set = ProcessInfo.processInfo.environment["MILLRACE_CONFORMANCE"].map { URL(filePath: $0) }
        return (set ?? packageRoot.appending(path: "../shared/conformance").standardized).appending(path: "delta")
    }()

    /// Whether the corpora are there; otherwise say so and skip.
    public static let isPresent = FileManager.default.fileExists(atPath: folder.appending(path: "index.jsonl").path)

    private static let tables: [Table] = {
        let index = folder.appending(path: "index.jsonl")
        guard let text = try? String(contentsOf: index, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            guard let json = try? JSONValue(parsing: String(line)), let name = json["table"]?.string,
                let verdict = json["verdict"]?.string
            else { return nil }
            return Table(name: String(name.dropLast("/table".count)), verdict: verdict)
        }
    }()

    /// The tables of some verdicts.
    public static func tables(_ verdicts: String...) -> [Table] { tables.filter { verdicts.contains($0.verdict) } }

    /// Where the archives are unpacked, once for each build folder.
    private static let unpacked: URL = {
        let target = packageRoot.appending(path: ".build/conformance/delta")
        try? FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let archives = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for archive in archives.sorted() where archive.hasSuffix(".tar.zst") {
            let name = String(archive.dropLast(".tar.zst".count))
            if FileManager.default.fileExists(atPath: target.appending(path: name).path) { continue }
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["tar", "--zstd", "-C", target.path, "-xf", folder.appending(path: archive).path]
            try? process.run()
            process.waitUntilExit()
        }
        return target
    }()

    /// The folder with `table/` and `expectation.json`. Never write to it.
    public static func path(_ table: Table) -> String { unpacked.appending(path: table.name).path }

    /// A copy of the table that may be written to.
    public static func copy(_ table: Table, to folder: TemporaryFolder) throws -> String {
        let target = folder.path + "/" + table.name.replacingOccurrences(of: "/", with: "-")
        try FileManager.default.copyItem(atPath: path(table) + "/table", toPath: target)
        return target
    }

    /// What is expected of the table.
    public static func expectation(_ table: Table) throws -> JSONValue {
        try JSONValue(parsing: Array(Data(contentsOf: URL(filePath: path(table) + "/expectation.json"))))
    }
}
