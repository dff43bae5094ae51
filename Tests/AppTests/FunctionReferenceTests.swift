// SPDX-License-Identifier: Apache-2.0
import Foundation
import StreamTesting
import Testing

struct FunctionReferenceTests {
    @Test func theReferenceOfFunctionsIsWhatTheBinaryPrints() async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let document = try String(contentsOf: root.appending(path: "docs/functions.md"), encoding: .utf8)
        let printed = try await MillraceProcess.run(["functions", "--format", "markdown"], in: root)
        #expect(printed.status == 0)
        #expect(
            document.hasSuffix(printed.output),
            "docs/functions.md is out of date: put what 'millrace functions --format markdown' prints below its heading"
        )
    }
}
