// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore
import Testing

struct JSONRecordTests {
    static let iot = [
        Field("device", .string, nullable: false), Field("ts", .timestamp, nullable: false),
        Field("temperature", .double), Field("humidity", .double), Field("site", .string), Field("seq", .bigint),
        Field("ok", .boolean),
    ]

    @Test func recordsBecomeRowsInTheirOrder() throws {
        let decoded = try decode(
            Self.iot,
            [
                #"{"device":"d-1","ts":"2026-01-01T00:00:00.250Z","temperature":21.37,"humidity":40,"site":"s","seq":1,"ok":true}"#,
                #" { "ok" : false , "seq" : -9223372036854775808 , "ts" : "2026-01-01 00:00:01+01:00" , "device" : "d\u002d2" } "#,
            ])
        #expect(decoded.malformed.isEmpty)
        #expect(decoded.recordIndices.array == [0, 1])
        #expect(
            decoded.rows.rows == [
                [
                    .string("d-1"), .timestamp(1_767_225_600_250_000), .double(21.37), .double(40), .string("s"),
                    .bigint(1), .boolean(true),
                ],
                [
                    .string("d-2"), .timestamp(1_767_222_001_000_000), .null, .null, .null, .bigint(.min),
                    .boolean(false),
                ],
            ])
    }

    @Test func aRecordOfSeveralObjectsGivesSeveralRows() throws {
        let decoded = try decode([Field("a", .int)], [#"[{"a":1},{"a":2}]"#, "[]", #"{"a":3}"#, #"[{"a":4},5]"#])
        #expect(decoded.rows.rows == [[.int(1)], [.int(2)], [.int(3)]])
        #expect(decoded.recordIndices.array == [0, 0, 2])
        #expect(decoded.malformed.map(\.recordIndex) == [3])
        #expect(decoded.malformed[0].message == "the record is not a JSON object: found the number 5")
    }

    @Test func nestedValuesKeepTheirShape() throws {
        let fields = [
            Field("s", .structure([Field("x", .int), Field("y", .array(element: .string, containsNull: true))])),
            Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
            Field("l", .array(element: .structure([Field("k", .bigint)]), containsNull: true)),
        ]
        let decoded = try decode(
            fields,
            [
                #"{"s":{"x":1,"y":["a",null,"b"]},"m":{"p":1.5,"q":null},"l":[{"k":1},null,{}]}"#,
                #"{"s":null,"m":{},"l":[]}"#,
                #"{"s":{"y":["x","#,
                #"{"s":{"y":[]},"l":[{"k":7}],"m":{"a":1,"b":2,"a":3}}"#,
            ])
        #expect(decoded.malformed.map(\.recordIndex) == [2])
        #expect(
            decoded.rows.rows == [
                [
                    .structure([.int(1), .array([.string("a"), .null, .string("b")])]),
                    .map([.init(.string("p"), .double(1.5)), .init(.string("q"), .null)]),
                    .array([.structure([.bigint(1)]), .null, .structure([.null])]),
                ],
                [.null, .map([]), .array([])],
                [
                    .structure([.null, .array([])]),
                    .map([.init(.string("b"), .double(2)), .init(.string("a"), .double(3))]),
                    .array([.structure([.bigint(7)])]),
                ],
            ])
    }

    @Test func theLastOfARepeatedNameWins() throws {
        let decoded = try decode(
            [Field("a", .int), Field("b", .string, nullable: false)],
            [#"{"a":1,"b":"x","a":2}"#, #"{"a":"wrong","b":null,"b":"y","a":3}"#, #"{"a":1,"b":"z","a":"wrong"}"#])
        #expect(decoded.rows.rows == [[.int(2), .string("x")], [.int(3), .string("y")]])
        #expect(decoded.malformed.map(\.recordIndex) == [2])
    }

    @Test func decimalsKeepAllTheirDigits() throws {
        let fields = [Field("d", .decimal(precision: 38, scale: 2)), Field("n", .decimal(precision: 5, scale: 2))]
        let decoded = try decode(
            fields,
            [
                #"{"d":123456789012345678901234567890123456.78,"n":"1.005"}"#, #"{"d":-0.005,"n":1e2}"#,
                #"{"d":0,"n":999.994}"#, #"{"n":999.995}"#,
            ])
        #expect(
            decoded.rows.rows == [
                [.decimal(12_345_678_901_234_567_890_123_456_789_012_345_678, scale: 2), .decimal(101, scale: 2)],
                [.decimal(-1, scale: 2), .decimal(10000, scale: 2)],
                [.decimal(0, scale: 2), .decimal(99999, scale: 2)],
            ])
        #expect(decoded.malformed.map(\.code) == [.numericOverflow])
    }

    @Test func numbersAreTimesInTheDeclaredUnit() throws {
        var options = JSONFormatOptions()
        options.timestampUnit = .milliseconds
        let decoded = try decode(
            [Field("t", .timestamp)], [#"{"t":1767225600250}"#, #"{"t":0.5}"#, #"{"t":-1.0005}"#], options: options)
        #expect(
            decoded.rows.rows == [[.timestamp(1_767_225_600_250_000)], [.timestamp(500)], [.timestamp(-1001)]])
        let seconds = try decode([Field("t", .timestamp)], [#"{"t":1767225600.25}"#, #"{"t":1e9}"#])
        #expect(seconds.rows.rows == [[.timestamp(1_767_225_600_250_000)], [.timestamp(1_000_000_000_000_000)]])
    }

    @Test func textIsKeptOfWhatIsNoString() throws {
        let decoded = try decode(
            [Field("s", .string)], [#"{"s":1.50}"#, #"{"s":{"a": [1, 2]} }"#, #"{"s":true}"#, #"{"s":null}"#])
        #expect(decoded.rows.rows == [[.string("1.50")], [.string(#"{"a": [1, 2]}"#)], [.string("true")], [.null]])
    }

    @Test func numbersThatAreNoneAreKnown() throws {
        let decoded = try decode(
            [Field("d", .double), Field("f", .float)],
            [#"{"d":"-Infinity","f":"INF"}"#, #"{"d":-Infinity,"f":0.1}"#, #"{"d":1e-400,"f":16777217.0}"#])
        #expect(decoded.malformed.isEmpty)
        #expect(
            decoded.rows.rows == [
                [.double(-.infinity), .float(.infinity)], [.double(-.infinity), .float(0.1)],
                [.double(0), .float(16777216)],
            ])
        let nan = try decode([Field("d", .double)], [#"{"d":"NaN"}"#, #"{"d":NaN}"#])
        #expect(nan.rows.rows.allSatisfy { if case .double(let number) = $0[0] { number.isNaN } else { false } })
    }

    @Test func unknownFieldsGoWhereTheDeclarationSays() throws {
        let fields = [Field("a", .int), Field("s", .structure([Field("x", .int)]))]
        let texts = [#"{"a":1,"b": {"c":[1]} ,"s":{"x":1,"y":"z"}}"#, #"{"a":2}"#]
        let rescued = try decode(fields, texts, unknownFields: .rescue)
        #expect(rescued.rows.schema.fields.map(\.name) == ["a", "s", "_rescued"])
        #expect(rescued.rows.columns[2].values == [.string(#"{"b":{"c":[1]},"s.y":"z"}"#), .null])
        let rejected = try decode(fields, texts, unknownFields: .reject)
        #expect(rejected.rows.rowCount == 1)
        #expect(rejected.malformed.map(\.message) == ["'b' is not in the schema"])
    }

    @Test func unknownFieldsAreShownToWhoWantsColumnsOfThem() throws {
        let decoder = try RecordDecoder(
            format: .json(.init()), schema: Schema([Field("a", .int)]), unknownFields: .evolve
        ) { rescued throws(PipelineError) in
            #expect(rescued.values == [.null, .string(#"{"b":2}"#)])
            throw PipelineError(.schemaGrew, "b")
        }
        #expect(try decoder.decode(records([#"{"a":1}"#])).rows.rows == [[.int(1), .null]])
        let error = #expect(throws: PipelineError.self) {
            try decoder.decode(records([#"{"a":1}"#, #"{"a":1,"b":2}"#]))
        }
        #expect(error?.code == .schemaGrew)
    }

    @Test func stringsThatRepeatAreADictionary() throws {
        let decoder = try RecordDecoder(
            format: .json(.init()), schema: Schema([Field("s", .string), Field("u", .string)]))
        for batch in 0..<3 {
            let texts = (0..<5000).map { #"{"s":"site-\#($0 % 20)","u":"unique-\#(batch)-\#($0)"}"# }
            let rows = try decoder.decode(records(texts)).rows
            guard case .dictionary(_, let values) = rows.columns[0].storage else {
                Issue.record("no dictionary")
                return
            }
            #expect(values.count == 20)
            if case .dictionary = rows.columns[1].storage { Issue.record("unique texts have no dictionary") }
            #expect(rows.columns[0].value(at: 4999) == .string("site-19"))
            #expect(rows.columns[1].values == (0..<5000).map { .string("unique-\(batch)-\($0)") })
        }
    }
}
