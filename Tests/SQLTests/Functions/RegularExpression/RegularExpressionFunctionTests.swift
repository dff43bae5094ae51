// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import Testing

extension FunctionSample {
    private static let pairs: [[Value]] = [
        ["100-200", "(\\d+)-(\\d+)"], ["abc", "b*"], ["", "a"], ["日本語日本", "本"], [nil, "a"], ["a", nil], ["a", "("],
        ["x-y", "(\\d+)-(\\d+)"], ["aaa", ""], ["", ""],
    ]

    static let regularExpressions: [FunctionSample] =
        ["rlike", "regexp_count", "regexp_substr", "regexp_instr", "split"].map {
            FunctionSample($0, [.string, .string], pairs)
        } + [
            FunctionSample(
                "regexp_extract", [.string, .string, .int],
                [
                    ["100-200", "(\\d+)-(\\d+)", 2], ["a", "(b)?", 1], ["a", "(a)", 2], ["a", "(a)", nil],
                    ["foo", "o(o)", 0],
                ]),
            FunctionSample(
                "regexp_extract_all", [.string, .string, .int],
                [["100-200,300-400", "(\\d+)-(\\d+)", 1], ["ab", "(b)?", 1], ["a", "(a)", 2], [nil, "(a)", 1]]),
            FunctionSample(
                "regexp_replace", [.string, .string, .string],
                [
                    ["100-200", "(\\d+)", "num"], ["abc", "(b)(c)", "$2$1"], ["abc", "(b)", "$2"],
                    ["abc", "(b)(c)", "$2$1"],
                    [nil, "a", "b"], ["日本", "本", "x"], ["aaa", "a*", "-"], ["a", "(", "x"],
                ]),
            FunctionSample(
                "regexp_replace", [.string, .string, .string, .int],
                [
                    ["aaa", "a", "b", 2], ["日本日本", "日", "x", 2], ["abc", "^b", "x", 2], ["a", "a", "b", 0],
                    ["a", "a", "b", 9],
                ]),
            FunctionSample(
                "split", [.string, .string, .int],
                [
                    ["aa1cc2ee3", "[1-9]+", 2], ["hello", "", 3], ["a,b,", ",", 0], ["", "", 1], [nil, ",", 1],
                    ["a", ",", nil],
                ]),
        ]
}

struct RegularExpressionFunctionTests {
    @Test func matchingAnywhere() throws {
        #expect(try call("rlike", "%SystemDrive%\\Users\\John", "%SystemDrive%\\\\Users.*") == true)
        #expect(try call("regexp", "abc", "^b") == false)
        #expect(try call("regexp_like", "日本語", "^.本.$") == true)
        #expect(try call("regexp_count", "Steven Jones and Stephen Smith are the best players", "Ste(v|ph)en") == 2)
        #expect(try call("regexp_count", "abcdefghijklmnopqrstuvwxyz", "[a-z]{3}") == 8)
        #expect(try call("regexp_substr", "Steven Jones and Stephen Smith", "Ste(v|ph)en") == "Steven")
        #expect(try call("regexp_substr", "abc", "x") == nil)
        #expect(try call("regexp_substr", "abc", "") == nil)
        #expect(try call("regexp_count", "aaa", "a*") == 2)
        #expect(try call("regexp_instr", "user@spark.apache.org", "@[^.]*") == 5)
        #expect(try call("regexp_instr", "日本語", "語") == 3)
    }

