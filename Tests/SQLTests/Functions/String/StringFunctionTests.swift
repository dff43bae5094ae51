// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import Testing

struct StringFunctionTests {
    @Test func lengthsCountCodePointsOfTextAndBytesOfBinary() throws {
        #expect(try call("length", "Spark SQL ") == 10)
        #expect(try call("char_length", "日本語") == 3)
        #expect(try call("length", .binary([0x80, 0x81])) == 2)
        #expect(try call("octet_length", "日本語") == 9)
        #expect(try call("bit_length", "Spark SQL") == 72)
        #expect(try call("ascii", "222") == 50)
        #expect(try call("ascii", "é") == 233)
        #expect(try call("ascii", "") == 0)
        #expect(try call("char", .bigint(65)) == "A")
        #expect(try call("chr", .bigint(321)) == "A")
        #expect(try call("chr", .bigint(-9)) == "")
    }

    @Test func caseFollowsUnicode() throws {
        #expect(try call("upper", "SparkSql") == "SPARKSQL")
        #expect(try call("ucase", "straße ÿ") == "STRASSE Ÿ")
        #expect(try call("lower", "SparkSql ÀÉ") == "sparksql àé")
        #expect(try call("lower", "ὈΔΥΣΣΕΎΣ") == "ὀδυσσεύς")
        #expect(try call("lower", "ΑΣ ΑΣ.Β Σ İ") == "ας ασ.β σ i̇")
        #expect(try call("initcap", "ßa İstanbul 1abc-def") == "Ssa İstanbul 1abc-def")
        #expect(try call("initcap", "sPark sql ǆa") == "Spark Sql ǅa")
    }

    @Test func trimmingTakesBlanksOrAnyCharacterOfASet() throws {
        #expect(try call("trim", "    SparkSQL   ") == "SparkSQL")
        #expect(try call("trim", "\t x \n") == "\t x \n")
        #expect(try call("trim", "SL", "SSparkSQLS") == "parkSQ")
        #expect(try call("ltrim", "xyz", "zzzytestxyz") == "testxyz")
        #expect(try call("rtrim", "xy", "TURNERyxXxy") == "TURNERyxX")
        #expect(try call("btrim", "SSparkSQLS", "SL") == "parkSQ")
        #expect(try call("btrim", "日本x日", "日") == "本x")
        let text = Value.binary(Array("yxTomxx".utf8))
        #expect(try call("btrim", text, .binary(Array("xyz".utf8))) == .binary(Array("Tom".utf8)))
    }

