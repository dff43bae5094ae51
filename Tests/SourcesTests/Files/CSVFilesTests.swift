// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

struct CSVFilesTests {
    private func fixture() -> FilesFixture {
        var options = CSVFormatOptions()
        options.header = true
        return FilesFixture(schema: [Field("n", .bigint), Field("s", .string)], format: .csv(options))
    }

    @Test func theHeaderNamesTheColumnsOfEachFile() async throws {
        let fixture = fixture()
        try fixture.write("a.csv", "\u{FEFF}s,n\nx,1\n")
        try fixture.write("b.csv", "n,other,s\n2,,y\n")
        let rows = try await fixture.epoch().flatMap { $0.rows.rows }
        #expect(rows == [[.bigint(1), .string("x")], [.bigint(2), .string("y")]])
    }

    @Test func quotedLineEndsDoNotEndARecordWhateverTheLimits() async throws {
        let text = "n,s\n" + (0..<50).map { "\($0),\"line\nof \"\"\($0)\"\"\"\n" }.joined()
        for limits in [EpochLimits(), EpochLimits(records: 3), EpochLimits(bytes: 40), EpochLimits(bytes: 1)] {
            let fixture = fixture()
            try fixture.write("a.csv", text)
            var rows: [[Value]] = []
            for _ in 0..<100 {
                let batches = try await fixture.epoch(limits)
                rows += batches.flatMap { $0.rows.rows }
                #expect(batches.allSatisfy { $0.malformed.isEmpty })
                // A new object after each epoch, as after a crash, has to find the header again.
                fixture.restart()
            }
            #expect(rows == (0..<50).map { [.bigint($0), .string("line\nof \"\($0)\"")] })
        }
    }

    @Test func anOpenQuoteWaitsForItsEnd() async throws {
        let fixture = fixture()
        try fixture.write("a.csv", "n,s\n1,a\n2,\"b\n")
        #expect(try await fixture.values() == bigints([1]))
        try fixture.append("a.csv", "c\"\n3,d\n")
        #expect(try await fixture.values() == bigints([2, 3]))
    }

    @Test func aHeaderWithoutADeclaredColumnIsAnError() async throws {
        let fixture = fixture()
        try fixture.write("a.csv", "n,t\n1,x\n")
        let error = await #expect(throws: PipelineError.self) { try await fixture.values() }
        #expect(error?.code == .schemaMismatch)
        #expect(error?.description.contains("'s'") == true)
        #expect(error?.description.contains("a.csv") == true)
    }
}
