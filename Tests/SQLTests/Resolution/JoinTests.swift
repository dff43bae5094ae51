// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore
import Testing

struct JoinTests {
    private static let fields = [Field("id", .bigint), Field("ts", .timestamp), Field("v", .int)]

    private static let planner = SQLPlanner(
        relations: [
            "l": RelationSchema(Schema(fields), eventTimes: [1]),
            "r": RelationSchema(
                Schema([Field("id", .int), Field("at", .timestamp), Field("w", .int)]), eventTimes: [1]),
            "plain": RelationSchema(Schema(fields)),
        ], outputMode: .append,
        tables: { (table) throws(PipelineError) in
            guard table.path == "sites" else {
                throw PipelineError(.tableNotFound, "there is no table '\(table.path)'")
            }
            return Schema([Field("id", .bigint), Field("site", .string)])
        })

    private func text(_ sql: String) throws -> String { PlanText.of(try Self.planner.plan(sql)) }

    private func errors(_ sql: String) -> [String] {
        do throws(SQLErrors) {
            return ["planned as " + PlanText.of(try Self.planner.plan(sql))]
        } catch {
            return error.errors.map(\.description)
        }
    }

    // MARK: Streams

    @Test(
        "conditions are taken apart into keys, time bounds and the rest",
        arguments: [
            (
                "l.id = r.id AND r.at BETWEEN l.ts AND l.ts + INTERVAL 10 MINUTES",
                "#0=cast(#0 BIGINT) if (>=(#4, #1) and <=(#4, +(#1, dayTimeInterval(600000000)))) time #1-#1 in -600000000...0 "
            ),
            ("l.id = r.id", "#0=cast(#0 BIGINT)"),
            (
                "r.id = l.id AND l.v + r.w > 3 AND l.ts > r.at - INTERVAL 1 HOUR",
                "#0=cast(#0 BIGINT) if (>(+(#2, #5), int(3)) and >(#1, -(#4, dayTimeInterval(3600000000)))) time #1-#1 in -3599999999...… "
            ),
            ("l.v = r.w AND l.ts = r.at", "#2=#2, #1=#1 time #1-#1 in 0...0 "),
            (
                "l.v = r.w AND l.ts - r.at <= INTERVAL 5 SECONDS",
                "#2=#2 if <=(-(#1, #4), dayTimeInterval(5000000)) time #1-#1 in …...5000000 "
            ),
        ])
    func conditions(on: String, planned: String) throws {
        #expect(try text("SELECT * FROM l JOIN r ON \(on)") == "innerJoin[\(planned)](l, r)")
    }

    @Test func aStarOfARelationHasTheColumnsOfUsingToo() throws {
        let tables = "FROM VALUES (1, 'x'), (2, 'z') AS a(k, v) LEFT JOIN VALUES (1, 'y') AS b(k, w) USING (k)"
        let rows = try QueryRunner().run("SELECT a.*, b.* \(tables)").batch.rows
        #expect(Set(rows) == [[1, "x", 1, "y"], [2, "z", nil, nil]])
        #expect(Set(try QueryRunner().run("SELECT * \(tables)").batch.rows) == [[1, "x", "y"], [2, "z", nil]])
    }

