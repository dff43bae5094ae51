// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore
import Testing

struct CSVRecordTests {
    private let fields = [
        Field("s", .string), Field("n", .bigint), Field("d", .double), Field("b", .boolean),
        Field("t", .timestamp), Field("m", .decimal(precision: 6, scale: 2)),
    ]

    private func decode(
        _ text: String, _ fields: [Field], _ options: CSVFormatOptions = CSVFormatOptions()
    ) throws -> DecodedRecords {
        let format = RecordFormat.csv(options)
        let (records, consumed) = LineSplitter(format: format).split(
            Buffer(Array(text.utf8)), at: 0, takesRest: true)
        #expect(consumed == text.utf8.count)
        return try RecordDecoder(format: format, schema: Schema(fields)).decode(records)
    }

    @Test func valuesAreConverted() throws {
        let decoded = try decode(
            "a,1,2.5,TRUE,2026-01-01 00:00:00,3.456\r\n,, ,,,\n\"\", -7 ,1e3,false,1767225600,+1\n", fields)
        #expect(
            decoded.rows.rows == [
                [
                    .string("a"), .bigint(1), .double(2.5), .boolean(true), .timestamp(1_767_225_600_000_000),
                    .decimal(346, scale: 2),
                ],
                [
                    .string(""), .bigint(-7), .double(1000), .boolean(false), .timestamp(1_767_225_600_000_000),
                    .decimal(100, scale: 2),
                ],
            ])
        #expect(decoded.malformed.map(\.message) == ["'d' is not a DOUBLE: found ' '"])
    }

    @Test func quotedFieldsHoldAnything() throws {
        let decoded = try decode(
            "\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\r\n\"\n'x',y", [Field("a", .string), Field("b", .string)])
        #expect(
            decoded.rows.rows == [
                [.string("a,b"), .string("say \"hi\"")], [.string("two\nlines"), .string("\r\n")],
                [.string("'x'"), .string("y")],
            ])
    }

    @Test func optionsChangeDelimiterQuoteAndNull() throws {
        var options = CSVFormatOptions()
        (options.delimiter, options.quote, options.nullValue) = (UInt8(ascii: ";"), UInt8(ascii: "'"), "NA")
        let decoded = try decode("'a;b';NA\n;'NA'\n", [Field("a", .string), Field("b", .string)], options)
        #expect(decoded.rows.rows == [[.string("a;b"), .null], [.string(""), .string("NA")]])
    }

    @Test func brokenRecordsCostOnlyThemselves() throws {
        let decoded = try decode("a,1\nb\nc,2,3\n\"d\"x,4\ne,five\nf,6\n", [Field("s", .string), Field("n", .int)])
        #expect(decoded.rows.rows == [[.string("a"), .int(1)], [.string("f"), .int(6)]])
        #expect(
            decoded.malformed.map(\.message) == [
                "the record has 1 fields where 2 are expected", "the record has 3 fields where 2 are expected",
                "not valid CSV at byte 3: a delimiter is expected after a quoted field",
                "'n' is not an INT: found 'five'",
            ])
    }

    @Test func aHeaderMapsColumnsByName() throws {
        let format = RecordFormat.csv(CSVFormatOptions())
        let decoder = try RecordDecoder(format: format, schema: Schema([Field("n", .int), Field("s", .string)]))
        let header = Buffer(Array("s, other ,\"n\"".utf8))
        try decoder.useHeader(CSVHeader.names(in: header, CSVFormatOptions()))
        let decoded = try decoder.decode(records(["x,y,1", "z,,2"]))
        #expect(decoded.rows.rows == [[.int(1), .string("x")], [.int(2), .string("z")]])
        let error = #expect(throws: PipelineError.self) { try decoder.useHeader(["s", "N"]) }
        #expect(error?.code == .schemaMismatch)
        #expect(error?.what == "the header has no column 'n'")
    }

    @Test func nestedColumnsAreRefused() throws {
        let fields = [Field("a", .array(element: .int, containsNull: true))]
        let error = #expect(throws: PipelineError.self) {
            try RecordDecoder(format: .csv(CSVFormatOptions()), schema: Schema(fields))
        }
        #expect(error?.code == .unsupported)
    }

    @Test func textAndRawRecordsAreOneColumn() throws {
        let bytes: [[UInt8]] = [Array("grün".utf8), [0xFF, 0], []]
        let text = try RecordDecoder(format: .text, schema: Schema([Field("value", .string)])).decode(records(bytes))
        #expect(text.rows.rows == [[.string("grün")], [.string("")]])
        #expect(text.malformed.map(\.message) == ["the record is not valid UTF-8 at byte 0"])
        let raw = try RecordDecoder(format: .raw, schema: Schema([Field("value", .binary)])).decode(records(bytes))
        #expect(raw.rows.rows == bytes.map { [.binary($0)] })
    }

    @Test func columnsThatTheSchemaLacksGoWhereTheDeclarationSays() throws {
        var options = CSVFormatOptions()
        options.header = true
        options.nullValue = "-"
        func rows(_ unknown: SourceDeclaration.UnknownFields) throws -> DecodedRecords {
            let decoder = try RecordDecoder(
                format: .csv(options), schema: Schema([Field("n", .bigint)]), unknownFields: unknown)
            try decoder.useHeader(["a\"b", "n", "_rescued"])
            return try decoder.decode(records(["x,1,-", "-,2,-", "\"q \"\"r\"\"\",3,\"-\"", "y,z,-"]))
        }
        #expect(try rows(.ignore).rows.rows == [[.bigint(1)], [.bigint(2)], [.bigint(3)]])
        for unknown in [SourceDeclaration.UnknownFields.rescue, .evolve] {
            let decoded = try rows(unknown)
            #expect(
                decoded.rows.rows == [
                    [.bigint(1), .string(#"{"a\"b":"x"}"#)], [.bigint(2), .null],
                    [.bigint(3), .string(#"{"a\"b":"q \"r\"","_rescued":"-"}"#)],
                ])
            #expect(decoded.malformed.map(\.recordIndex) == [3])
        }
        let rejected = try rows(.reject)
        #expect(rejected.rows.rows == [[.bigint(2)]])
        #expect(rejected.malformed.map(\.recordIndex) == [0, 2, 3])
    }

    @Test func aHeaderMayLackColumnsThatWereFoundLater() throws {
        var options = CSVFormatOptions()
        options.header = true
        let fields = [Field("n", .bigint), Field("_rescued", .string), Field("m", .double)]
        let decoder = try RecordDecoder(format: .csv(options), schema: Schema(fields), unknownFields: .evolve)
        try decoder.useHeader(["n"])
        #expect(try decoder.decode(records(["1"])).rows.rows == [[.bigint(1), .null, .null]])
        try decoder.useHeader(["m", "n"])
        #expect(try decoder.decode(records(["2.5,1"])).rows.rows == [[.bigint(1), .null, .double(2.5)]])
        #expect(throws: PipelineError.self) { try decoder.useHeader(["m"]) }
    }
}
