// SPDX-License-Identifier: Apache-2.0
import Foundation
import PipelineSpec
import Testing

struct ReferenceDocumentTests {
    @Test("docs/pipeline-json.md ends with what 'millrace schema --format markdown' prints")
    func pipelineReferenceIsUpToDate() throws {
        try compare("pipeline-json.md", made: "millrace schema --format markdown", with: PipelineSchema.reference)
    }

    @Test("docs/testing-pipelines.md ends with what 'millrace schema --for test --format markdown' prints")
    func testReferenceIsUpToDate() throws {
        try compare(
            "testing-pipelines.md", made: "millrace schema --for test --format markdown",
            with: PipelineSchema.testReference)
    }

    private func compare(_ name: String, made command: String, with reference: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/\(name)"), encoding: .utf8)
        let marker = "<!-- The rest is made by: \(command) -->\n\n"
        let start = try #require(text.range(of: marker))
        #expect(String(text[start.upperBound...]) == reference)
    }
}
