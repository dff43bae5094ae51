// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import Testing

@testable import PipelineSpec

struct TransformTests {
    private let kafka = #""type": "kafka", "brokers": "b:1", "topics": ["t"], "schema": "a INT, b STRING""#
    private let sink = #""out": {"type": "delta", "from": "last", "table": "t"}"#

    @Test func columnsWithoutANameThatTablesAllowAreTold() {
        let warnings = load(
            file(
                transforms: #"{"t": {"sql": "SELECT b + 1, a AS fine FROM s"}}"#,
                sinks: #""out": {"type": "delta", "from": "t", "table": "t"}"#)
        ).problems.filter { $0.severity == .warning }.map { "\($0.what); \($0.hint)" }
        #expect(
            warnings == ["a new Delta table cannot have the column '(b + 1)' of 't'; give it another name with AS"])
    }

    @Test func transformsComeAfterWhatTheyReadWhateverTheirOrder() {
        let transforms = """
            {"last": {"sql": "SELECT x FROM Middle WHERE x > 0"}, "middle": {"sql": "SELECT a AS x FROM first"},
             "first": {"sql": "SELECT a FROM s"}}
            """
        let pipeline = load(file(source: kafka, transforms: transforms, sinks: sink)).pipeline
        #expect(pipeline?.transforms.map(\.name) == ["first", "middle", "last"])
        #expect(pipeline?.sinks["out"]?.schema == Schema([Field("x", .int)]))
    }

    @Test func circlesAreNamedOnce() {
        let transforms = """
            {"last": {"sql": "SELECT * FROM b"}, "b": {"sql": "SELECT * FROM c"}, "c": {"sql": "SELECT * FROM b"}}
            """
        #expect(
            errors(file(source: kafka, transforms: transforms, sinks: sink)) == [
                """
                p.json:3:52: invalidPipeline: transforms read each other in a circle: b reads c reads b; let one of them \
                read a source instead
                """
            ])
    }

    @Test func mistakesInSQLStandWhereTheyAreInTheFile() {
        let transforms = #"{"last": {"sql": "SELECT \"é\" AS e,\n\tbb AS \u0062 FROM s"}}"#
        let messages = errors(file(source: kafka, transforms: transforms, sinks: sink))
        #expect(messages.count == 1)
        // The name bb follows three escapes and a character of two bytes.
        #expect(messages.first?.hasPrefix("p.json:3:55: unknownName: ") == true, "\(messages)")
    }

    @Test func mistakesAfterAVariableStandWhereTheyAreWritten() {
        let transforms = #"{"last": {"sql": "SELECT ${COLUMN:-a} AS e, bb FROM s"}}"#
        let messages = errors(file(source: kafka, transforms: transforms, sinks: sink))
        #expect(messages.first?.hasPrefix("p.json:3:59: unknownName: ") == true, "\(messages)")
    }

    @Test func unknownRelationsSuggestKnownOnes() {
        let transforms = #"{"last": {"sql": "SELECT a FROM frist"}, "first": {"sql": "SELECT a FROM s"}}"#
        let messages = errors(file(source: kafka, transforms: transforms, sinks: sink))
        #expect(
            messages == [
                "p.json:3:47: unknownName: 'frist' is no source or transform; did you mean 'first'?"
            ])
    }

    @Test func brokenTransformIsReportedOnceNotByItsReaders() {
        let transforms = """
            {"last": {"sql": "SELECT * FROM first"}, "first": {"sql": "SELECT nothing FROM s"}}
            """
        #expect(errors(file(source: kafka, transforms: transforms, sinks: sink)).count == 1)
    }

    @Test func metadataColumnsAreThereWhenNamed() {
        let transforms = #"{"last": {"sql": "SELECT a, _OFFSET AS o, _topic FROM s"}}"#
        let pipeline = load(file(source: kafka, transforms: transforms, sinks: sink)).pipeline
        #expect(pipeline?.sources["s"]?.metadataColumns.map(\.name) == ["_topic", "_offset"])
        #expect(pipeline?.sinks["out"]?.schema.fields.map(\.type) == [.int, .bigint, .string])
        let star = #"{"last": {"sql": "SELECT * FROM s"}}"#
        #expect(load(file(source: kafka, transforms: star, sinks: sink)).pipeline?.sources["s"]?.metadataColumns == [])
    }

    @Test func columnsThatCannotBeStoredAreRefused() {
        let transforms = #"{"last": {"sql": "SELECT NULL AS n, a FROM s"}}"#
        #expect(
            errors(file(source: kafka, transforms: transforms, sinks: sink)) == [
                """
                p.json:4:44: typeMismatch: column 'n' of 'last' is VOID, which cannot be stored; give NULL a type: CAST(NULL \
                AS STRING)
                """
            ])
        let console = #""out": {"type": "console", "from": "last"}"#
        #expect(errors(file(source: kafka, transforms: transforms, sinks: console)) == [])
    }

    @Test func twoColumnsOfOneNameAreRefused() {
        let transforms = #"{"last": {"sql": "SELECT a, b AS A FROM s"}}"#
        #expect(
            errors(file(source: kafka, transforms: transforms, sinks: sink)) == [
                "p.json:4:44: schemaMismatch: 'last' has two columns named 'A'; give one another name with AS"
            ])
    }

    @Test func expectationsAreConditionsOverTheRelation() {
        let expect = #", "expect": [{"name": "e", "condition": "a > 0 AND _offset >= 0", "onViolation": "drop"}]"#
        let transforms = #"{"last": {"sql": "SELECT a FROM s", "expect": [{"name": "x", "condition": "a + 1"}]}}"#
        let outcome = load(
            file(source: kafka + expect, transforms: #"{"last": {"sql": "SELECT a FROM s"}}"#, sinks: sink))
        #expect(outcome.pipeline?.sources["s"]?.expectations.map(\.onViolation) == [.drop])
        #expect(outcome.pipeline?.sources["s"]?.expectations.first?.condition.type == .boolean)
        let messages = errors(file(source: kafka, transforms: transforms, sinks: sink))
        #expect(messages.count == 1)
        #expect(messages.first?.hasPrefix("p.json:3:90: ") == true, "\(messages)")
    }

    @Test func relationsThatNothingReadsAreAWarning() {
        let transforms = #"{"last": {"sql": "SELECT a FROM s"}, "idle": {"sql": "SELECT a FROM s"}}"#
        let problems = load(file(source: kafka, transforms: transforms, sinks: sink)).problems
        #expect(
            problems.map(\.description) == [
                """
                p.json:3:52: warning: invalidPipeline: nothing reads 'idle'; name it in a transform or a sink, or remove it
                """
            ])
    }
}
