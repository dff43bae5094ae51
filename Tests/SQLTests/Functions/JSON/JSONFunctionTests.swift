// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import Testing

extension FunctionSample {
    private static let documents: [[Value]] = [
        ["{\"a\":1,\"b\":[1,{\"c\":\"x\\u00e9\"}]}"], ["[1,2,3]"], [""], [nil], ["{\"a\":"],
        ["{\"a\":\"\\ud83d\\ude00\"}"], ["[]"],
        ["null"], ["{\"a\":\"x\",\"b\":[1,null]}"], ["{\"b\":[\"y\"],\"a\":2} z"],
    ]
    private static let tree = DataType.structure([
        Field("a", .int), Field("b", .array(element: .string, containsNull: true)),
        Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
    ])

    static let json: [FunctionSample] =
        ["json_array_length", "json_object_keys"].map { FunctionSample($0, [.string], documents) }
        + [FunctionSample("schema_of_json", [.string], constants: [0], [[#"{"a":[1]}"#], [#"{"a":[1]}"#]])]
        + ["$", "$.a", "$.b[*]", "$.b[1].c", "x"].map { path in
            FunctionSample("get_json_object", [.string, .string], documents.map { $0 + [.string(path)] })
        }
        + ["a INT, b ARRAY<STRING>", "ARRAY<INT>", "MAP<STRING, STRING>"].map { schema in
            FunctionSample("from_json", [.string, .string], constants: [1], documents.map { $0 + [.string(schema)] })
        } + [
            FunctionSample(
                "to_json", [tree],
                [
                    [.structure([1, ["x", nil], map(("k", 1.5))])], [nil], [.structure([nil, nil, nil])],
                    [.structure([2, [], .map([])])],
                ])
        ]
}

/// Expected values are what Spark 4.1 answers.
struct JSONFunctionTests {
    @Test(
        "paths find what Spark finds",
        arguments: [
            (
                #"{"a":1.10,"b":1e2,"c":12345678901234567890123,"d":-0}"#, "$",
                #"{"a":1.1,"b":100.0,"c":12345678901234567890123,"d":0}"#
            ),
            (#"{"a":1.10}"#, "$.a", "1.1"), (#"{"a":"x\u00e9\n\"y"}"#, "$.a", "xé\n\"y"),
            (#"{"a":{"b" : "x\u00e9\n\"y\/", "c" : [ 1 , null ] } }"#, "$.a", #"{"b":"xé\n\"y/","c":[1,null]}"#),
            (#"{"a":null}"#, "$.a", nil), (#"{"a":[1,{"b":2}]}"#, "$.a[1].b", "2"),
            (#"[{"a":1},{"a":2},{"b":3}]"#, "$[*].a", "[1,2]"), (#"[{"a":"x"},{"b":2}]"#, "$[*].a", #""x""#),
            ("[[1,2],[3]]", "$[*][*]", "[1,2,3]"), (#"{"x":[{"y":[1,2]},{"y":[3]}]}"#, "$.x[*].y[*]", "[[1,2],[3]]"),
            (#"{"x":[{"y":[1,2]},{"y":[3]}]}"#, "$.x[0].y[*]", "[1,2]"), (#"{"a":1,"b":2}"#, "$.*", nil),
            (#"{"a.b":1}"#, "$['a.b']", "1"), (#"{"a":1}"#, "a", nil), (#"{"a":1}"#, "$a", nil),
            (#"{"a":1}"#, "$.", nil),
            (#"{"a":1} x"#, "$.a", "1"), (#"{"a":1,"#, "$.a", nil), ("{'a':'b'}", "$.a", "b"), ("[1,2]", "$[5]", nil),
            (#""s""#, "$", "s"), ("", "$", nil), (#"{"a":1,"a":2}"#, "$.a", "1"), (#"{"A":1}"#, "$.a", nil),
            ("null", "$", "null"),
            (#"{"a":[]}"#, "$.a[*]", nil), (#"{"a":[null,1]}"#, "$.a[*]", "[null,1]"),
            (#"{"a":[null,1]}"#, "$.a[0]", "null"),
            (#"{"a":["x","y"]}"#, "$.a[0]", "x"), (#"{"a":["x","y"]}"#, "$.a[*]", #"["x","y"]"#),
            (#"{"a":["x"]}"#, "$.a[*]", #""x""#),
            (#"{"a b":1}"#, "$.a b", "1"), (#"{"a":1}"#, "$[a]", nil), (#"{"a":1}"#, "$.a.b", nil),
        ] as [(String, String, String?)])
    func paths(text: String, path: String, expected: String?) throws {
        #expect(try call("get_json_object", .string(text), .string(path)) == (expected.map { .string($0) } ?? .null))
    }

    @Test func arraysAndObjectsAreMeasured() throws {
        #expect(try call("json_array_length", #"[1,2,3,{"f1":1},[5,6]]"#) == 5)
        #expect(try call("json_array_length", "[1,2") == nil)
        #expect(try call("json_array_length", #"{"a":1}"#) == nil)
        #expect(try call("json_array_length", "[]") == 0)
        #expect(try call("json_array_length", "[1] x") == 1)
        #expect(try call("json_object_keys", #"{"f1":"abc","f2":{"f3":"a"}}"#) == ["f1", "f2"])
        #expect(try call("json_object_keys", "{") == nil)
        #expect(try call("json_object_keys", "{}") == [])
        #expect(try call("json_object_keys", #"{"a":1,"a":2}"#) == ["a", "a"])
    }

    @Test(
        "texts are read by a schema, what does not fit being NULL",
        arguments: [
            (#"{"a":1, "b":0.8}"#, "a INT, b DOUBLE", .structure([1, 0.8])),
            (#"{"a":"x","b":1}"#, "a INT, b STRING", .structure([nil, "1"])), (#"{"a":1"#, "a INT", .structure([nil])),
            ("", "a INT", nil), ("[{\"a\":1}]", "a INT", .structure([nil])), (#"{"A":1}"#, "a INT", .structure([nil])),
            (#"{"a":1} x"#, "a INT", .structure([1])), ("1", "a INT", .structure([nil])),
            ("null", "a INT", .structure([nil])),
            (#"{"a":1.0}"#, "a INT", .structure([nil])), (#"{"a":300}"#, "a TINYINT", .structure([nil])),
            (#"{"a":true}"#, "a STRING", .structure(["true"])),
            (#"{"a":{"x": 1.10}}"#, "a STRING", .structure([#"{"x":1.1}"#])),
            (#"{"a":"1.5"}"#, "a DOUBLE", .structure([nil])),
            (#"{"a":"-INF"}"#, "a FLOAT", .structure([.float(-.infinity)])),
            (#"{"a":1.255}"#, "a DECIMAL(5,2)", .structure([.decimal(126, scale: 2)])),
            (#"{"a":12345}"#, "a DECIMAL(5,2)", .structure([nil])), (#"{"a":1}"#, "a BOOLEAN", .structure([nil])),
            (#"{"a":"2024-02-29"}"#, "a DATE", .structure([.date(19782)])),
            (#"{"a":"2024-02-29T12:00:00.5Z"}"#, "a TIMESTAMP", .structure([.timestamp(1_709_208_000_500_000)])),
            (#"{"a":1700000000}"#, "a TIMESTAMP", .structure([.timestamp(1_700_000_000_000_000)])),
            (#"{"a":"YWJj"}"#, "a BINARY", .structure([.binary(Array("abc".utf8))])),
            (#"{"a":[1,null,"x"],"b":2}"#, "a ARRAY<INT>, b INT", .structure([nil, 2])),
            (#"{"a":{"k":1,"l":null}}"#, "a MAP<STRING,INT>", .structure([map(("k", 1), ("l", nil))])),
            (#"{"a":{"x":1,"y":"z"},"b":5}"#, "a STRUCT<x:INT,y:INT>, b INT", .structure([.structure([1, nil]), 5])),
            ("[1,2,3]", "ARRAY<INT>", [1, 2, 3]),
            (#"[{"a":1},{"a":2}]"#, "ARRAY<STRUCT<a:INT>>", [.structure([1]), .structure([2])]),
            (#"{"a":1}"#, "ARRAY<STRUCT<a:INT>>", [.structure([1])]), (#"[1,"x"]"#, "ARRAY<INT>", nil),
            (#"{"k":"x"}"#, "MAP<STRING,INT>", nil), (#"{"a":1,"a":2}"#, "a INT", .structure([2])),
            (#"{"a":5,"b":"q"}"#, "a STRING NOT NULL, b INT NOT NULL", .structure(["5", nil])),
        ] as [(String, String, Value)])
    func reading(text: String, schema: String, expected: Value) throws {
        #expect(try call("from_json", .string(text), .string(schema)) == expected)
    }

    @Test func valuesAreWritten() throws {
        func written(_ type: DataType, _ value: Value) throws -> [Value] {
            try Harness.evaluate("to_json", types: [type], rows: [[value]]).values
        }
        let all = DataType.structure([
            Field("a", .int), Field("b", .int), Field("c", .string), Field("d", .double),
            Field("g", .decimal(precision: 3, scale: 2)),
            Field("h", .boolean), Field("i", .binary), Field("j", .date), Field("k", .timestamp),
            Field("l", .timestampNTZ),
        ])
        let row = Value.structure([
            1, nil, "x\"\\\n\u{1}é/😀", .double(1e20), .decimal(150, scale: 2), true, .binary([1, 2]), .date(19782),
            .timestamp(1_709_208_000_500_000), .timestampNTZ(1_709_208_000_000_000),
        ])
        #expect(
            try written(all, row) == [
                .string(
                    #"{"a":1,"c":"x\"\\\n\u0001é/😀","d":1.0E20,"g":1.50,"h":true,"i":"AQI=","j":"2024-02-29","#
                        + #""k":"2024-02-29T12:00:00.500Z","l":"2024-02-29T12:00:00.000"}"#)
            ])
        #expect(try call("to_json", [1, nil, 2]) == "[1,null,2]")
        #expect(try call("to_json", map((1, "v"), (2, nil))) == #"{"1":"v","2":null}"#)
        #expect(
            refusal("to_json", FunctionArgument(.string, constant: nil))
                == .argumentType(index: 0, expected: "STRUCT, ARRAY or MAP"))
    }
}
