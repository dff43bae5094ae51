// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamTesting

/// A folder with a pipeline that counts records per key and minute, and what a user does there.
struct StatefulWorkspace {
    let folder = ProjectFolder()

    /// Writes `p.json`; each file of `in` is an epoch.
    func writePipeline(
        _ sql: String = "SELECT k, count(*) AS n FROM s GROUP BY k, window(ts, '1 minute')", transform: String = "t",
        columns: String = "k STRING, ts TIMESTAMP NOT NULL, v INT", out: String = "out", mode: String = "append"
    ) throws {
        try folder.write(
            """
            {"name": "p", "maxFilesPerEpoch": 1, "sources": {"s": {"type": "files", "path": "in", "schema": "\(columns)",
              "watermark": {"column": "ts", "delay": "1 minute"}}},
            "transforms": {"\(transform)": {"sql": "\(sql)", "outputMode": "\(mode)"}},
            "sinks": {"out": {"type": "files", "from": "\(transform)", "path": "\(out)"}},
            "deadLetters": {"type": "files", "path": "dead"}, "checkpoint": "state"}
            """, to: "p.json")
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "in"), withIntermediateDirectories: true)
    }

    /// Writes a file of records: key, second of the first minutes of 2026, value.
    func send(_ file: String, _ records: (key: String, second: Int, value: Int)...) throws {
        let lines = records.map { record in
            let (minute, second) = record.second.quotientAndRemainder(dividingBy: 60)
            let time = "2026-01-01T00:0\(minute):\(second < 10 ? "0" : "")\(second)Z"
            return #"{"k":"\#(record.key)","ts":"\#(time)","v":\#(record.value)}"# + "\n"
        }
        try folder.write(lines.joined(), to: "in/\(file).jsonl")
    }

    /// `millrace run p.json --available-now`.
    func run(_ arguments: String...) async throws -> MillraceProcess.Outcome {
        try await MillraceProcess.run(
            ["run", "p.json", "--available-now", "--progress", "none"] + arguments, in: folder.url)
    }

    /// The lines of all files of a folder, sorted; none without the folder.
    func rows(of path: String) throws -> [String] {
        let files =
            FileManager.default.enumerator(atPath: folder.url.appending(path: path).path)?
            .compactMap { $0 as? String } ?? []
        return try files.filter { $0.hasSuffix(".json") && !$0.hasPrefix("_") }.flatMap { file in
            try folder.read("\(path)/\(file)").split(separator: "\n").map(String.init)
        }.sorted()
    }
}
