// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore
import Testing

struct QueryResolutionTests {
    private let planner = SQLPlanner(relations: [
        "readings": RelationSchema(
            Schema([
                Field("device", .string, nullable: false), Field("ts", .timestamp, nullable: false),
                Field("Temperature", .double), Field("ok", .boolean), Field("seq", .bigint),
                Field("place", .structure([Field("site", .string), Field("room", .int)])),
                Field("tags", .array(element: .string, containsNull: true)),
                Field("parts", .array(element: .structure([Field("n", .int)]), containsNull: false)),
                Field("props", .map(key: .string, value: .int, valueContainsNull: true)),
            ]), hiddenFields: [Field("_offset", .bigint, nullable: false), Field("_topic", .string, nullable: false)]),
        "other": RelationSchema(Schema([Field("device", .string), Field("x", .int)])),
    ])

    // MARK: Names

    @Test func columnsAreFoundInAnyCaseAndNamedAsWritten() throws {
        let plan = try planner.plan("SELECT DEVICE, R.temperature, r.seq AS n FROM Readings AS r")
        #expect(plan.schema.fields.map(\.name) == ["DEVICE", "temperature", "n"])
        #expect(plan.inputs == ["readings"])
    }

    @Test func aColumnOfTwoRelationsIsAmbiguous() {
        #expect(
            errors("SELECT device FROM readings AS r JOIN other").first?.description
                == "1:8: unknownName: 'device' is ambiguous; Say which: r.device or other.device")
    }

    @Test func starLeavesMetadataOutAndNamesReachIt() throws {
        let all = try planner.plan("SELECT * FROM readings")
        #expect(
            all.schema.fields.map(\.name) == [
                "device", "ts", "Temperature", "ok", "seq", "place", "tags", "parts", "props",
            ])
        let named = try planner.plan("SELECT _offset, device FROM readings")
        #expect(
            named.schema.fields == [
                Field("_offset", .bigint, nullable: false), Field("device", .string, nullable: false),
            ])
        guard case .project(.scan(let relation, let schema), let columns) = named,
            case .column(9) = columns[0].expression.kind
        else {
            Issue.record("expected a projection of the scan with the metadata columns behind the others")
            return
        }
        #expect(relation == "readings")
        #expect(schema.count == 11)
    }

    @Test func metadataIsGoneOutsideASubQuery() {
        #expect(
            errors("SELECT _offset FROM (SELECT * FROM readings)").map(\.message) == ["there is no column '_offset'"])
    }

    @Test func fieldsOfStructsArraysAndMapsAreReached() throws {
        let plan = try planner.plan(
            "SELECT place.site, readings.place.room r, parts.n, props['k'] v, props.k w, tags[0] t, place.* FROM readings"
        )
        #expect(
            plan.schema.fields.map { "\($0.name) \($0.type)" } == [
                "site STRING", "r INT", "n ARRAY<INT>", "v INT", "w INT", "t STRING", "site STRING", "room INT",
            ])
    }

    @Test func nestedValuesAreComputed() throws {
        let sql = """
            WITH t AS (SELECT array(named_struct('n', 1), named_struct('n', NULL), NULL) AS parts, map('k', 7) AS props)
            SELECT parts.n, parts[0].n, parts['n'][0], props.k, props['k'], struct(props.k AS a, 'x' AS b).b FROM t
            """
        #expect(
            try QueryRunner().run(sql).batch.rows == [
                [.array([.int(1), .null, .null]), .int(1), .int(1), .int(7), .int(7), .string("x")]
            ])
    }

    @Test func aliasesOfTheSameSelectCanBeUsed() throws {
        let plan = try planner.plan("SELECT seq + 1 AS next, next * 2 AS twice, next AS seq FROM readings")
        #expect(plan.schema.fields.map(\.name) == ["next", "twice", "seq"])
        #expect(plan.schema.fields.map(\.type) == [.bigint, .bigint, .bigint])
    }

    @Test func commonTablesAndSubQueriesKeepTheirNames() throws {
        let plan = try planner.plan(
            """
            WITH warm (d, t) AS (SELECT device, temperature FROM readings WHERE temperature > 20),
                 named AS (SELECT w.d AS device, t FROM warm w)
            SELECT s.device, s.t + 1 FROM (SELECT * FROM named) AS s WHERE s.t < 40
            """)
        #expect(plan.schema.fields.map(\.name) == ["device", "(t + 1)"])
        #expect(plan.inputs == ["readings"])
    }

    @Test func starsLeaveColumnsOut() throws {
        let plan = try planner.plan("SELECT * EXCEPT (ts, r.ok, tags, parts, props, place) FROM readings r")
        #expect(plan.schema.fields.map(\.name) == ["device", "Temperature", "seq"])
        #expect(
            errors("SELECT * EXCEPT (device, x), * EXCEPT (y) FROM other").map(\.description) == [
                "1:8: invalidSQL: EXCEPT leaves no columns",
                "1:40: unknownName: there is no column 'y' to leave out; Did you mean 'x'?",
            ])
    }

    // MARK: UNION ALL

    @Test func unionMeetsInCommonTypesUnderTheFirstNames() throws {
        let plan = try planner.plan(
            "SELECT device a, 1 b FROM readings UNION ALL SELECT NULL, 2.5 FROM other UNION ALL SELECT 'x', seq FROM readings"
        )
        #expect(
            plan.schema.fields
                == [
                    Field("a", .string), Field("b", .decimal(precision: 21, scale: 1)),
                ].enumerated().map { Field($0.element.name, $0.element.type, nullable: true) })
        guard case .unionAll(let inputs, _) = plan else {
            Issue.record("expected one union of three")
            return
        }
        #expect(inputs.count == 3)
    }

    @Test func unionByNameReorders() throws {
        let plan = try planner.plan("SELECT 1 a, 'x' b UNION ALL BY NAME SELECT 'y' B, 2 A")
        #expect(plan.schema.fields.map { "\($0.name) \($0.type)" } == ["a INT", "b STRING"])
    }

    // MARK: Mistakes

    @Test func allMistakesOfAQueryAreFoundAtOnce() {
        let sql = """
            SELECT devce, uper(device), temperature + tags, CAST(tags AS INT),
                   substring(device), place.sight
            FROM readings WHERE seq AND nothing = 1
            """
        #expect(
            errors(sql).map(\.description)
                == [
                    "1:8: unknownName: there is no column 'devce'; Did you mean 'device'?",
                    "1:15: unknownName: there is no function 'uper'; Did you mean 'upper'?",
                    "1:43: typeMismatch: '+' takes a number here, not ARRAY<STRING>; Usage: left + right",
                    "1:49: typeMismatch: cannot cast ARRAY<STRING> to INT",
                    "2:8: invalidFunctionArgument: substring() takes 2 or 3 arguments, not 1; Usage: substring(str, pos[, len])",
                    "2:33: unknownName: the struct has no field 'sight'; There are: site, room",
                    "3:21: typeMismatch: AND takes BOOLEAN, not BIGINT",
                    "3:29: unknownName: there is no column 'nothing'",
                ])
    }

    @Test func aMistakeInASubQueryIsReportedOnce() {
        #expect(
            errors("SELECT a + 1, b FROM (SELECT nothing AS a, device AS b FROM readings) WHERE a > 1").count == 1)
    }

    @Test(
        "what has no plan yet is refused by name and place",
        arguments: [
            ("SELECT device FROM readings ORDER BY device", "1:29: unsupported: ORDER BY is not supported here"),
            ("SELECT device FROM readings LIMIT 3", "1:29: unsupported: LIMIT is not supported here"),
            (
                "SELECT row_number() OVER (ORDER BY ts) FROM readings",
                "1:8: unsupported: the window function row_number() is not supported here"
            ),
            (
                "SELECT device FROM readings WHERE seq IN (SELECT 1)",
                "1:35: unsupported: a sub-query in an expression is not supported here"
            ),
            (
                "SELECT filter(tags, x -> x = 'a') FROM readings",
                "1:21: unsupported: a lambda function is not supported here"
            ),
            ("SELECT TIME '10:00:00'", "1:8: unsupported: the type TIME is not supported here"),
        ])
    func refusals(sql: String, message: String) {
        #expect(errors(sql).first?.description == message)
    }

    @Test func namesInConditionsOfJoinsAreCheckedToo() {
        #expect(
            errors("SELECT r.devic FROM readings r JOIN other o ON r.device = o.devise").map(\.code)
                == [.unknownName, .unknownName])
    }

    @Test func unknownRelationsFindTheirNeighbours() {
        #expect(
            errors("SELECT * FROM reading").map(\.description)
                == ["1:15: unknownName: there is no relation 'reading'; Did you mean 'readings'?"])
    }

    @Test func conditionsMustBeBoolean() throws {
        let relation = RelationSchema(Schema([Field("a", .int)]), hiddenFields: [Field("_offset", .bigint)])
        #expect(try planner.plan(condition: "a > 0 AND _offset >= 0", over: relation).type == .boolean)
        #expect(throws: SQLErrors.self) { try planner.plan(condition: "a + 1", over: relation) }
        #expect(try planner.plan(expression: "a + 1", over: relation).type == .int)
    }

    private func errors(_ sql: String) -> [SQLError] {
        do throws(SQLErrors) {
            _ = try planner.plan(sql)
            return []
        } catch {
            return error.errors
        }
    }
}
