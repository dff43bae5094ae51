// SPDX-License-Identifier: Apache-2.0
import Columnar
import Formats
import JSONText
import StreamCore
import StreamTesting
import Testing

/// What other projects' parsers must accept and refuse.
@Suite(.disabled(if: FormatCorpus.isMissing, "no conformance corpora: set MILLRACE_CONFORMANCE"))
struct FormatConformanceTests {
    @Test func jsonTextsAreAcceptedAndRefusedAsTheSuiteSays() throws {
        let root = try #require(FormatCorpus.root)
        let folder = try FormatCorpus.unpack(root + "/json/jsontestsuite.tar.zst")
        let suite = folder.path + "/jsontestsuite/"
        // Each text stands where nothing is kept, and where it is kept as it is.
        let ignoring = try RecordDecoder(format: .json(JSONFormatOptions()), schema: Schema([Field("other", .int)]))
        let keeping = try RecordDecoder(format: .json(JSONFormatOptions()), schema: Schema([Field("v", .string)]))
        var counts = (accepted: 0, refused: 0)
        for item in try FormatCorpus.lines(suite + "cases.jsonl") {
            guard let file = item["file"]?.string, let expected = item["expect"]?.string else { continue }
            let text = Array(#"{"v":"#.utf8) + FormatCorpus.bytes(suite + file) + [UInt8(ascii: "}")]
            for decoder in [ignoring, keeping] {
                let decoded = try decoder.decode(records([text], separator: ""))
                #expect(decoded.rows.rowCount + decoded.malformed.count == 1, "\(file)")
                switch expected {
                case "accept": #expect(decoded.rows.rowCount == 1, "\(file): \(decoded.malformed)")
                case "reject": #expect(decoded.malformed.count == 1, "\(file)")
                default: continue
                }
            }
            if expected == "accept" { counts.accepted += 1 }
            if expected == "reject" { counts.refused += 1 }
        }
        #expect(counts.accepted > 50 && counts.refused > 80)
    }

    private func decode(_ bytes: [UInt8], names: [String], header: Bool) throws -> DecodedRecords {
        let format = RecordFormat.csv(CSVFormatOptions())
        let splitter = LineSplitter(format: format)
        let (records, _) = splitter.split(Buffer(bytes), at: 0, takesRest: true)
        let decoder = try RecordDecoder(format: format, schema: Schema(names.map { Field($0, .string) }))
        guard header else { return try decoder.decode(records) }
        try decoder.useHeader(CSVHeader.names(in: records.record(0), CSVFormatOptions()))
        let rest = 1..<records.count
        return try decoder.decode(
            RawRecords(
                bytes: records.bytes, starts: records.starts.slice(rest), ends: records.ends.slice(rest),
                positions: records.positions.slice(rest)))
    }

    @Test func csvFilesOfTheSpectrumAreTheirRecords() throws {
        let root = try #require(FormatCorpus.root) + "/csv/csv-spectrum/"
        for item in try FormatCorpus.lines(root + "cases.jsonl") {
            guard let file = item["file"]?.string, let expected = item["expected"]?.string else { continue }
            // The corpus expects another number there than the file holds.
            if file == "csvs/location_coordinates.csv" { continue }
            let document = try JSONValue(parsing: FormatCorpus.bytes(root + expected))
            let rows = document.elements ?? [document]
            let names = rows.first?.members?.map(\.name) ?? []
            let decoded = try decode(FormatCorpus.bytes(root + file), names: names, header: true)
            #expect(decoded.malformed.isEmpty, "\(file)")
            let wanted = rows.map { row in names.map { name in row[name]?.string.flatMap { $0.isEmpty ? nil : $0 } } }
            let found = decoded.rows.rows.map { row in
                row.map { value in if case .string(let text) = value, !text.isEmpty { text } else { String?.none } }
            }
            #expect(found == wanted, "\(file)")
        }
    }

    @Test func csvFilesOfSparkAreTheirRecords() throws {
        let root = try #require(FormatCorpus.root) + "/csv/spark-test-data/"
        for item in try FormatCorpus.lines(root + "cases.jsonl") {
            guard let file = item["file"]?.string, item["delimiter"]?.string == ",",
                let all = item["python_csv_rows"]?.elements
            else { continue }
            let rows = all.compactMap { $0.elements?.map { $0.string ?? "" } }.filter { $0 != [] }
            // Text behind a closing quote is taken by Python and malformed by RFC 4180.
            guard let width = rows.first?.count, file != "unescaped-quotes.csv" else { continue }
            let decoded = try decode(
                FormatCorpus.bytes(root + file), names: (0..<width).map { "c\($0)" }, header: false)
            let found = decoded.rows.rows.map { row in
                row.map { value in if case .string(let text) = value { text } else { "" } }
            }
            #expect(found == rows.filter { $0.count == width }, "\(file)")
            #expect(decoded.malformed.count == rows.filter { $0.count != width }.count, "\(file)")
        }
    }
}
