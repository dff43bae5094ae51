// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore
import Testing

/// Each broken record costs itself, says why, and leaves its neighbours alone.
struct MalformedRecordTests {
    static let fields = [
        Field("device", .string, nullable: false), Field("n", .bigint), Field("i", .smallint), Field("d", .double),
        Field("m", .decimal(precision: 5, scale: 2)), Field("t", .timestamp), Field("day", .date), Field("b", .boolean),
        Field("bin", .binary), Field("l", .array(element: .int, containsNull: false)),
        Field("o", .structure([Field("x", .int, nullable: false)])),
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let record: String
        let code: PipelineError.Code
        let message: String
        var testDescription: String { record }
        init(_ record: String, _ code: PipelineError.Code = .malformedRecord, _ message: String) {
            (self.record, self.code, self.message) = (record, code, message)
        }
    }

    static let cases: [Case] = [
        Case("", .malformedRecord, "the record is empty"),
        Case("   ", .malformedRecord, "the record is empty"),
        Case(
            #"{"device":"a","n":1"#, .malformedRecord,
            "not valid JSON: the record is cut off where ',' or '}' is expected"),
        Case(#"{"device":"a"#, .malformedRecord, "not valid JSON: the record ends inside a string"),
        Case(#"{"device":"#, .malformedRecord, "not valid JSON: the record is cut off where a JSON value is expected"),
        Case(
            #"{"device":"a"} x"#, .malformedRecord,
            "not valid JSON at byte 15: nothing more is expected after the JSON value, found 'x'"),
        Case(
            #"{"device":"a"}{"device":"b"}"#, .malformedRecord,
            #"not valid JSON at byte 14: nothing more is expected after the JSON value, found '{"device":"b…'"#),
        Case(
            #"{"device":"a",}"#, .malformedRecord,
            "not valid JSON at byte 14: a member name in double quotes is expected, found '}'"),
        Case(
            #"{"device":"a" "n":1}"#, .malformedRecord,
            #"not valid JSON at byte 14: ',' or '}' is expected, found '"n":1}'"#),
        Case(
            #"{"device":"a","n":01}"#, .malformedRecord,
            "not valid JSON at byte 18: a JSON value is expected, found '01}'"),
        Case(
            #"{'device':'a'}"#, .malformedRecord,
            "not valid JSON at byte 1: a member name in double quotes is expected, found ''device':'a'…'"),
        Case(
            "{\"device\":\"a\u{1}\"}", .malformedRecord,
            "not valid JSON: a string holds a control character that is not escaped"),
        Case(
            #"{"device":"\x"}"#, .malformedRecord,
            #"not valid JSON at byte 11: a JSON escape is expected, found '\x"}'"#),
        Case(
            #"{"device":"a","other":tru}"#, .malformedRecord,
            "not valid JSON at byte 22: a JSON value is expected, found 'tru}'"),
        Case("17", .malformedRecord, "the record is not a JSON object: found the number 17"),
        Case("null", .malformedRecord, "the record is not a JSON object: found null"),
        Case(#"{"n":1}"#, .missingValue, "'device' is missing and declared NOT NULL"),
        Case(#"{"device":null}"#, .missingValue, "'device' is null and declared NOT NULL"),
        Case(#"{"device":"a","n":"12"}"#, .malformedRecord, #"'n' is not a BIGINT: found the string "12""#),
        Case(#"{"device":"a","n":1.0}"#, .malformedRecord, "'n' is not a BIGINT: found the number 1.0"),
        Case(#"{"device":"a","n":1e3}"#, .malformedRecord, "'n' is not a BIGINT: found the number 1e3"),
        Case(
            #"{"device":"a","n":9223372036854775808}"#, .numericOverflow,
            "'n' does not fit a BIGINT: found the number 9223372036854775808"),
        Case(#"{"device":"a","i":40000}"#, .numericOverflow, "'i' does not fit a SMALLINT: found the number 40000"),
        Case(#"{"device":"a","d":1e999}"#, .numericOverflow, "'d' does not fit a DOUBLE: found the number 1e999"),
        Case(#"{"device":"a","d":"warm"}"#, .malformedRecord, #"'d' is not a DOUBLE: found the string "warm""#),
        Case(#"{"device":"a","m":1000}"#, .numericOverflow, "'m' does not fit a DECIMAL(5,2): found the number 1000"),
        Case(
            #"{"device":"a","t":"2026-02-30T00:00:00Z"}"#, .malformedRecord,
            #"'t' is not a TIMESTAMP: found the string "2026-02-30T00:00:00Z""#),
        Case(
            #"{"device":"a","day":"yesterday"}"#, .malformedRecord,
            #"'day' is not a DATE: found the string "yesterday""#),
        Case(#"{"device":"a","b":1}"#, .malformedRecord, "'b' is not a BOOLEAN: found the number 1"),
        Case(#"{"device":"a","bin":"*"}"#, .malformedRecord, #"'bin' is not a BINARY: found the string "*""#),
        Case(#"{"device":"a","l":[1,null]}"#, .missingValue, "'l[]' is null and declared NOT NULL"),
        Case(#"{"device":"a","l":{"x":1}}"#, .malformedRecord, "'l' is not an ARRAY: found an object"),
        Case(#"{"device":"a","o":{}}"#, .missingValue, "'o.x' is missing and declared NOT NULL"),
        Case(#"{"device":"a","o":[{"x":1}]}"#, .malformedRecord, "'o' is not a STRUCT: found an array"),
    ]

    private func check(_ found: DecodedRecords, _ case: Case) {
        #expect(found.malformed.map(\.recordIndex) == [1])
        #expect(found.malformed.map(\.code) == [`case`.code])
        #expect(found.malformed.map(\.message) == [`case`.message])
        #expect(found.recordIndices.array == [0, 2])
        #expect(found.rows.columns[0].values == [.string("before"), .string("after")])
        #expect(found.rows.columns[1].values == [.bigint(1), .bigint(2)])
        #expect(found.rows.columns[9].values == [.array([.int(1)]), .array([.int(2), .int(3)])])
    }

    @Test(arguments: cases)
    func costsOnlyItself(case: Case) throws {
        let texts = [
            #"{"device":"before","n":1,"l":[1],"b":true}"#, `case`.record,
            #"{"device":"after","n":2,"l":[2,3],"o":{"x":1}}"#,
        ]
        check(try decode(Self.fields, texts), `case`)
        let decoder = try RecordDecoder(format: .json(JSONFormatOptions()), schema: Schema(Self.fields))
        check(try decoder.decode(records(texts, separator: "")), `case`)
    }

    @Test func bytesThatAreNoTextAreSaidWithTheirPosition() throws {
        let bytes = Array(#"{"device":"a"#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let decoder = try RecordDecoder(format: .json(JSONFormatOptions()), schema: Schema(Self.fields))
        let found = try decoder.decode(
            records([Array(#"{"device":"x"}"#.utf8), bytes, Array(#"{"device":"y"}"#.utf8)]))
        #expect(found.malformed.map(\.message) == ["the record is not valid UTF-8 at byte 12"])
        #expect(found.rows.columns[0].values == [.string("x"), .string("y")])
    }

    @Test func nestingIsBounded() throws {
        let deep = String(repeating: "[", count: 100_000)
        let closed = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        let found = try decode([Field("a", .int)], [#"{"u":\#(deep)"#, #"{"u":\#(closed),"a":1}"#, #"{"a":2}"#])
        #expect(found.malformed.map(\.recordIndex) == [0, 1])
        #expect(found.rows.rows == [[.int(2)]])
    }
}
