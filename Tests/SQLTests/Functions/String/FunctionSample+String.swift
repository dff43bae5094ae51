// SPDX-License-Identifier: Apache-2.0
import Columnar

extension FunctionSample {
    /// Samples of every family.
    static let all: [FunctionSample] = strings + regularExpressions + hashes + arrays + maps + json

    static let texts: [Value] = [
        "Spark SQL", "", nil, "ÀÉß straße", "ὈΔΥΣΣΕΎΣ", "日本語 text", "a,b,c", "  padded  ", "4111111111111111",
        "ab\u{1F600}cd",
        "Spark SQL",
    ]
    private static let one = texts.map { [$0] }
    private static let pairs: [[Value]] = [
        ["Spark SQL", "ark"], ["Spark SQL", ""], ["", ""], ["", "a"], [nil, "a"], ["a", nil], ["日本語日本", "本"],
        ["aaa", "aa"],
        ["abcb", "cb"], ["ab,c", "c,ab,c"], ["xyxTomyx", "xy"], ["Spark SQL", "SQL"], ["Spark SQL", "Spark SQL!"],
    ]
    private static let urls: [[Value]] = [
        ["http://user@spark.apache.org:80/path?query=1&k=v#Ref", "HOST"], ["http://spark.apache.org/a b", "HOST"],
        ["relative/path", "PATH"], [nil, "HOST"], ["http://h/p", "NONE"], ["http://h/p", nil],
    ]

    private static func withInts(_ numbers: [Value]) -> [[Value]] {
        texts.enumerated().map { [$0.element, numbers[$0.offset % numbers.count]] }
    }

    private static let unary: [FunctionSample] = [
        "length", "octet_length", "bit_length", "ascii", "luhn_check", "upper", "lower", "initcap", "trim", "ltrim",
        "rtrim", "btrim", "reverse", "quote", "soundex", "url_encode", "url_decode", "try_url_decode", "unbase64",
        "base64", "is_valid_utf8", "make_valid_utf8", "validate_utf8", "try_validate_utf8", "mask",
    ].map { FunctionSample($0, [.string], one) }

    private static let binary: [FunctionSample] = [
        "trim", "btrim", "contains", "startswith", "endswith", "instr", "locate", "find_in_set", "replace", "concat",
        "concat_ws", "levenshtein", "like", "ilike",
    ].map { FunctionSample($0, [.string, .string], pairs) }

    private static let numbered: [FunctionSample] = [
        FunctionSample("left", [.string, .int], withInts([2, 0, -1, 100, nil])),
        FunctionSample("right", [.string, .int], withInts([2, 0, -1, 100, nil])),
        FunctionSample("repeat", [.string, .int], withInts([2, 0, -1, 3, nil, .int(.max)])),
        FunctionSample("substring", [.string, .int], withInts([2, 0, -3, 100, nil])),
        FunctionSample(
            "substring", [.string, .int, .int],
            [
                ["Spark", 2, 3], ["日本語", -2, 1], ["abc", -5, 3], ["abc", 0, 2], [nil, 1, 1], ["abc", 1, nil],
                ["abc", 1, -1],
            ]),
        FunctionSample("substring", [.binary, .int], [[.binary([1, 2, 0x80]), 2], [.binary([1]), -5], [nil, 1]]),
        FunctionSample(
            "lpad", [.string, .int, .string], [["hi", 5, "日本"], ["hi", 1, "x"], ["hi", 5, ""], [nil, 1, "x"]]),
        FunctionSample(
            "rpad", [.string, .int, .string], [["hi", 5, "日本"], ["hi", 1, "x"], ["hi", 5, ""], ["a", nil, "x"]]),
        FunctionSample(
            "locate", [.string, .string, .int],
            [["a", "banana", 3], ["a", "banana", nil], [nil, "a", 1], ["", "a", 9]]),
        FunctionSample(
            "format_number", [.double, .int],
            [
                [.double(1234.5), 2], [.double(0), 0], [.double(.nan), 1], [nil, 1], [.double(2.5), nil],
                [.double(0.001), 1],
            ]),
        FunctionSample("space", [.int], [[3], [0], [-1], [nil], [.int(.max)]]),
        FunctionSample("chr", [.bigint], [[.bigint(65)], [.bigint(233)], [.bigint(-1)], [.bigint(256)], [nil]]),
        FunctionSample(
            "substring_index", [.string, .string, .int],
            [
                ["www.apache.org", ".", 2], ["www.apache.org", ".", -2], ["www", ".", 1], ["a", "", 1],
                ["aaa", "aa", 2],
                [nil, ".", 1],
            ]),
        FunctionSample(
            "split_part", [.string, .string, .int],
            [
                ["11.12.13", ".", 3], ["11.12.13", ".", -1], ["11.12.13", ".", 0], ["11.12.13", "", 1], ["a", ".", 4],
                [nil, ".", 1],
            ]),
        FunctionSample(
            "overlay", [.string, .string, .int],
            [["Spark SQL", "_", 6], ["日本語", "x", 2], ["Spark", "CORE", 0], [nil, "x", 1]]),
    ]

    static let strings: [FunctionSample] =
        unary + binary + numbered + [
            FunctionSample(
                "translate", [.string, .string, .string],
                [
                    ["AaBbCc", "abc", "123"], ["translate", "rnlt", "123"], ["日本", "本", "x"], [nil, "a", "b"],
                    ["ab", "", "x"],
                ]),
            FunctionSample(
                "elt", [.int, .string, .string],
                [[1, "scala", "java"], [2, "scala", nil], [3, "a", "b"], [nil, "a", "b"], [0, "a", "b"]]),
            FunctionSample(
                "encode", [.string, .string], [["abc", "UTF-16"], ["é", "US-ASCII"], ["é", "none"], [nil, "UTF-8"]]),
            FunctionSample(
                "decode", [.binary, .string],
                [
                    [.binary([0x61]), "UTF-8"], [.binary([0x80]), "US-ASCII"], [.binary([0xD8, 0]), "UTF-16"],
                    [nil, "UTF-8"],
                ]),
            FunctionSample(
                "format_string", [.string, .string, .int, .double], constants: [0],
                [
                    ["%s|%05d|%,.2f", "日本", 42, 1234.565], ["%s|%05d|%,.2f", nil, -1, .double(.nan)],
                    ["%s|%05d|%,.2f", "", nil, nil], ["%s|%05d|%,.2f", "x", 123_456, -0.005],
                ]),
            FunctionSample("to_binary", [.string], [["FF"], [""], ["GG"], [nil], ["123"]]),
            FunctionSample(
                "to_char", [.decimal(precision: 10, scale: 2), .string], constants: [1],
                [7812, 0, nil, -5, 99_999_999].map {
                    [$0 == nil ? .null : .decimal(Int128($0 ?? 0), scale: 2), "S$999,990.99"]
                }),
            FunctionSample(
                "try_to_number", [.string, .string], constants: [1],
                [["12,454.8-", "00,000.9MI"], ["x", "00,000.9MI"], [nil, "00,000.9MI"], ["1", "00,000.9MI"]]),
            FunctionSample("parse_url", [.string, .string], urls),
            FunctionSample("try_parse_url", [.string, .string], urls),
            FunctionSample(
                "concat_ws", [.string, .array(element: .string, containsNull: true), .string],
                [["-", ["a", nil, "b"], "c"], ["-", [], nil], [nil, ["a"], "b"], ["", nil, "x"]]),
        ]
}