    @Test func groupsAreExtracted() throws {
        #expect(try call("regexp_extract", "100-200", "(\\d+)-(\\d+)", 1) == "100")
        #expect(try call("regexp_extract", "100-200", "(\\d+)-(\\d+)", 0) == "100-200")
        #expect(try call("regexp_extract", "100-200", "(\\d+)-(\\d+)") == "100")
        #expect(try call("regexp_extract", "foo", "(\\d+)") == "")
        #expect(try call("regexp_extract", "1a 2b 14m", "(?<number>\\d+)([a-z]+)", 2) == "a")
        #expect(try call("regexp_extract_all", "100-200, 300-400", "(\\d+)-(\\d+)", 1) == ["100", "300"])
        #expect(try call("regexp_extract_all", "a1b", "(\\d)?[a-z]", 1) == ["", "1"])
        #expect(
            refusal(
                "regexp_extract", FunctionArgument(.string, constant: nil), FunctionArgument(.string, constant: "(a)"),
                FunctionArgument(.int, constant: 2))
                == .argumentValue(index: 2, expected: "the number of a group, 0 to 1"))
    }

    @Test func replacementsNameGroups() throws {
        #expect(try call("regexp_replace", "100-200", "(\\d+)", "num") == "num-num")
        #expect(
            try call("regexp_replace", "healthy, wealthy, and wise", "(\\w+)thy", "$1XX") == "healXX, wealXX, and wise")
        #expect(try call("regexp_replace", "ab", "(?<x>a)(b)", "${x}$2\\$1") == "ab$1")
        #expect(try call("regexp_replace", "aaa", "a*", "-") == "--")
        #expect(try call("regexp_replace", "abc", "^b", "x", 2) == "axc")
        #expect(try call("regexp_replace", "abc", "$", "x") == "abcx")
        #expect(try call("regexp_replace", "a", "a", "b", 9) == "a")
        #expect(try call("regexp_replace", "aaa", "a", "b", 2) == "abb")
        #expect(try call("regexp_replace", "日本日本", "日", "x", 2) == "日本x本")
        #expect(
            refusal(
                "regexp_replace", FunctionArgument(.string, constant: nil), FunctionArgument(.string, constant: "(a)"),
                FunctionArgument(.string, constant: "$2"))
                == .argumentValue(index: 2, expected: "a replacement: there is no group 2"))
    }

    @Test func splittingKeepsTrailingEmptyParts() throws {
        #expect(try call("split", "aa1cc2ee3", "[1-9]+") == ["aa", "cc", "ee", ""])
        #expect(try call("split", "aa1cc2ee3", "[1-9]+", 2) == ["aa", "cc2ee3"])
        #expect(try call("split", "hello", "") == ["h", "e", "l", "l", "o"])
        #expect(try call("split", "hello", "", 1) == ["hello"])
        #expect(try call("split", "hello", "", 3) == ["h", "e", "llo"])
        #expect(try call("split", "hello", "", 100) == ["h", "e", "l", "l", "o"])
        #expect(try call("split", "", "") == [""])
        #expect(try call("split", "oneAtwoBthreeC", "[ABC]", -1) == ["one", "two", "three", ""])
        #expect(try call("split", "abc", "b?") == ["a", "", "c", ""])
        #expect(try call("split", ",a", ",") == ["", "a"])
        #expect(try call("split", "ab", "x*") == ["a", "b", ""])
        #expect(try call("split", "abc", nil) == nil)
    }

    @Test(
        "what RE2 lacks is refused by name",
        arguments: [
            ("(?=a)", "a look-ahead (at character 1)"), ("a(?<!b)", "a look-behind (at character 2)"),
            ("(a)\\1", "a back-reference (at character 4)"), ("a++", "a possessive quantifier (at character 3)"),
            ("a{2}+", "a possessive quantifier (at character 5)"), ("(?>a)", "an atomic group (at character 1)"),
            ("[a-z&&[b]]", "an intersection of character classes (at character 5)"),
        ])
    func unsupportedSyntaxIsRefused(pattern: String, name: String) {
        #expect(
            refusal(
                "rlike", FunctionArgument(.string, constant: nil), FunctionArgument(.string, constant: .string(pattern))
            )
                == .argumentValue(
                    index: 1, expected: "a regular expression that RE2 takes: \(name) is not supported"))
    }

    @Test(
        "Java's notations mean what they mean in Java",
        arguments: [
            ("\\p{Alpha}+", "ab1", "ab"), ("[\\p{Upper}x]+", "aABx", "ABx"), ("\\Qa.b\\E", "xa.b", "a.b"),
            ("\\u65e5", "日本", "日"), ("a\\h+b", "a \tb", "a \tb"), ("[]a]+", "x]a", "]a"),
            ("\\p{IsGreek}+", "aαβ", "αβ"),
            ("\\/\\d", "a/1", "/1"), ("\\x41", "A", "A"), ("(?i)ABC", "abc", "abc"), ("a+?", "aaa", "a"),
        ])
    func javaNotations(pattern: String, text: String, match: String) throws {
        #expect(try call("regexp_substr", .string(text), .string(pattern)) == .string(match))
    }
}
