// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SQL

/// Expressions are shown in the form in which result columns are named: with all brackets.
struct ExpressionPrecedenceTests {
    @Test(
        "operators bind as in Spark",
        arguments: [
            ("a + b * c - d", "((a + (b * c)) - d)"),
            ("a - b - c", "((a - b) - c)"),
            ("a * b / c % d div e", "((((a * b) / c) % d) div e)"),
            ("-a * b", "((- a) * b)"),
            ("- -3", "(- -3)"),
            ("-5::string", "CAST(-5 AS STRING)"),
            ("-a[0].b", "(- a[0].b)"),
            ("~a & b | c ^ d", "((~a & b) | (c ^ d))"),
            ("a | b & c", "(a | (b & c))"),
            ("a << 1 + 2", "(a << (1 + 2))"),
            ("a || b || c", "concat(concat(a, b), c)"),
            ("a = b + 1 and c < d or e", "(((a = (b + 1)) AND (c < d)) OR e)"),
            ("not a = b", "(NOT (a = b))"),
            ("not a and b", "((NOT a) AND b)"),
            ("! a", "(NOT a)"),
            ("a = b = c", "((a = b) = c)"),
            ("a <=> b", "(a <=> b)"),
            ("a == b", "(a = b)"),
            ("a != b", "(NOT (a = b))"),
            ("a !< b", "(a >= b)"),
            ("a between 1 and 2 and b", "(between(a, 1, 2) AND b)"),
            ("a not between 1 and 2 or b", "((NOT between(a, 1, 2)) OR b)"),
            ("a not in (1, 2)", "(NOT (a IN (1, 2)))"),
            ("a like 'x%' escape '/'", "a LIKE x% ESCAPE '/'"),
            ("a not ilike any ('x', 'y')", "notilikeany(a, x, y)"),
            ("a regexp 'x'", "RLIKE(a, x)"),
            ("a is not null", "(a IS NOT NULL)"),
            ("a is not true", "(NOT (a <=> true))"),
            ("a is distinct from b", "(NOT (a <=> b))"),
            ("a is not distinct from b", "(a <=> b)"),
            ("a.b.c[0]['k'].d", "a.b.c[0][k].d"),
            ("cast(a as decimal(10,2)) :: int", "CAST(CAST(a AS DECIMAL(10,2)) AS INT)"),
            ("try_cast(a as array<int>)", "TRY_CAST(a AS ARRAY<INT>)"),
            ("case when a then 1 else 2 end", "CASE WHEN a THEN 1 ELSE 2 END"),
            ("case a when 1 then 'x' end", "CASE WHEN (a = 1) THEN x END"),
            ("extract(year from ts)", "extract(year, ts)"),
            ("trim(both 'x' from a)", "btrim(a, x)"),
            ("trim(leading from a)", "ltrim(a)"),
            ("trim(trailing 'x' from a)", "rtrim(x, a)"),
            ("trim(a)", "trim(a)"),
            ("substring(a from 2 for 3)", "substring(a, 2, 3)"),
            ("substring(a, 2)", "substring(a, 2)"),
            ("position('b' in a)", "position(b, a)"),
            ("overlay(a placing 'x' from 2)", "overlay(a, x, 2)"),
            ("timestampadd(month, 1, ts)", "timestampadd(month, 1, ts)"),
            ("dateadd(d, 1)", "dateadd(d, 1)"),
            ("transform(xs, x -> x + 1)", "transform(xs, lambdafunction((x + 1), x))"),
            ("aggregate(xs, 0, (a, x) -> a + x)", "aggregate(xs, 0, lambdafunction((a + x), a, x))"),
            ("struct(a as x, b)", "struct(a AS x, b)"),
            ("(a, b)", "struct(a, b)"),
            ("count(distinct a)", "count(DISTINCT a)"),
            ("count(*)", "count(1)"),
            ("`a b`.`c``d`", "a b.c`d"),
            ("interval '1 02:03:04' day to second", "INTERVAL '1 02:03:04' DAY TO SECOND"),
            ("interval 1 hour 30 minutes", "INTERVAL '0 01:30:00' DAY TO SECOND"),
            ("interval -'1-2' year to month", "INTERVAL '-1-2' YEAR TO MONTH"),
            ("interval '1.5' second", "INTERVAL '0 00:00:01.5' DAY TO SECOND"),
            ("date '2020-01-01'", "DATE '2020-01-01'"),
            ("x'1f2'", "X'01F2'"),
        ])
    func precedence(text: String, shown: String) throws {
        var parser = Parser(text)
        let read = parser.wholeExpression()
        let expression = try #require(read)
        #expect(parser.errors == [])
        #expect(
            ColumnName.of(ExpressionSyntax(.tuple([expression]), expression.span)) == "struct(\(shown))")
    }

    @Test func longChainsOfConditionsStayFlat() throws {
        var parser = Parser((0..<4000).map { "a = \($0)" }.joined(separator: " OR "))
        let read = parser.wholeExpression()
        let expression = try #require(read)
        #expect(expression.height < 24)
    }
}
