// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

@testable import SQL

struct LiteralTests {
    @Test(
        "numbers have the type that Spark gives them",
        arguments: [
            ("1", Value.int(1), DataType.int),
            ("-2147483648", .int(.min), .int),
            ("2147483648", .bigint(2_147_483_648), .bigint),
            ("-9223372036854775808", .bigint(.min), .bigint),
            ("9223372036854775808", .decimal(9_223_372_036_854_775_808, scale: 0), .decimal(precision: 19, scale: 0)),
            ("1L", .bigint(1), .bigint),
            ("2s", .smallint(2), .smallint),
            ("-128Y", .tinyint(-128), .tinyint),
            ("1.5", .decimal(15, scale: 1), .decimal(precision: 2, scale: 1)),
            (".5", .decimal(5, scale: 1), .decimal(precision: 1, scale: 1)),
            ("1.", .decimal(1, scale: 0), .decimal(precision: 1, scale: 0)),
            ("0.01", .decimal(1, scale: 2), .decimal(precision: 2, scale: 2)),
            ("1.50BD", .decimal(150, scale: 2), .decimal(precision: 3, scale: 2)),
            ("12e2bd", .decimal(1200, scale: 0), .decimal(precision: 4, scale: 0)),
            ("1e3", .double(1000), .double),
            ("1.5D", .double(1.5), .double),
            ("1.5f", .float(1.5), .float),
        ])
    func numbers(text: String, value: Value, type: DataType) {
        #expect(literal(text) == .number(value, type))
    }

    @Test(
        "numbers outside their type are refused",
        arguments: ["128Y", "40000S", "9223372036854775808L", "1e400", "123456789012345678901234567890123456789"])
    func overflow(text: String) {
        var parser = Parser(text)
        _ = parser.wholeExpression()
        #expect(parser.errors.first?.message == "the number \(text) is outside the range of its type")
    }

    @Test(
        "strings keep what their escapes mean",
        arguments: [
            (#"'it''s'"#, "it's"), (#"'it\'s'"#, "it's"), (#""say \"x\"""#, "say \"x\""),
            (#"'a\tb\nc\\d'"#, "a\tb\nc\\d"), (#"'\%\_\q'"#, #"\%\_q"#), (#"'\u00e9\U0001F600'"#, "é😀"),
            (#"'\uD83D\uDE00'"#, "😀"), (#"'\101'"#, "A"), (#"r'a\tb'"#, #"a\tb"#), (#"'a' "b" 'c'"#, "abc"),
        ])
    func strings(text: String, value: String) {
        #expect(literal(text) == .string(value))
    }

    @Test func commentsNestAndCanStandAnywhere() {
        #expect(literal("/* a /* b */ c */ 1 -- the end") == .number(.int(1), .int))
    }

    private func literal(_ text: String) -> LiteralSyntax? {
        var parser = Parser(text)
        guard let expression = parser.wholeExpression(), case .literal(let literal) = expression.kind else {
            return nil
        }
        return parser.errors.isEmpty ? literal : nil
    }
}