    @Test func paddingFillsOrCuts() throws {
        #expect(try call("lpad", "hi", 5, "??") == "???hi")
        #expect(try call("lpad", "hi", 1, "??") == "h")
        #expect(try call("lpad", "hi", 5) == "   hi")
        #expect(try call("rpad", "hi", 5, "ab") == "hiaba")
        #expect(try call("lpad", "hi", 5, "") == "hi")
        #expect(try call("lpad", .binary([0xAA, 0xBB]), 5) == .binary([0, 0, 0, 0xAA, 0xBB]))
        #expect(
            try call("rpad", .binary([0xAA]), 6, .binary([0x1F, 0x2E]))
                == .binary([0xAA, 0x1F, 0x2E, 0x1F, 0x2E, 0x1F]))
        #expect(try call("repeat", "123", 2) == "123123")
        #expect(try call("space", 2) == "  ")
        #expect(try failure("repeat", "123", .int(.max)) == .memoryExceeded)
    }

    @Test func concatenationKeepsNullsAndConcatWsLeavesThemOut() throws {
        #expect(try call("concat", "Spark", "SQL") == "SparkSQL")
        #expect(try call("concat", "Spark", nil) == nil)
        #expect(try call("concat", .binary([1]), .binary([2])) == .binary([1, 2]))
        #expect(try call("||", "a", "b") == "ab")
        #expect(try call("concat_ws", " ", "Spark", "SQL") == "Spark SQL")
        #expect(try call("concat_ws", "s") == "")
        #expect(try call("concat_ws", "/", "foo", nil, "bar") == "foo/bar")
        #expect(try call("concat_ws", nil, "Spark", "SQL") == nil)
        #expect(try call("elt", 1, "scala", "java") == "scala")
        #expect(try failure("elt", 3, "scala", "java") == .invalidIndex)
        #expect(refusal("concat_ws") == .argumentCount(expected: "1 or more"))
    }

    @Test func substringsCountFromOneAndFromTheEnd() throws {
        #expect(try call("substring", "Spark SQL", 5) == "k SQL")
        #expect(try call("substr", "Spark SQL", -3) == "SQL")
        #expect(try call("substring", "Spark SQL", 5, 1) == "k")
        #expect(try call("substring", "abc", 0, 2) == "ab")
        #expect(try call("substring", "abc", -5, 3) == "a")
        #expect(try call("substring", "日本語", 2, 1) == "本")
        #expect(try call("substring", .binary(Array("Spark SQL".utf8)), 5) == .binary(Array("k SQL".utf8)))
        #expect(try call("left", "abcd", 2) == "ab")
        #expect(try call("left", "abcd", -2) == "")
        #expect(try call("right", "abcd", 2) == "cd")
        #expect(try call("right", "abcd", 5) == "abcd")
        #expect(try call("right", nil, -2) == nil)
    }

    @Test func partsBySeparatorAndReplacedByPosition() throws {
        #expect(try call("substring_index", "www.apache.org", ".", 2) == "www.apache")
        #expect(try call("substring_index", "www.apache.org", ".", -1) == "org")
        #expect(try call("split_part", "11.12.13", ".", 3) == "13")
        #expect(try call("split_part", "11.12.13", ".", -3) == "11")
        #expect(try call("split_part", "11.12.13", "", 1) == "11.12.13")
        #expect(try call("split_part", "11.12.13", ".", 5) == "")
        #expect(try failure("split_part", "11.12.13", ".", 0) == .invalidIndex)
        #expect(try call("overlay", "Spark SQL", "_", 6) == "Spark_SQL")
        #expect(try call("overlay", "Spark SQL", "ANSI ", 7, 0) == "Spark ANSI SQL")
        #expect(try call("overlay", "Spark", "CORE", 0) == "CORErk")
        #expect(try call("overlay", "Spark", "CORE", -3) == "CORESpark")
        #expect(try call("overlay", "Spark", "X", 10) == "SparkX")
        #expect(try call("substring_index", "aaa", "aa", 2) == "a")
        #expect(try call("split_part", "aXXXb", "XX", 2) == "Xb")
        #expect(try call("overlay", "Spark SQL", "tructured", 2, 4) == "Structured SQL")
    }

    @Test func searchesCountCodePoints() throws {
        #expect(try call("instr", "SparkSQL", "SQL") == 6)
        #expect(try call("instr", "日本語", "語") == 3)
        #expect(try call("locate", "bar", "foobarbar") == 4)
        #expect(try call("locate", "bar", "foobarbar", 5) == 7)
        #expect(try call("locate", "bar", "foobarbar", nil) == 0)
        #expect(try call("position", nil, "foobarbar") == nil)
        #expect(try call("contains", "Spark SQL", "SPARK") == false)
        #expect(try call("startswith", "Spark SQL", "Spa") == true)
        #expect(try call("endswith", "Spark SQL", "QL") == true)
        #expect(try call("contains", .binary([1, 2]), .binary([])) == true)
        #expect(try call("find_in_set", "ab", "abc,b,ab,c,def") == 3)
        #expect(try call("find_in_set", "a,b", "a,b") == 0)
        #expect(try call("find_in_set", "", "a,") == 2)
        #expect(try call("find_in_set", "", "a") == 0)
        #expect(try call("locate", "", "abc", 9) == 1)
    }

    @Test func replacingTranslatingAndReversing() throws {
        #expect(try call("replace", "ABCabc", "abc", "DEF") == "ABCDEF")
        #expect(try call("replace", "abc", "b") == "ac")
        #expect(try call("replace", "abc", "", "x") == "abc")
        #expect(try call("translate", "AaBbCc", "abc", "123") == "A1B2C3")
        #expect(try call("translate", "translate", "rnlt", "123") == "1a2s3ae")
        #expect(try call("reverse", "Spark SQL 日本") == "本日 LQS krapS")
        #expect(try call("quote", "Don't") == "'Don\\'t'")
    }

    @Test func maskingKeepsTheShape() throws {
        #expect(try call("mask", "AbCD123-@$#") == "XxXXnnn-@$#")
        #expect(try call("mask", "AbCD123-@$#", "Q", "q", "d", "o") == "QqQQdddoooo")
        #expect(try call("mask", "AbCD123-@$#", nil, "q", "d", "o") == "AqCDdddoooo")
        #expect(
            refusal("mask", FunctionArgument(.string, constant: nil), FunctionArgument(.string, constant: "Qa"))
                == .argumentValue(index: 1, expected: "a literal of one character, or NULL"))
    }

    @Test(
        "LIKE matches the whole text",
        arguments: [
            ("Spark", "_park", true), ("Spark", "S%", true), ("Spark", "%k", true), ("Spark", "%ar%", true),
            ("Spark", "Spark", true), ("Spark", "S%r_", true), ("Spark", "S%r", false), ("a\nb", "a_b", true),
            ("日本語", "__語", true), ("日本語", "_語", false), ("", "%", true), ("", "_", false), ("aXbXc", "a%X%c", true),
            ("aab", "%ab", true), ("abab", "%ab_", false), ("100%", "100\\%", true), ("100x", "100\\%", false),
            ("a%b", "a%%b", true), ("mississippi", "%is%pi", true), ("mississippi", "m%iss%ip_i", true),
        ])
    func likeMatches(text: String, pattern: String, expected: Bool) throws {
        #expect(try call("like", .string(text), .string(pattern)) == .boolean(expected))
        let rows = try Harness.evaluate("like", types: [.string, .string], rows: [[.string(text), .string(pattern)]])
        #expect(rows.values == [.boolean(expected)])
    }

    @Test func likeTakesAnEscapeAndRefusesBrokenPatterns() throws {
        #expect(try call("like", "50%", "50/%", "/") == true)
        #expect(try call("ilike", "SPARK ÀÉ", "spark à_") == true)
        #expect(try call("like", "SPARK", "spark") == false)
        let broken = refusal(
            "like", FunctionArgument(.string, constant: nil), FunctionArgument(.string, constant: "a\\b"))
        #expect(
            broken
                == .argumentValue(
                    index: 1,
                    expected: "a valid pattern: the LIKE pattern has its escape character before 'b'; "
                        + "only '_', '%' and itself may follow"))
        let rows = try Harness.evaluate("like", types: [.string, .string], rows: [["a", "a\\"], ["a", "a"]])
        #expect(rows == Outcome(values: [nil, true], failures: [0: .invalidFunctionArgument]))
    }

    @Test func base64AndCharacterSets() throws {
        #expect(try call("base64", "Spark SQL") == "U3BhcmsgU1FM")
        #expect(
            try call("base64", .string(String(repeating: "a", count: 58)))
                == .string(String(repeating: "YWFh", count: 19) + "\r\nYQ=="))
        #expect(try failure("unbase64", "YWJj=") == .invalidFunctionArgument)
        #expect(try call("unbase64", "U3BhcmsgU1FM") == .binary(Array("Spark SQL".utf8)))
        #expect(try call("base64", "ab") == "YWI=")
        #expect(try call("unbase64", " YW I") == .binary(Array("ab".utf8)))
        #expect(try failure("unbase64", "a") == .invalidFunctionArgument)
        #expect(try call("encode", "abc", "utf-8") == .binary(Array("abc".utf8)))
        #expect(try call("encode", "a", "UTF-16") == .binary([0xFE, 0xFF, 0, 0x61]))
        #expect(try call("encode", "😀", "UTF-16LE") == .binary([0x3D, 0xD8, 0x00, 0xDE]))
        #expect(try call("decode", call("encode", "大千世界😀", "utf-32"), "utf-32") == "大千世界😀")
        #expect(try call("decode", call("encode", "白日依山尽😀", "UTF-16"), "UTF-16") == "白日依山尽😀")
        #expect(try failure("encode", "客舍", "US-ASCII") == .invalidFunctionArgument)
        #expect(try failure("decode", .binary([0xE8, 0xA5]), "US-ASCII") == .invalidFunctionArgument)
    }

    @Test func invalidUTF8IsFoundAndRepaired() throws {
        #expect(try call("is_valid_utf8", .binary([0x80])) == false)
        #expect(try call("make_valid_utf8", .binary([0x61, 0x80, 0xE2, 0x82])) == "a\u{FFFD}\u{FFFD}")
        #expect(try failure("validate_utf8", .binary([0x80])) == .invalidFunctionArgument)
        #expect(try call("try_validate_utf8", .binary([0xED, 0xA0, 0x80])) == nil)
    }

    @Test func urls() throws {
        #expect(try call("url_encode", "https://spark.apache.org a") == "https%3A%2F%2Fspark.apache.org+a")
        #expect(try call("url_decode", "https%3A%2F%2Fspark.apache.org") == "https://spark.apache.org")
        #expect(try failure("url_decode", "http%3A%2F%2spark.apache.org") == .invalidFunctionArgument)
        #expect(try call("try_url_decode", "http%3A%2F%2spark.apache.org") == nil)
        let url: Value = "http://userinfo@spark.apache.org:8080/path?query=1&k=v#Ref"
        #expect(try call("parse_url", url, "HOST") == "spark.apache.org")
        #expect(try call("parse_url", url, "PATH") == "/path")
        #expect(try call("parse_url", url, "QUERY") == "query=1&k=v")
        #expect(try call("parse_url", url, "QUERY", "k") == "v")
        #expect(try call("parse_url", url, "QUERY", "x") == nil)
        #expect(try call("parse_url", url, "REF") == "Ref")
        #expect(try call("parse_url", url, "PROTOCOL") == "http")
        #expect(try call("parse_url", url, "FILE") == "/path?query=1&k=v")
        #expect(try call("parse_url", url, "AUTHORITY") == "userinfo@spark.apache.org:8080")
        #expect(try call("parse_url", url, "USERINFO") == "userinfo")
        #expect(try call("parse_url", "mailto:a@b", "PATH") == nil)
        #expect(try call("parse_url", "//h/p", "HOST") == "h")
        #expect(try call("parse_url", "http://a_b/p", "HOST") == nil)
        #expect(try call("parse_url", "http://h", "PATH") == "")
        #expect(try call("parse_url", "http://[::1]:8/p", "HOST") == "[::1]")
        #expect(try call("parse_url", "", "PATH") == "")
        #expect(try failure("parse_url", "http://h/%4", "PATH") == .invalidFunctionArgument)
        #expect(try failure("parse_url", "http://h/a[b]", "PATH") == .invalidFunctionArgument)
        #expect(try failure("parse_url", "inva lid://user:pass@host/file", "HOST") == .invalidFunctionArgument)
        #expect(try call("try_parse_url", "inva lid://user:pass@host/file", "HOST") == nil)
    }

    @Test func similarities() throws {
        #expect(try call("levenshtein", "kitten", "sitting") == 3)
        #expect(try call("levenshtein", "kitten", "sitting", 2) == -1)
        #expect(try call("levenshtein", "", "日本") == 2)
        #expect(try call("soundex", "Miller") == "M460")
        #expect(try call("soundex", "Ashcraft") == "A261")
        #expect(try call("soundex", "日本") == "日本")
        #expect(try call("luhn_check", "6011000000000004") == true)
        #expect(try call("luhn_check", "6011000000000005") == false)
        #expect(try call("luhn_check", "") == false)
    }

    @Test func numbersAreGroupedAndRoundedHalfToEven() throws {
        #expect(try call("format_number", .double(12332.123456), 4) == "12,332.1235")
        #expect(try call("format_number", .bigint(1_234_567), 0) == "1,234,567")
        #expect(try call("format_number", .double(-0.5), 0) == "-0")
        #expect(try call("format_number", .double(0.125), 2) == "0.12")
        #expect(try call("format_number", .double(2.675), 2) == "2.67")
        #expect(try call("format_number", .double(1.005), 2) == "1.00")
        #expect(try call("format_number", .double(1.5), 0) == "2")
        #expect(try call("format_number", .double(1e20), 1) == "100,000,000,000,000,000,000.0")
        #expect(try call("format_number", .bigint(12), -1) == nil)
        #expect(try call("format_number", .double(.infinity), 2) == "∞")
        #expect(try call("format_number", .decimal(123_456_789, scale: 3), 2) == "123,456.79")
        #expect(try call("format_number", .decimal(25, scale: 1), 0) == "2")
        #expect(try call("format_number", .bigint(.max), 2) == "9,223,372,036,854,775,807.00")
        #expect(try call("format_number", .double(-1234.567), 1) == "-1,234.6")
    }
}
