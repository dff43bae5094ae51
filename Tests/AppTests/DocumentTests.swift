// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import StreamTesting
import Testing

/// Takes what documents show, and does it.
struct DocumentTests {
    private static var examples: [String] {
        let folder = ProjectFolder.project.appending(path: "examples")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.contains(".") && !$0.contains("kafka") }.sorted()
    }

    private let folder = ProjectFolder()

    /// The blocks of code in a document, by what stands behind their first ticks.
    private func blocks(_ document: String, _ language: String) throws -> [String] {
        let text = try String(contentsOf: ProjectFolder.project.appending(path: document), encoding: .utf8)
        var (blocks, block): ([String], [Substring]?) = ([], nil)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let lines = block { blocks.append(lines.joined(separator: "\n")) }
                block = block == nil && line == "```" + language ? [] : nil
            } else {
                block?.append(line)
            }
        }
        return blocks
    }

    @Test(arguments: ["README.md", "docs/pipeline-json.md"])
    func pipelinesAreValid(document: String) async throws {
        let pipelines = try blocks(document, "json").filter { $0.contains("\"sinks\"") }
        #expect(!pipelines.isEmpty)
        for pipeline in pipelines {
            try folder.write(pipeline, to: "pipeline.json")
            let outcome = try await folder.millrace("validate", "pipeline.json")
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        }
    }

    @Test func testOfAPipelinePasses() async throws {
        let test = try #require(try blocks("docs/testing-pipelines.md", "json").first)
        try folder.write(
            """
            {"name": "p", "sources": {"readings": {"type": "files", "path": "none", "schema": "device STRING, temperature DOUBLE"}},
            "transforms": {"warm": {"sql": "SELECT * FROM readings WHERE temperature >= 25"}},
            "sinks": {"warm": {"type": "delta", "from": "warm", "table": "none"}}}
            """, to: "pipeline.json")
        try folder.write(test, to: "warm.test.json")
        let outcome = try await folder.millrace("test", "warm.test.json")
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test(arguments: examples)
    func commandsOfAnExampleWork(example: String) async throws {
        try FileManager.default.copyItem(
            at: ProjectFolder.project.appending(path: "examples"), to: folder.url.appending(path: "examples"))
        let commands = try blocks("examples/\(example)/README.md", "").joined(separator: "\n").split(separator: "\n")
        #expect(commands.contains { $0.hasPrefix("millrace run examples/\(example)/pipeline.json") })
        let tools = MillraceProcess.binary.deletingLastPathComponent().path
        for command in commands {
            let outcome = try await MillraceProcess.run(
                program: "/bin/bash", ["-c", "cd '\(folder.url.path)' && PATH='\(tools)':$PATH && \(command)"])
            #expect(outcome.status == 0, "\(command): \(outcome.errors)")
        }
    }
}
