// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import Testing

struct SchemaDDLTests {
    @Test func columnsKeepNameTypeNullabilityAndComment() throws {
        let schema = try Schema(parsingDDL: "device STRING NOT NULL, Ts timestamp COMMENT 'when', `a b` DECIMAL(10, 2)")
        #expect(
            schema.fields == [
                Field("device", .string, nullable: false), Field("Ts", .timestamp, comment: "when"),
                Field("a b", .decimal(precision: 10, scale: 2)),
            ])
    }

    @Test(
        "every name of a type is understood",
        arguments: [
            ("byte", DataType.tinyint), ("SHORT", .smallint), ("integer", .int), ("Long", .bigint), ("real", .float),
            ("dec", .decimal(precision: 10, scale: 0)), ("numeric(5)", .decimal(precision: 5, scale: 0)),
            ("varchar(20)", .string), ("char(3)", .string), ("timestamp_ltz", .timestamp),
            ("timestamp_ntz", .timestampNTZ), ("binary", .binary), ("interval day to second", .dayTimeInterval),
            ("interval month", .yearMonthInterval),
            (
                "map<string,array<struct<a:int,b:array<map<int,double>>>>>",
                .map(
                    key: .string,
                    value: .array(
                        element: .structure([
                            Field("a", .int),
                            Field(
                                "b",
                                .array(
                                    element: .map(key: .int, value: .double, valueContainsNull: true),
                                    containsNull: true)),
                        ]), containsNull: true), valueContainsNull: true)
            ),
        ])
    func typeNames(text: String, type: DataType) throws {
        #expect(try DataType(parsingDDL: text) == type)
    }

    @Test func allMistakesAreReportedAtOnce() {
        let mistakes = errors("a STRNG, b DECIMAL(50,2), a INT, c, d INT NOT, e STRUCT<x: INTT, y: INT> NULL")
        #expect(
            mistakes.map(\.description) == [
                "1:3: unknownName: there is no type 'STRNG'; Did you mean 'STRING'?",
                "1:12: invalidSQL: the precision of a decimal is 1 to 38, not 50",
                "1:27: invalidSQL: the name 'a' occurs twice",
                "1:35: invalidSQL: expected a type, found ','",
                "1:46: invalidSQL: expected 'NULL', found ','",
                "1:60: unknownName: there is no type 'INTT'; Did you mean 'INT'?",
            ])
        #expect(mistakes[0].position.byteOffset == 2)
        #expect(mistakes[0].position.length == 5)
    }

    @Test func positionsCountLinesAndScalars() {
        #expect(errors("é INT,\n  ü STRIN").map(\.position.line) == [2])
        #expect(errors("é INT,\n  ü STRIN").map(\.position.column) == [5])
    }

    @Test func textReadsBackToTheSameSchema() throws {
        let text =
            "a INT NOT NULL COMMENT 'it\\'s', `b c` ARRAY<STRUCT<x: STRING NOT NULL, `y``z`: DECIMAL(38,18)>>, m MAP<STRING, BINARY>"
        let schema = try Schema(parsingDDL: text)
        #expect(schema.ddl == text)
        #expect(try Schema(parsingDDL: schema.ddl) == schema)
    }

    @Test func structIsReadAsItsFields() throws {
        #expect(try Schema(parsingDDL: "struct<a int, b: string>").ddl == "a INT, b STRING")
    }

    @Test func hostileNestingIsRefused() {
        let text = "a " + String(repeating: "ARRAY<", count: 5000) + "INT" + String(repeating: ">", count: 5000)
        #expect(errors(text).first?.message == "nested more than 96 levels deep")
    }

    private func errors(_ ddl: String) -> [SQLError] {
        do throws(SQLErrors) {
            _ = try Schema(parsingDDL: ddl)
            return []
        } catch {
            return error.errors
        }
    }
}
