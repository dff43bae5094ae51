// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore
import Testing

struct GroupingTests {
    private static let readings = RelationSchema(
        Schema([
            Field("device", .string, nullable: false), Field("ts", .timestamp, nullable: false),
            Field("temperature", .double), Field("ok", .boolean), Field("seq", .bigint),
            Field("price", .decimal(precision: 12, scale: 2)), Field("other", .timestamp), Field("n", .int),
        ]), eventTimes: [1])

    static func planner(_ mode: OutputMode? = nil) -> SQLPlanner {
        SQLPlanner(relations: ["readings": readings], outputMode: mode)
    }

    private func text(_ sql: String, _ mode: OutputMode? = nil) throws -> String {
        PlanText.of(try Self.planner(mode).plan(sql))
    }

    private func errors(_ sql: String, _ mode: OutputMode? = nil) -> [String] {
        do throws(SQLErrors) {
            return ["planned as " + PlanText.of(try Self.planner(mode).plan(sql))]
        } catch {
            return error.errors.map(\.description)
        }
    }

    // MARK: Keys

    @Test(
        "keys are expressions, positions, aliases and ALL",
        arguments: [
            ("SELECT device, count(*) FROM readings GROUP BY device", "device=#0", ""),
            (
                "SELECT upper(device), count(*) FROM readings GROUP BY Upper(readings.device)",
                "upper(device)=upper(#0)", ""
            ),
            ("SELECT upper(device) AS d, count(*) FROM readings GROUP BY d", "d=upper(#0)", ""),
            ("SELECT count(*), n + 1 AS m FROM readings GROUP BY 2", "m=+(#7, int(1))", "count(1)=#1, m=#0"),
            (
                "SELECT n + 1 AS m, count(*), device FROM readings GROUP BY ALL", "m=+(#7, int(1)), device=#0",
                "m=#0, count(1)=#2, device=#1"
            ),
            (
                "SELECT lower(upper(device)), count(*) FROM readings GROUP BY upper(device)", "upper(device)=upper(#0)",
                "lower(upper(device))=lower(#0), count(1)=#1"
            ),
            (
                "SELECT n AS a, a + 1 AS b, count(*) FROM readings GROUP BY n", "a=#7",
                "a=#0, b=+(#0, int(1)), count(1)=#1"
            ),
        ])
    func keys(sql: String, keys: String, columns: String) throws {
        let found = try text(sql)
        let groups = "aggregate[\(keys); count():BIGINT](readings)"
        #expect(found == (columns.isEmpty ? groups : "project[\(columns)](\(groups))"))
    }

