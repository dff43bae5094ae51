// SPDX-License-Identifier: Apache-2.0
import Foundation
import PipelineSpec
import Testing

struct ReferenceDocumentTests {
    @Test("docs/pipeline-json.md ends with what 'millrace schema --format markdown' prints")
    func documentIsUpToDate() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/pipeline-json.md"), encoding: .utf8)
        let marker = "<!-- The rest is made by: millrace schema --format markdown -->\n\n"
        let start = try #require(text.range(of: marker))
        #expect(String(text[start.upperBound...]) == PipelineSchema.reference)
    }
}
