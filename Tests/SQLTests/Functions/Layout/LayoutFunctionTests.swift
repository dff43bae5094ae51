// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import Testing

/// The answers are those of Spark's documentation of number formats and of its recorded queries, and of Java's Formatter.
struct LayoutFunctionTests {
    private static func decimal(_ unscaled: Int128, _ scale: Int) -> Value { .decimal(unscaled, scale: scale) }

    @Test(
        "numbers are laid out by a format",
        arguments: [
            (decimal(454, 0), "999", "454"), (decimal(45400, 2), "000D00", "454.00"),
            (decimal(454, 0), "000.00", "454.00"), (decimal(12454, 0), "99G999", "12,454"),
            (decimal(7812, 2), "$99.99", "$78.12"), (decimal(-124_548, 1), "99,999.9S", "12,454.8-"),
            (decimal(-124_548, 1), "99G999D9S", "12,454.8-"),
            (decimal(0, 10), "9999999999999999.999999999999999PR", "               0.000000000000000  "),
            (
                decimal(-343_384_922_153_970_470, 10), "9999999999999999.999999999999999PR",
                "        <34338492.215397047000000>"
            ),
            (
                decimal(-343_384_922_153_970_470, 10), "MI9999999999999999.999999999999999",
                "        -34338492.215397047000000"
            ),
            (decimal(43_100_000_000, 10), "MI9999999999999999.999999999999999", "                4.310000000000000"),
            (
                decimal(-830_284_850_000_000_000, 10), "0999999999999999.999999999999999",
                "0000000083028485.000000000000000"
            ),
            (decimal(-830_284_850_000_000_000, 10), "S0999999999999999.9", "-0000000083028485.0"),
            (decimal(0, 0), "S0999", "+0000"), (decimal(12454, 0), "999", "###"), (decimal(15, 1), "9", "#"),
            (decimal(5, 1), ".9", ".5"), (decimal(12, 0), "999,999", "     12"), (decimal(7, 0), "9MI", "7 "),
        ])
    func numbersAreLaidOut(number: Value, format: String, expected: String) throws {
        #expect(try call("to_char", number, .string(format)) == .string(expected))
    }

