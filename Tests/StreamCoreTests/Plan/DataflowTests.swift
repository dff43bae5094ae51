// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import Testing

struct DataflowTests {
    private let schema = Schema([Field("k", .string), Field("unused", .bigint), Field("v", .bigint)])

    private func column(_ index: Int, _ type: DataType) -> Expression {
        Expression(.column(index), type: type, nullable: true)
    }

    private var sum: AggregatePlan {
        AggregatePlan(
            keys: [NamedExpression("k", column(0, .string))],
            aggregates: [
                AggregateCall(
                    name: "s", function: .sum, arguments: [column(2, .bigint)], type: .bigint, nullable: true)
            ])
    }

    @Test func aStatelessTransformStaysAsItIs() {
        let plan = RelationPlan.filter(.scan(relation: "in", schema: schema), column(1, .boolean))
        let flow = Dataflow(sources: ["in"], transforms: [TransformDeclaration(name: "t", plan: plan)])
        #expect(flow.steps.isEmpty)
        #expect(flow.relations.map(\.name) == ["t"])
        #expect(flow.origins["t"] == ["in"])
    }

    @Test func whatAStepReadsAndGivesBecomesRelationsOfItsOwn() throws {
        let plan = RelationPlan.project(
            .aggregate(.scan(relation: "in", schema: schema), sum), [NamedExpression("s", column(1, .bigint))])
        let flow = Dataflow(sources: ["in"], transforms: [TransformDeclaration(name: "t", plan: plan)])
        let step = try #require(flow.steps.first)
        #expect(flow.steps.count == 1)
        #expect(step.name == "t")
        #expect(step.isLast)
        #expect(step.inputs.map(\.relation) == ["t$in"])
        #expect(step.inputs.map(\.needed) == [[0, 2]])
        #expect(step.output == "t$out")
        #expect(step.outputSchema.fields.map(\.name) == ["k", "s"])
        #expect(flow.relations.map(\.name) == ["t$in", "t"])
        #expect(flow.origins["t$in"] == ["in"])
        #expect(flow.origins["t"] == ["t$out"])
    }

    @Test func stepsOfOneTransformAreNumberedFromTheInside() {
        let scan = RelationPlan.scan(relation: "in", schema: schema)
        let join = JoinPlan(kind: .inner, keys: [(column(0, .string), column(0, .string))])
        let plan = RelationPlan.join(.aggregate(scan, sum), .unionAll([scan, scan], schema: schema), join)
        let outer = RelationPlan.deduplicate(plan, DeduplicatePlan(keys: [column(0, .string)]))
        let flow = Dataflow(sources: ["in"], transforms: [TransformDeclaration(name: "t", plan: outer)])
        #expect(flow.steps.map(\.name) == ["t.1", "t.2", "t.3"])
        #expect(flow.steps.map(\.isLast) == [false, false, true])
        #expect(flow.steps[1].inputs.map(\.relation) == ["t.2$left", "t.2$right"])
        #expect(flow.origins["t.2$left"] == ["t.1$out"])
        #expect(flow.origins["t.2$right"] == ["in"])
        #expect(flow.origins["t"] == ["t.3$out"])
    }

    @Test func aTransformOverAnotherReadsItsRelation() {
        let first = TransformDeclaration(name: "a", plan: .aggregate(.scan(relation: "in", schema: schema), sum))
        let second = TransformDeclaration(
            name: "b", plan: .filter(.scan(relation: "a", schema: first.plan.schema), column(1, .boolean)))
        let flow = Dataflow(sources: ["in"], transforms: [first, second])
        #expect(flow.relations.map(\.name) == ["a$in", "a", "b"])
        #expect(flow.origins["b"] == ["a$out"])
    }
}