    @Test func conditionsOnOneSideGoBeforeTheJoin() throws {
        #expect(
            try text("SELECT * FROM l JOIN r ON l.v = r.w AND l.id > 3 AND r.w < 2")
                == "innerJoin[#2=#2](filter[>(#0, bigint(3))](l), filter[<(#2, int(2))](r))")
        #expect(
            try text(
                "SELECT * FROM l LEFT JOIN r ON v = w AND l.id > 3 AND r.w < 2 AND at >= ts AND at <= ts + INTERVAL 1 DAY"
            )
                == "leftJoin[#2=#2 if ((>=(#4, #1) and <=(#4, +(#1, dayTimeInterval(86400000000)))) and >(#0, bigint(3)))"
                + " time #1-#1 in -86400000000...0 ](l, filter[<(#2, int(2))](r))")
    }

    @Test func whereConditionsServeInnerJoins() throws {
        let planned = "innerJoin[#2=#2 if >=(#4, #1) time #1-#1 in …...0 ](filter[>(#0, bigint(1))](l), r)"
        #expect(try text("SELECT * FROM l, r WHERE v = w AND l.id > 1 AND at >= ts") == planned)
        #expect(try text("SELECT * FROM l JOIN r WHERE v = w AND l.id > 1 AND at >= ts") == planned)
        #expect(try text("SELECT * FROM l CROSS JOIN r WHERE v = w AND l.id > 1 AND at >= ts") == planned)
        #expect(
            try text("SELECT * FROM l LEFT SEMI JOIN r ON v = w WHERE l.id > 1")
                == "filter[>(#0, bigint(1))](leftSemiJoin[#2=#2](l, r))")
    }

    @Test func usingNamesAColumnOnce() throws {
        let plan = try Self.planner.plan("SELECT *, l.id AS own FROM l JOIN r USING (id)")
        #expect(plan.schema.fields.map(\.name) == ["id", "ts", "v", "at", "w", "own"])
        #expect(try Self.planner.plan("SELECT id FROM l NATURAL JOIN r").schema.fields.map(\.type) == [.bigint])
    }

    @Test func outerSidesMayBeNull() throws {
        let bounds = "v = w AND at BETWEEN ts - INTERVAL 1 HOUR AND ts + INTERVAL 1 HOUR"
        let relation = SQLPlanner(
            relations: [
                "l": RelationSchema(
                    Schema([Field("v", .int, nullable: false), Field("ts", .timestamp)]), eventTimes: [1]),
                "r": RelationSchema(
                    Schema([Field("w", .int, nullable: false), Field("at", .timestamp)]), eventTimes: [1]),
            ], outputMode: .append)
        let nullable = { (kind: String) in
            try relation.plan("SELECT v, w FROM l \(kind) JOIN r ON \(bounds)").schema.fields.map(\.nullable)
        }
        #expect(try nullable("INNER") == [false, false])
        #expect(try nullable("LEFT") == [false, true])
        #expect(try nullable("RIGHT") == [true, false])
        #expect(try nullable("FULL") == [true, true])
    }

    @Test func windowsOfTwoGroupingsMeet() throws {
        let side = { (name: String) in
            "(SELECT window, \(name).id AS k, count(*) AS c FROM \(name) GROUP BY window(\(name == "l" ? "ts" : "at"), '1 minute'), \(name).id)"
        }
        let found = try text(
            "SELECT a.c, b.c AS d FROM \(side("l")) a JOIN \(side("r")) b ON a.window = b.window AND a.k = b.k")
        #expect(found.contains("innerJoin[#0=#0, #1=cast(#1 BIGINT) time #0-#0 in 0...0 ]"))
    }

    @Test func groupsOverAJoinEndByItsEventTime() throws {
        #expect(
            try text(
                "SELECT count(*) AS c FROM l JOIN r ON v = w AND at >= ts AND at <= ts + INTERVAL 1 HOUR GROUP BY window(ts, '1 hour')"
            ).contains("window=fixed(#1, 3600000000"))
    }

    // MARK: Tables

    @Test func tablesAreLookedUp() throws {
        #expect(
            try text("SELECT v, site FROM l JOIN delta.`sites` s ON l.id = s.id")
                == "project[v=#2, site=#4](innerLookup[delta sites: #0=#0](l))")
        #expect(
            try text("SELECT v, site FROM l LEFT JOIN csv.`sites` s ON l.id = s.id AND s.site <> 'x'")
                == "project[v=#2, site=#4](leftLookup[csv sites: #0=#0 if <>(#4, string(\"x\"))](l))")
        #expect(
            try text("SELECT site, v FROM parquet.`sites` s, l WHERE l.id = s.id AND v > 1")
                == "project[site=#1, v=#4](project[id=#3, site=#4, id=#0, ts=#1, v=#2]"
                + "(innerLookup[parquet sites: #0=#0](filter[>(#2, int(1))](l))))")
    }

    // MARK: Mistakes

    @Test(
        "what a join lacks is said with what to do",
        arguments: [
            (
                "SELECT * FROM l JOIN r ON l.v > r.w",
                "1:17: unsupported: a join of two streams needs columns that must be equal; Add left.x = right.y to ON"
            ),
            (
                "SELECT * FROM l LEFT JOIN r ON v = w",
                "1:17: unsupported: LEFT JOIN gives a row without a partner once none can come any more: bounds of the time between them are missing; Add r.at BETWEEN l.ts - INTERVAL 1 HOUR AND l.ts + INTERVAL 1 HOUR to ON, as it fits"
            ),
            (
                "SELECT * FROM l FULL JOIN plain p ON l.v = p.v",
                "1:17: unsupported: FULL JOIN gives a row without a partner once none can come any more: the right side has no event time; Give its source a \"watermark\", keep the column, and bound the time between partners in ON"
            ),
            (
                "SELECT * FROM delta.`sites`",
                "1:15: unsupported: a table of files by itself is not supported here; Join it with a stream, with its conditions in ON; or read it as a source"
            ),
            ("SELECT * FROM l JOIN delta.`other` o ON l.id = o.id", "1:22: tableNotFound: there is no table 'other'"),
            (
                "SELECT * FROM l RIGHT JOIN delta.`sites` s ON l.id = s.id",
                "1:17: unsupported: an outer join cannot keep the rows of a table that no row of the stream matches; The stream never ends; keep the stream's rows instead"
            ),
            (
                "SELECT * FROM l JOIN r USING (nothing)",
                "1:31: unknownName: one side of the join has no column 'nothing'; There are: id, ts, v"
            ),
        ])
    func mistakes(sql: String, message: String) { #expect(errors(sql) == [message]) }
}