    @Test func charactersOfMomentsAndBytes() throws {
        let integers = "SELECT to_char(7, '000') AS a, to_varchar(12345L, '99,999') AS b, to_char(-1Y, '9MI') AS c"
        #expect(try QueryRunner().run(integers).batch.rows == [["007", "12,345", "1-"]])
        #expect(try call("to_char", .timestamp(0), "yyyy-MM-dd") == "1970-01-01")
        let bytes = Value.binary(Array("Spark SQL".utf8))
        #expect(try call("to_char", bytes, "base64") == "U3BhcmsgU1FM")
        #expect(try call("to_char", bytes, "HEX") == "537061726B2053514C")
        #expect(try call("to_char", bytes, "utf-8") == "Spark SQL")
        #expect(try call("to_char", nil, "999") == nil)
        #expect(try call("to_char", .int(7), nil) == nil)
        #expect(
            refusal("to_char", FunctionArgument(.int, constant: nil), FunctionArgument(.string, constant: nil))
                == .argumentValue(
                    index: 1, expected: "a format of 0 or 9, G, D, S, MI, PR and $, such as '$999,990.99S'"))
    }

    @Test(
        "numbers are read by a format",
        arguments: [
            ("454", "000", decimal(454, 0)), ("454.2", "000.0", decimal(4542, 1)),
            ("12,454", "00,000", decimal(12454, 0)),
            ("$78.12", "$00.00", decimal(7812, 2)), ("+454", "S000", decimal(454, 0)),
            ("-454", "S000", decimal(-454, 0)),
            ("12,454.8-", "00,000.9MI", decimal(-124_548, 1)), ("00,454.8-", "00,000.9MI", decimal(-4548, 1)),
            ("<00,454.8>", "00,000.9PR", decimal(-4548, 1)), ("0.00001-", "9.999999S", decimal(-10, 6)),
            (".0", "99999999.99999999", decimal(0, 8)), ("0", "99.99", decimal(0, 2)),
            (".01-", "99.99S", decimal(-1, 2)),
            ("34,50", "999,99", decimal(3450, 0)), ("-$12,345.67", "S$999,099.99", decimal(-1_234_567, 2)),
            ("$345", "S$999,099.99", decimal(34500, 2)), ("$045", "S$999,099.99", decimal(4500, 2)),
            ("1234-", "999999MI", decimal(-1234, 0)), ("9", "999PR", decimal(9, 0)),
        ])
    func numbersAreRead(text: String, format: String, expected: Value) throws {
        #expect(try call("to_number", .string(text), .string(format)) == expected)
        #expect(try call("try_to_number", .string(text), .string(format)) == expected)
    }

    @Test(
        "a text of another format is none",
        arguments: [
            ("-34,338,492", "99G999G999"), ("123456", "999G999"), ("5", "$9"), ("$45", "S$999,099.99"), ("45", "000"),
            ("4545", "000"), ("1,2", "99"), ("<12", "99PR"), ("12>", "99PR"), ("", "99"), ("1.25", "9.9"), ("x", "9"),
        ])
    func otherFormats(text: String, format: String) throws {
        #expect(try failure("to_number", .string(text), .string(format)) == .invalidCast)
        #expect(try call("try_to_number", .string(text), .string(format)) == nil)
    }

    @Test(
        "what is no format is refused",
        arguments: [
            "", "S", "999G", "G999", "9,,9", "9.9,9", "9.9.9", "9$", "S9S", "99 9", "9PRS",
            "\(String(repeating: "9", count: 39))",
        ])
    func noFormats(format: String) {
        for name in ["to_number", "try_to_number", "to_char"] {
            let type: DataType = name == "to_char" ? .int : .string
            #expect(
                refusal(
                    name, FunctionArgument(type, constant: nil), FunctionArgument(.string, constant: .string(format)))
                    == .argumentValue(
                        index: 1, expected: "a format of 0 or 9, G, D, S, MI, PR and $, such as '$999,990.99S'"))
        }
    }

    @Test(
        "texts become bytes",
        arguments: [
            ("737472696E67", "hex", "string"), ("", "hex", ""), ("大千世界", "utf8", "大千世界"), ("  ", "utf-8", "  "),
            ("", "base64", ""), ("  ", "base64", ""), ("U3BhcmsgU1FM", "BASE64", "Spark SQL"),
        ])
    func bytes(text: String, format: String, expected: String) throws {
        let bytes = Value.binary(Array(expected.utf8))
        #expect(try call("to_binary", .string(text), .string(format)) == bytes)
        #expect(try call("try_to_binary", .string(text), .string(format)) == bytes)
    }

    @Test func bytesByDefaultAndByMistake() throws {
        #expect(try call("to_binary", "FF") == .binary([0xFF]))
        #expect(try call("to_binary", "12345") == .binary([1, 0x23, 0x45]))
        #expect(try call("to_binary", " ab cd ", "base64") == .binary([0x69, 0xB7, 0x1D]))
        #expect(try call("to_binary", " ab c=", "base64") == .binary([0x69, 0xB7]))
        #expect(try call("to_binary", "abc", nil) == nil)
        for text in ["a", "a?", "abcde", "abcd=", "a===", "ab==f", " ab cdef= = "] {
            #expect(try failure("to_binary", .string(text), "base64") == .invalidCast, "\(text)")
            #expect(try call("try_to_binary", .string(text), "base64") == nil)
        }
        #expect(try failure("to_binary", "GG") == .invalidCast)
        #expect(try failure("to_binary", "01 AF", "hex") == .invalidCast)
    }

    @Test(
        "formats are those of Java",
        arguments: [
            ("Hello World %d %s", [.int(100), "days"], "Hello World 100 days"),
            ("%2$s-%1$s", ["a", "b"], "b-a"), ("100%% %n|", [], "100% \n|"),
            ("|%5d|%-5d|%05d|", [.int(42), .int(42), .int(-42)], "|   42|42   |-0042|"),
            ("%+d % d %(d %,d", [.int(1), .int(2), .int(-3), .bigint(1_234_567)], "+1  2 (3) 1,234,567"),
            ("%x %X %o", [.int(-1), .bigint(255), .int(8)], "ffffffff FF 10"),
            ("%f %.2f %.0f", [.double(1.5), .double(0.125), .double(2.5)], "1.500000 0.13 3"),
            (
                "%,.1f %010.2f %+.1f", [.double(1_234_567.89), .double(-3.14159), .double(0)],
                "1,234,567.9 -000003.14 +0.0"
            ),
            ("%e %.2e %E", [.double(123.456), .double(0.00099999), .double(0)], "1.234560e+02 1.00e-03 0.000000E+00"),
            ("%f %f %5.1f|", [.double(.nan), .double(-.infinity), .double(.nan)], "NaN -Infinity   NaN|"),
            ("%.3s|%-4s|%4s", ["日本語x", "é", "ab"], "日本語|é   |  ab"),
            ("%b %B %c", [true, false, .int(0x1F600)], "true FALSE \u{1F600}"),
            ("%.1f", [decimal(-1_250, 3)], "-1.3"), ("%e", [decimal(9_999_999_96, 2)], "1.000000e+07"),
            ("%s %d %b", [nil, nil, nil], "null null false"),
        ] as [(String, [Value], String)])
    func formats(format: String, values: [Value], expected: String) throws {
        let arguments = [.string(format)] + values
        let outcome = try Harness.evaluate(
            "printf", types: arguments.map(\.impliedType), rows: [arguments], constants: Set(arguments.indices))
        #expect(outcome == Outcome(values: [.string(expected)], failures: [:]))
    }

    @Test func formatsThatDoNotFitAreRefused() {
        func expected(_ format: String, _ types: DataType...) -> FunctionBindingError? {
            let format = [FunctionArgument(.string, constant: .string(format))]
            do {
                _ = try Harness.bind("format_string", format + types.map { FunctionArgument($0, constant: nil) })
                return nil
            } catch { return error as? FunctionBindingError }
        }
        #expect(expected("%d", .int) == nil)
        #expect(expected("%d") == .argumentValue(index: 0, expected: "a format for 0 values"))
        #expect(expected("%d", .string) == .argumentType(index: 1, expected: "an integer for %d"))
        #expect(expected("%f", .int) == .argumentType(index: 1, expected: "DOUBLE or DECIMAL for %f"))
        #expect(
            expected("%g", .double)
                == .argumentValue(
                    index: 0, expected: "a format of %d, %x, %o, %f, %e, %s, %b, %c, %n and %%, not '%g'"))
        #expect(expected("%05s", .string) == .argumentValue(index: 0, expected: "a format without '0' in %s"))
        #expect(
            expected("%-d", .int) == .argumentValue(index: 0, expected: "a format with a width behind '%-' and '%0'"))
        #expect(
            expected("%1$d %1$s", .int)
                == .argumentValue(index: 0, expected: "a format that writes a value in one way only"))
    }

    @Test(
        "the schema of a JSON text",
        arguments: [
            (#"{"c1":0, "c2":[1]}"#, "STRUCT<c1: BIGINT, c2: ARRAY<BIGINT>>"),
            (#"[{"col":0}]"#, "ARRAY<STRUCT<col: BIGINT>>"),
            (#"[1, 2.5]"#, "ARRAY<DOUBLE>"), (#"[1, "x", null]"#, "ARRAY<STRING>"),
            (#"{"b":null,"a":[]}"#, "STRUCT<a: ARRAY<STRING>, b: STRING>"),
            (#"[{"a":1},{"a":null,"b c":true}]"#, "ARRAY<STRUCT<a: BIGINT, `b c`: BOOLEAN>>"),
            ("123456789012345678901", "DECIMAL(21,0)"),
        ])
    func schemas(text: String, expected: String) throws {
        #expect(try call("schema_of_json", .string(text)) == .string(expected))
        let sql = "SELECT from_json('\(text)', schema_of_json('\(text)')) IS NOT NULL AS known"
        if text.hasPrefix("{") || text.hasPrefix("[") {
            #expect(try QueryRunner().run(sql).batch.rows == [[true]])
        }
    }

    @Test func aSchemaIsOfALiteral() {
        #expect(
            refusal("schema_of_json", FunctionArgument(.string, constant: nil))
                == .argumentValue(index: 0, expected: "a JSON text, as a literal,"))
    }

    @Test func decodeChoosesToo() throws {
        let sql = """
            SELECT decode(2, 1, 'Southlake', 2, 'San Francisco', 'Non domestic') AS a, decode(6, 1, 'Southlake') AS b,
                   decode(6, 1, 'Southlake', 'Non domestic') AS c, decode(null, 6, 'Spark', NULL, 'SQL', 4, 'rocks') AS d
            """
        #expect(try QueryRunner().run(sql).batch.rows == [["San Francisco", nil, "Non domestic", "SQL"]])
    }

    @Test(
        "functions that give something else each time are refused",
        arguments: ["rand()", "randn(1)", "uuid()", "uniform(1, 2)", "monotonically_increasing_id()"])
    func nondeterministic(call: String) {
        let name = call.prefix { $0 != "(" }
        do throws(SQLErrors) {
            _ = try QueryRunner().run("SELECT \(call)")
            Issue.record("\(call) was planned")
        } catch {
            #expect(
                error.errors.map(\.description) == [
                    "1:8: unsupported: \(name)(), which gives something else each time, is not supported here; "
                        + "An epoch that is read again would give other rows; take xxhash64(…) or sha2(…, 256) of columns that tell rows apart"
                ])
        }
    }
}
