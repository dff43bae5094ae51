// SPDX-License-Identifier: Apache-2.0
import Columnar
import Foundation
import SQL
import StreamCore

/// The recorded queries of Spark's own SQL tests, when they are on this machine.
///
/// Looked for in `MILLRACE_CONFORMANCE`, else `../shared/conformance` beside the package.
enum SparkCorpus {
    /// One recorded statement.
    struct Case: Sendable {
        let file: String
        let index: Int
        let sql: String
        let schema: String
        /// `nil` when the statement failed.
        let output: [String]?
        let errorClass: String

        /// File and number, as the corpus names it.
        var name: String { "\(file)#\(index)" }

        /// The first word, in upper case, behind brackets and comments.
        var verb: String {
            var text = sql[...]
            while let first = text.first {
                if first.isWhitespace || first == "(" {
                    text = text.dropFirst()
                } else if text.hasPrefix("--"), let end = text.firstIndex(of: "\n") {
                    text = text[end...]
                } else if text.hasPrefix("/*"), let end = text.range(of: "*/") {
                    text = text[end.upperBound...]
                } else {
                    break
                }
            }
            return text.prefix { $0.isLetter }.uppercased()
        }

        /// Whether the statement is a query.
        var isQuery: Bool { ["SELECT", "WITH", "VALUES", "FROM", "TABLE"].contains(verb) }
    }

    /// Whether the corpus is there.
    static let isPresent = FileManager.default.fileExists(atPath: archive.path)

    /// Files whose answers depend on settings that we do not have, with the setting.
    private static let otherSettings = [
        "nonansi/": "ANSI mode off", "timestampNTZ/": "TIMESTAMP means TIMESTAMP_NTZ",
        "datetime-legacy": "the time parser of Spark 2", "datetime-formatting-legacy": "the time parser of Spark 2",
        "datetime-parsing-legacy": "the time parser of Spark 2", "cte-nonlegacy": "common tables must not hide others",
        "binary_base64": "another print of bytes", "binary_basic": "another print of bytes",
        "binary_hex": "another print of bytes", "parse-query-correctness-old": "the lexer of Spark 3",
    ]

    /// All statements under default settings, in the order of files and of statements in a file.
    static var cases: [Case] { contents.cases }

    /// The tables that every session has.
    static var tables: [String: ColumnBatch] { contents.tables }

    private static let contents: (cases: [Case], tables: [String: ColumnBatch]) = {
        guard isPresent, let folder = try? unpacked() else { return ([], [:]) }
        defer { try? FileManager.default.removeItem(at: folder) }
        return (statements(folder), tables(folder.appendingPathComponent("spark-4.1-sql-tests/testdata")))
    }()

    private static func statements(_ folder: URL) -> [Case] {
        let cases = folder.appendingPathComponent("spark-4.1-sql-tests/cases")
        guard let paths = FileManager.default.enumerator(at: cases, includingPropertiesForKeys: nil) else { return [] }
        let files = paths.compactMap { $0 as? URL }.filter { $0.pathExtension == "jsonl" }
        return files.sorted { $0.path < $1.path }.flatMap(read).filter { statement in
            !otherSettings.keys.contains { statement.file.hasPrefix($0) }
        }
    }

    private static func tables(_ folder: URL) -> [String: ColumnBatch] {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent("builtin-tables.json")),
            let described = try? JSONSerialization.jsonObject(with: data) as? [String: [String: Any]]
        else { return [:] }
        var tables: [String: ColumnBatch] = [:]
        for (name, table) in described {
            guard let ddl = table["schema"] as? String, let schema = try? Schema(parsingDDL: ddl) else { continue }
            var lines: [[String]] = []
            if name == "testdata" {
                lines = (1...100).map { ["\($0)", "\($0)"] }
            } else if let file = table["file"] as? String,
                let text = try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            {
                lines = text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
            }
            if lines.isEmpty || lines.contains(where: { $0.count != schema.fields.count }) { continue }
            var errors = RowErrors()
            let columns = schema.fields.indices.map { index in
                let texts = Column(.string, lines.map { Value.string($0[index]) })
                return Cast.apply(texts, to: schema.fields[index].type, mode: .ansi, errors: &errors)
            }
            if errors.isEmpty { tables[name] = ColumnBatch(schema: schema, columns: columns, rowCount: lines.count) }
        }
        return tables
    }

    private static let archive: URL = {
        let environment = ProcessInfo.processInfo.environment["MILLRACE_CONFORMANCE"]
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder =
            environment.map { URL(fileURLWithPath: $0) }
            ?? package.deletingLastPathComponent().appendingPathComponent("shared/conformance")
        return folder.appendingPathComponent("sql/spark-4.1-sql-tests.tar.zst")
    }()

    private static func unpacked() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spark-corpus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "--zstd", "-xf", archive.path, "-C", folder.path]
        try tar.run()
        tar.waitUntilExit()
        return folder
    }

    private static func read(_ file: URL) -> [Case] {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let file = object["file"] as? String, let index = object["index"] as? Int,
                let sql = object["sql"] as? String
            else { return nil }
            return Case(
                file: file, index: index, sql: sql, schema: object["schema"] as? String ?? "",
                output: object["error"] == nil ? object["output"] as? [String] : nil,
                errorClass: object["error_class"] as? String ?? (object["error"] as? String ?? ""))
        }
    }
}
