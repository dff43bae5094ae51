// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

/// Transforms give each wanted relation its rows, and every row that is left out by an error is traced to its input row.
struct TransformGraphTests {
    private let schema = Schema([Field("id", .int), Field("text", .string), Field("ok", .boolean)])

    private var id: Expression { Expression(.column(0), type: .int, nullable: true, text: "id") }
    private var text: Expression { Expression(.column(1), type: .string, nullable: true, text: "text") }
    private var ok: Expression { Expression(.column(2), type: .boolean, nullable: true, text: "ok") }
    private var number: Expression {
        Expression(.cast(text, .ansi), type: .int, nullable: true, text: "CAST(text AS INT)")
    }

    private func source(_ expectations: [StreamCore.Expectation] = []) -> [String: SourceDeclaration] {
        [
            "in": SourceDeclaration(
                name: "in", connector: .rate(RateSourceOptions()), format: .native, schema: schema,
                expectations: expectations)
        ]
    }

    private var scan: RelationPlan { .scan(relation: "in", schema: schema) }

    private var rows: ColumnBatch {
        ColumnBatch(
            schema: schema,
            columns: [
                Column(.int, [.int(0), .int(1), .int(2), .int(3)]),
                Column(.string, [.string("10"), .string("x"), .string("30"), .string("y")]),
                Column(.boolean, [.boolean(true), .boolean(true), .null, .boolean(true)]),
            ], rowCount: 4)
    }

    private func graph(
        _ transforms: [TransformDeclaration], wanted: Set<String>, expectations: [StreamCore.Expectation] = []
    ) -> TransformGraph {
        TransformGraph(sources: source(expectations), transforms: transforms, wanted: wanted)
    }

    @Test func filterAndProjectKeepOriginsOfFailedRows() throws {
        let graph = graph(
            [
                TransformDeclaration(
                    name: "numbers",
                    plan: .project(.filter(scan, ok), [NamedExpression("n", number), NamedExpression("id", id)])),
                TransformDeclaration(
                    name: "again",
                    plan: .filter(
                        .scan(relation: "numbers", schema: Schema([Field("n", .int), Field("id", .int)])),
                        Expression(.literal(.boolean(true)), type: .boolean, nullable: false))),
            ], wanted: ["numbers", "again"])
        let result = try graph.process(source: "in", rows: rows, context: EvaluationContext(epochMicros: 0))
        #expect(result.outputs["numbers"]?.rows == [[.int(10), .int(0)]])
        #expect(result.outputs["again"]?.rows == [[.int(10), .int(0)]])
        #expect(result.rejected.map(\.row) == [1, 3])
        #expect(result.rejected.map(\.stage) == ["numbers", "numbers"])
        #expect(result.rejected[0].code == .invalidCast)
        #expect(result.rejected[0].message == "'x' is not written as INT in CAST(text AS INT)")
    }

    @Test func columnsThatNobodyReadsStillFail() throws {
        let graph = graph(
            [
                TransformDeclaration(
                    name: "all", plan: .project(scan, [NamedExpression("n", number), NamedExpression("id", id)])),
                TransformDeclaration(
                    name: "ids",
                    plan: .project(
                        .scan(relation: "all", schema: Schema([Field("n", .int), Field("id", .int)])),
                        [NamedExpression("id", Expression(.column(1), type: .int, nullable: true))])),
            ], wanted: ["ids"])
        let result = try graph.process(source: "in", rows: rows, context: EvaluationContext(epochMicros: 0))
        #expect(result.outputs["ids"]?.rows == [[.int(0)], [.int(2)]])
        #expect(result.outputs.count == 1)
        #expect(result.rejected.map(\.stage) == ["all", "all"])
    }

    @Test func unionTakesRowsOfTheSourcesThatHaveSome() throws {
        let one = RelationPlan.project(scan, [NamedExpression("id", id)])
        let other = RelationPlan.project(
            .scan(relation: "elsewhere", schema: schema), [NamedExpression("id", id)])
        let plan = RelationPlan.unionAll(
            [.filter(one, Expression(.cast(id, .ansi), type: .boolean, nullable: true)), other, one], schema: one.schema
        )
        let graph = graph([TransformDeclaration(name: "u", plan: plan)], wanted: ["u"])
        let result = try graph.process(source: "in", rows: rows, context: EvaluationContext(epochMicros: 0))
        #expect(
            result.outputs["u"]?.rows.map { $0[0] } == [.int(1), .int(2), .int(3), .int(0), .int(1), .int(2), .int(3)])
    }

    @Test func expectationsRouteWhatDoesNotMeetThem() throws {
        let isPositive = Expression(.cast(id, .ansi), type: .boolean, nullable: true, text: "id")
        func outcome(_ action: StreamCore.Expectation.Action) throws -> ProcessedBatch {
            try graph(
                [], wanted: ["in"],
                expectations: [StreamCore.Expectation(name: "positive", condition: isPositive, onViolation: action)]
            ).process(source: "in", rows: rows, context: EvaluationContext(epochMicros: 0))
        }
        #expect(try outcome(.warn).outputs["in"]?.rowCount == 4)
        #expect(try outcome(.warn).violations == ["in.positive": 1])
        #expect(try outcome(.drop).outputs["in"]?.rowCount == 3)
        #expect(try outcome(.drop).violations == ["in.positive": 1])
        let routed = try outcome(.deadLetter)
        #expect(routed.outputs["in"]?.rowCount == 3)
        #expect(
            routed.rejected == [
                RejectedRow(
                    row: 0, stage: "in.positive", code: .expectationFailed, message: "'positive' is not met: id")
            ])
        #expect { try outcome(.fail) } throws: { ($0 as? PipelineError)?.code == .expectationFailed }
    }
}
