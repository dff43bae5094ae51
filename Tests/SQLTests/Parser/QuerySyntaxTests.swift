// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SQL

struct QuerySyntaxTests {
    @Test func intersectBindsTighterThanUnion() throws {
        guard case .operation(let union) = try query("TABLE a UNION ALL TABLE b INTERSECT TABLE c").body,
            case .operation(let intersect) = union.right
        else {
            Issue.record("expected a set operation in a set operation")
            return
        }
        #expect(union.kind == .union && union.isAll)
        #expect(intersect.kind == .intersect && !intersect.isAll)
    }

    @Test func clausesKeepTheirPlaces() throws {
        let query = try query(
            "SELECT DISTINCT a FROM t WHERE b GROUP BY ALL HAVING c ORDER BY a DESC NULLS LAST LIMIT 3 OFFSET 1")
        guard case .select(let select) = query.body else { return }
        #expect(select.clauses.map(\.name) == ["DISTINCT", "GROUP BY", "HAVING"])
        #expect(select.clauses.map(\.span.start) == [7, 33, 46])
        #expect(select.grouping?.isAll == true)
        #expect(query.clauses.map(\.name) == ["ORDER BY", "LIMIT", "OFFSET"])
        #expect(query.orderBy.map(\.descending) == [true])
        #expect(query.orderBy.map(\.nullsFirst) == [false])
    }

    @Test(
        "every join has its kind",
        arguments: [
            ("JOIN", JoinSyntax.Kind.inner), ("INNER JOIN", .inner), ("LEFT JOIN", .left), ("LEFT OUTER JOIN", .left),
            ("RIGHT JOIN", .right), ("FULL OUTER JOIN", .full), ("LEFT SEMI JOIN", .leftSemi), ("ANTI JOIN", .leftAnti),
            ("CROSS JOIN", .cross),
        ])
    func joins(words: String, kind: JoinSyntax.Kind) throws {
        guard case .select(let select) = try query("SELECT * FROM a AS x \(words) b y USING (k, l)").body,
            case .join(let join) = try #require(select.from.first).kind
        else {
            Issue.record("expected a join")
            return
        }
        #expect(join.kind == kind)
        #expect(join.left.alias?.text == "x" && join.right.alias?.text == "y")
        #expect(join.using.map(\.text) == ["k", "l"])
    }

    @Test func starsKnowWhatTheyLeaveOut() throws {
        guard case .select(let select) = try query("SELECT t.* EXCEPT (a, b.c) FROM t EXCEPT SELECT 1").body else {
            guard case .operation(let operation) = try query("SELECT t.* EXCEPT (a, b.c) FROM t EXCEPT SELECT 1").body,
                case .select(let left) = operation.left,
                case .star(let qualifier, let except) = left.items[0].value.kind
            else {
                Issue.record("expected a star")
                return
            }
            #expect(operation.kind == .except)
            #expect(qualifier.dotted == "t")
            #expect(except.map(\.dotted) == ["a", "b.c"])
            return
        }
        Issue.record("expected a set operation, found \(select.items.count) columns")
    }

    @Test func inputsAreTheRelationsThatAreNotDefinedInside() {
        let sql = """
            WITH a AS (SELECT * FROM source1), b AS (SELECT * FROM a)
            SELECT * FROM b JOIN Other o ON b.k = o.k WHERE EXISTS (SELECT 1 FROM third) AND x IN (SELECT y FROM json.`d/*.json`)
            UNION ALL SELECT * FROM (SELECT * FROM source1)
            """
        let inputs = SQLPlanner.inputs(of: sql)
        #expect(inputs.map(\.name) == ["source1", "Other", "third"])
        #expect(inputs[0].position == SQLPosition(line: 1, column: 26, byteOffset: 25, length: 7))
    }

    @Test func namesAreAllWordsAndQuotedNames() {
        #expect(
            SQLPlanner.names(in: "SELECT _Offset + `My Col` -- _topic\nFROM t")
                == ["select", "_offset", "my col", "from", "t"])
    }

    private func query(_ sql: String) throws -> QuerySyntax {
        var parser = Parser(sql)
        let query = parser.wholeQuery()
        #expect(parser.errors == [])
        return try #require(query)
    }
}