    @Test func groupsWithoutAggregatesAndAggregatesWithoutGroups() throws {
        #expect(try text("SELECT device FROM readings GROUP BY device") == "aggregate[device=#0; ](readings)")
        #expect(
            try text("SELECT sum(n) FROM readings") == "aggregate[; sum(cast(#7 BIGINT)):BIGINT](readings)")
        #expect(
            try text("SELECT 1 AS one FROM readings HAVING count(*) > 2")
                == "project[one=int(1)](filter[>(#0, bigint(2))](aggregate[; count():BIGINT](readings)))")
    }

    @Test func equalCallsAreComputedOnce() throws {
        #expect(
            try text("SELECT sum(n) / count(*), sum(N) + Sum(readings.n), count(1) FROM readings HAVING sum(n) > 0")
                .contains("aggregate[; sum(cast(#7 BIGINT)):BIGINT, count():BIGINT, count():BIGINT](readings)"))
    }

    @Test func havingSeesAliasesFirst() throws {
        #expect(
            try text("SELECT device, max(n) AS n FROM readings GROUP BY device HAVING n > 1 AND sum(n) < 9")
                == "project[device=#0, n=#1](filter[(>(#1, int(1)) and <(#2, bigint(9)))]"
                + "(aggregate[device=#0; maximum(#7):INT, sum(cast(#7 BIGINT)):BIGINT](readings)))")
    }

    @Test func starsStandForKeys() throws {
        #expect(
            try text("SELECT * FROM (SELECT device, n FROM readings) GROUP BY n, device")
                .hasPrefix("project[device=#1, n=#0](aggregate[n=#1, device=#0; ]"))
    }

    // MARK: Functions

    @Test(
        "functions have Spark's result types",
        arguments: [
            ("count(n, ok)", "count(#7, #3):BIGINT"), ("count(device)", "count():BIGINT"),
            ("count(DISTINCT device, n)", "count(DISTINCT #0, #7):BIGINT"), ("count_if(ok)", "count() if #3:BIGINT"),
            ("count_if(ok) FILTER (WHERE n > 1)", "count() if (>(#7, int(1)) and #3):BIGINT"),
            ("sum(n)", "sum(cast(#7 BIGINT)):BIGINT"), ("sum(temperature)", "sum(#2):DOUBLE"),
            ("sum(price)", "sum(#5):DECIMAL(22,2)"), ("sum(DISTINCT n)", "sum(DISTINCT cast(#7 BIGINT)):BIGINT"),
            ("avg(n)", "average(cast(#7 BIGINT)):DOUBLE"), ("mean(price)", "average(#5):DECIMAL(16,6)"),
            ("min(DISTINCT ts)", "minimum(#1):TIMESTAMP"), ("max(device)", "maximum(#0):STRING"),
            ("first(n)", "first(ignoresNulls: false)(#7):INT"),
            ("first_value(n, true)", "first(ignoresNulls: true)(#7):INT"),
            ("last(n) IGNORE NULLS", "last(ignoresNulls: true)(#7):INT"),
            ("any_value(ok)", "first(ignoresNulls: false)(#3):BOOLEAN"),
            ("stddev(n)", "standardDeviation(ofSample: true)(cast(#7 DOUBLE)):DOUBLE"),
            ("var_pop(temperature)", "variance(ofSample: false)(#2):DOUBLE"),
            ("corr(n, temperature)", "correlation(cast(#7 DOUBLE), #2):DOUBLE"),
            ("covar_pop(temperature, temperature)", "covariance(ofSample: false)(#2, #2):DOUBLE"),
            ("max_by(device, ts)", "maximumBy(#0, #1):STRING"),
            ("collect_list(n)", "collectList(#7):ARRAY<INT>"), ("array_agg(n)", "collectList(#7):ARRAY<INT>"),
            ("collect_set(n)", "collectSet(#7):ARRAY<INT>"), ("every(ok)", "booleanAnd(#3):BOOLEAN"),
            ("some(ok)", "booleanOr(#3):BOOLEAN"), ("bit_xor(n)", "bitXor(#7):INT"),
            (
                "approx_count_distinct(n, 0.01)",
                "approximateCountDistinct(relativeStandardDeviation: 0.01)(#7):BIGINT"
            ),
            (
                "percentile_approx(n, array(0.25, 0.5), 100)",
                "approximatePercentile(fractions: [0.25, 0.5], accuracy: 100, isArray: true)(#7):ARRAY<INT>"
            ),
            ("percentile(n, 0.5)", "percentile(fractions: [0.5], isArray: false)(cast(#7 DOUBLE)):DOUBLE"),
            ("median(temperature)", "percentile(fractions: [0.5], isArray: false)(#2):DOUBLE"),
            ("try_sum(n)", "sum(cast(#7 DECIMAL(20,0))):DECIMAL(30,0)"),
            ("max(n) FILTER (WHERE ok)", "maximum(#7) if #3:INT"),
        ])
    func functions(call: String, planned: String) throws {
        #expect(try text("SELECT \(call) AS x FROM readings").contains("aggregate[; \(planned)](readings)"))
    }

    @Test func columnsAreNamedAsSparkNamesThem() throws {
        let plan = try Self.planner().plan(
            """
            SELECT count(*), count(DISTINCT n), mean(n), max(n) FILTER (WHERE ok), window.start, window
            FROM readings GROUP BY window(ts, '1 minute')
            """)
        #expect(
            plan.schema.fields.map(\.name) == [
                "count(1)", "count(DISTINCT n)", "mean(n)", "max(n) FILTER (WHERE ok)", "start", "window",
            ])
    }

    // MARK: Windows

    @Test(
        "windows are cut by event time",
        arguments: [
            ("window(ts, '10 minutes')", "window=fixed(#1, 600000000, 600000000, 0)"),
            ("window(ts, INTERVAL 10 MINUTES, '5 minutes')", "window=fixed(#1, 600000000, 300000000, 0)"),
            (
                "window(ts, '1 hour', '30 minutes', '-5 minutes')",
                "window=fixed(#1, 3600000000, 1800000000, 1500000000)"
            ),
            ("session_window(ts, '5 minutes')", "session_window=session(#1, dayTimeInterval(300000000))"),
            (
                "session_window(ts, CASE WHEN ok THEN '5 seconds' ELSE '1 minute' END)",
                "session_window=session(#1, case(#3: dayTimeInterval(5000000), dayTimeInterval(60000000)))"
            ),
        ])
    func windows(window: String, planned: String) throws {
        let name = window.hasPrefix("s") ? "session_window" : "window"
        #expect(
            try text("SELECT \(name).end, device, count(*) AS c FROM readings GROUP BY \(window), device", .append)
                == "project[end=#1.1, device=#0, c=#2](aggregate[device=#0, \(planned); count():BIGINT](readings))")
    }

    @Test func aWindowCanHaveAnAlias() throws {
        #expect(
            try text("SELECT window(ts, '1 minute') AS w, count(*) AS c FROM readings GROUP BY w", .append)
                == "project[w=#0, c=#1](aggregate[w=fixed(#1, 60000000, 60000000, 0); count():BIGINT](readings))")
    }

    @Test func laterGroupingsGoOnWithTheWindow() throws {
        let inner = "SELECT window, device, count(*) AS c FROM readings GROUP BY window(ts, '1 minute'), device"
        let planned =
            "project[window=#1, device=#0, c=#2](aggregate[device=#0, window=fixed(#1, 60000000, 60000000, 0); count():BIGINT](readings))"
        #expect(
            try text("SELECT window, max(c) FROM (\(inner)) GROUP BY window", .append)
                == "aggregate[window=inherited(#0); maximum(#2):BIGINT](\(planned))")
        for hourly in ["window(window_time(window), '1 hour')", "window(window, '1 hour')"] {
            #expect(
                try text("WITH m AS (\(inner)) SELECT window.end, sum(c) AS s FROM m GROUP BY \(hourly)", .append)
                    == "project[end=#0.1, s=#1](aggregate[window=fixed(window_time(#0), 3600000000, 3600000000, 0); "
                    + "sum(#2):BIGINT](\(planned)))")
        }
    }

    @Test func aWindowIsAValueOfARowToo() throws {
        #expect(
            try text(
                "SELECT w.start AS s, count(*) AS c FROM (SELECT window(ts, '1 minute') AS w FROM readings) GROUP BY w",
                .append)
                == "project[s=#0.0, c=#1](aggregate[w=inherited(#0); count():BIGINT](project[w=window(#1)](readings)))")
    }

    @Test func eventTimeItselfEndsGroupsInAppendMode() throws {
        let sql = "SELECT ts, device, count(*) AS c FROM readings GROUP BY device, ts"
        #expect(
            try text(sql, .append)
                == "project[ts=#1.0, device=#0, c=#2](aggregate[device=#0, ts=fixed(#1, 1, 1, 0); count():BIGINT](readings))"
        )
        #expect(
            try text(sql, .update)
                == "project[ts=#1, device=#0, c=#2](aggregate[device=#0, ts=#1; count():BIGINT](readings))")
        #expect(
            try text("SELECT window(ts, '1 hour').end, sum(c) s FROM (\(sql)) GROUP BY window(ts, '1 hour')", .append)
                .contains("aggregate[window=fixed(#0, 3600000000"))
    }

    @Test func windowsOfRowsAreComputed() throws {
        let sql = """
            SELECT window(TIMESTAMP '1969-12-31 23:59:59.5Z', '1 minute') AS w, window_time(w) AS t,
                   window(TIMESTAMP '2026-01-01 00:00:10Z', '1 minute', '1 minute', '15 seconds').start AS s
            """
        #expect(
            try QueryRunner().run(sql).batch.rows == [
                [
                    .structure([.timestamp(-60_000_000), .timestamp(0)]), .timestamp(-1),
                    .timestamp(1_767_225_555_000_000),
                ]
            ])
    }

    // MARK: DISTINCT

    @Test func distinctGivesEachRowOnce() throws {
        #expect(
            try text("SELECT DISTINCT device, n FROM readings")
                == "aggregate[device=#0, n=#1; ](project[device=#0, n=#7](readings))")
        #expect(
            try text("SELECT DISTINCT device FROM readings", .append)
                == "deduplicate[#0](project[device=#0](readings))")
        #expect(
            try text("SELECT DISTINCT ts, device FROM readings", .append)
                == "deduplicate[#0, #1 time #0](project[ts=#1, device=#0](readings))")
        #expect(
            try text("SELECT device FROM readings UNION SELECT 'x'")
                == "aggregate[device=#0; ](union(project[device=#0](readings), project[x=string(\"x\")](oneRow)))")
    }

    // MARK: Mistakes

    @Test(
        "mistakes say what to do",
        arguments: [
            (
                "SELECT device, n, count(*) FROM readings GROUP BY device",
                "1:16: invalidSQL: 'n' is neither a key of GROUP BY nor in an aggregate function; Add it to GROUP BY, or write any_value(n) if any row's will do"
            ),
            (
                "SELECT device, count(*) FROM readings",
                "1:8: invalidSQL: 'device' is in no aggregate function beside others that are, and there is no GROUP BY; Add GROUP BY device, or write any_value(device) if any row's will do"
            ),
            (
                "SELECT sum(count(*)) FROM readings",
                "1:12: invalidSQL: the aggregate function count() cannot stand in the argument of sum(); Compute it in a sub-query with a GROUP BY of its own"
            ),
            (
                "SELECT device FROM readings WHERE count(*) > 1",
                "1:35: invalidSQL: the aggregate function count() cannot stand in WHERE; Write conditions on groups after HAVING"
            ),
            (
                "SELECT device FROM readings GROUP BY max(n)",
                "1:38: invalidSQL: the aggregate function max() cannot stand in GROUP BY; Compute it in a sub-query"
            ),
            (
                "SELECT device, count(*) FROM readings GROUP BY 3",
                "1:48: invalidSQL: GROUP BY 3 names no column: there are 2 in SELECT"
            ),
            (
                "SELECT device, count(*) FROM readings GROUP BY 2",
                "1:48: invalidSQL: GROUP BY 2 stands for an aggregate function; Group by columns that are not of groups"
            ),
            (
                "SELECT sum(device, n) FROM readings",
                "1:8: invalidFunctionArgument: sum() takes 1 argument, not 2; Usage: sum([DISTINCT] number)"
            ),
            (
                "SELECT sum(ok) FROM readings",
                "1:12: typeMismatch: sum() takes a number here, not BOOLEAN; Usage: sum([DISTINCT] number)"
            ),
            (
                "SELECT max(n) IGNORE NULLS FROM readings",
                "1:8: invalidSQL: IGNORE NULLS stands only behind first(), last() and any_value(), not max(); max() counts no NULL anyway"
            ),
            (
                "SELECT count(*) FROM readings GROUP BY window(ts, '0 minutes')",
                "1:51: invalidFunctionArgument: the size of a window must be above 0; For example '10 minutes'"
            ),
            (
                "SELECT count(*) FROM readings GROUP BY window(ts, '1 minute', '2 minutes')",
                "1:63: invalidFunctionArgument: the slide of a window must not be longer than its size; Rows between two windows would be lost"
            ),
            (
                "SELECT count(*) FROM readings GROUP BY window(ts, '1 month')",
                "1:51: invalidFunctionArgument: the size of a window cannot be of months or years, which differ in length; Write days"
            ),
            (
                "SELECT count(*) FROM readings GROUP BY window(ts, 'soon')",
                "1:51: invalidFunctionArgument: 'soon' is not an interval; For example '10 minutes' or '1 hour 30 minutes'"
            ),
            (
                "SELECT count(*) FROM readings GROUP BY window(n, '1 hour')",
                "1:47: typeMismatch: window() takes TIMESTAMP here, not INT"
            ),
            (
                "SELECT count(*) FROM readings GROUP BY window(ts, '1 hour'), window(other, '1 hour')",
                "1:62: unsupported: there are two windows in one GROUP BY; Keep one, and group by the other in a query around this one"
            ),
            (
                "SELECT mode(n) FROM readings",
                "1:8: unsupported: the aggregate function mode() is not supported here"
            ),
            (
                "SELECT window(ts, '1 hour', '1 minute') FROM readings",
                "1:8: unsupported: a sliding window outside GROUP BY is not supported here: it would repeat rows; Write window(…) in GROUP BY"
            ),
        ])
    func mistakes(sql: String, message: String) { #expect(errors(sql) == [message]) }

    @Test func groupsMustEndInAppendMode() {
        #expect(
            errors("SELECT device, count(*) FROM readings GROUP BY device", .append) == [
                "1:39: unsupported: groups without a window of event time never end, and in append mode a group is given when it has ended; Group by window(ts, '…') too, or set \"outputMode\" of the transform to \"update\" or \"complete\""
            ])
        #expect(
            errors("SELECT count(*) FROM readings GROUP BY window(other, '1 minute')", .append) == [
                "1:31: unsupported: the windows never close: 'other' is not the column of a watermark; Use ts, as it comes from the source, or set \"outputMode\" to \"complete\""
            ])
        #expect(
            errors("SELECT count(*) FROM readings GROUP BY session_window(ts, '1 minute')", .update) == [
                "1:31: unsupported: sessions cannot be given in update mode: a session that grows is another one; Use append or complete"
            ])
        #expect(
            errors("SELECT max(c) FROM (SELECT count(*) AS c FROM readings GROUP BY device)", .complete).first?
                .hasPrefix("1:56: unsupported: groups without a window") == true)
    }

    @Test func whatHasAMistakeIsReportedOnce() {
        #expect(
            errors("SELECT uper(device), count(*) FROM readings GROUP BY uper(device) HAVING uper(device) > 'a'") == [
                "1:54: unknownName: there is no function 'uper'; Did you mean 'upper'?"
            ])
    }
}
