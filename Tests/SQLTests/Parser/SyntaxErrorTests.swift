// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SQL

struct SyntaxErrorTests {
    @Test(
        "a mistake is named with its place and what was expected",
        arguments: [
            (
                "SELECT a FORM t",
                "1:10: invalidSQL: expected ',', FROM or another clause, found 'FORM'; Did you mean FROM?"
            ),
            (
                "SELECT a FROM t WHER b",
                "1:22: invalidSQL: expected the end of the query, found 'b'; Did you mean WHERE instead of 'WHER'?"
            ),
            ("SELEC a FROM t", "1:1: invalidSQL: expected SELECT, WITH or VALUES, found 'SELEC'; Did you mean SELECT?"),
            ("SELECT FROM t", "1:8: invalidSQL: expected an expression, found 'FROM'"),
            ("SELECT a,\n  b +\nFROM t", "3:1: invalidSQL: expected an expression, found 'FROM'"),
            (
                "SELECT upper(a FROM t",
                "1:16: invalidSQL: expected ',' or ')' in the arguments of upper(), found 'FROM'"
            ),
            ("SELECT 'abc FROM t", "1:8: invalidSQL: the string that starts here has no closing '"),
            (
                "SELECT a FROM t WHERE a IS NUL",
                "1:28: invalidSQL: expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS, found 'NUL'; Did you mean NULL?"
            ),
            ("SELECT CASE WHEN a THEN 1 FROM t", "1:27: invalidSQL: expected 'WHEN', 'ELSE' or 'END', found 'FROM'"),
            ("SELECT CAST(a AS STRNG) FROM t", "1:18: unknownName: there is no type 'STRNG'; Did you mean 'STRING'?"),
            ("SELECT a FROM (SELECT b FROM t", "1:31: invalidSQL: expected ')', found the end of the text"),
            ("SELECT “a” FROM t", "1:8: invalidSQL: unexpected character '“'; Use ' around strings and ` around names"),
            ("", "1:1: invalidSQL: expected SELECT, WITH or VALUES, found the end of the text"),
        ])
    func mistakes(sql: String, message: String) {
        #expect(errors(sql).first?.description == message)
    }

    @Test func readingGoesOnBehindAColumnAndAfterWhere() {
        #expect(
            errors("SELECT a +, b c d, e FROM t WHERE f = = 1").map(\.position.column) == [11, 17, 39])
    }

    @Test(
        "hostile depth is refused, not followed",
        arguments: [
            ("", "("), ("SELECT ", "("), ("SELECT ", "NOT "), ("SELECT ", "- "), ("SELECT ", "substring("),
            ("SELECT ", "CASE WHEN "), ("SELECT ", "a["), ("", "SELECT * FROM ("), ("SELECT 1", " + 1"),
            ("SELECT a", "[0]"), ("SELECT 1", " UNION ALL SELECT 1"), ("SELECT 1 FROM t", " JOIN t"),
            ("SELECT ", "f("), ("SELECT ", "x -> "), ("SELECT 1 FROM ", "("), ("WITH a AS (", "WITH a AS ("),
        ])
    func depth(start: String, repeated: String) {
        #expect(!errors(start + String(repeating: repeated, count: 5000)).isEmpty)
    }

    @Test func textsBeyondTheBoundAreRefused() {
        #expect(
            errors(String(repeating: " ", count: Lexer.maximumBytes + 1)).first?.message.hasPrefix("the SQL text has")
                == true)
    }

    private func errors(_ sql: String) -> [SQLError] {
        var parser = Parser(sql)
        _ = parser.wholeQuery()
        return SQLErrors(parser.errors).errors
    }
}
