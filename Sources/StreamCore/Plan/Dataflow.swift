// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// A pipeline cut at its stateful steps: stateless relations between sources, operators and sinks.
///
/// Each stateful node of a transform's plan becomes a step. What it reads becomes a relation of its own (`rollup$in`), and what it
/// gives an origin (`rollup$out`), from which the rest of the transform is computed as from a source.
public struct Dataflow: Sendable {
    /// A stateful step.
    public struct Step: Sendable {
        /// The transform's name, with a number when the transform has several steps: `rollup`, `rollup.2`.
        public var name: String
        /// The transform as declared.
        public var transform: TransformDeclaration
        /// What it does.
        public var node: Node
        /// The relations it reads: one, or left and right of a join.
        public var inputs: [Input]
        /// The origin that its rows come out of.
        public var output: String
        /// The schema of those rows.
        public var outputSchema: Schema
        /// Whether it is the last stateful step of its transform: the output mode is meant for it; earlier ones append.
        public var isLast: Bool
    }

    /// What a stateful step does.
    public enum Node: Sendable {
        case aggregate(AggregatePlan)
        case deduplicate(DeduplicatePlan)
        case join(JoinPlan)
    }

    /// What a step reads.
    public struct Input: Sendable {
        /// The relation.
        public var relation: String
        /// Its columns.
        public var schema: Schema
        /// The columns that the step reads; `nil` all.
        public var needed: Set<Int>?
    }

    /// The stateless relations, each after what it reads; those of the file under their names.
    public var relations: [TransformDeclaration]
    /// The stateful steps, each after those whose rows it reads.
    public var steps: [Step]
    /// For each relation the sources and steps' outputs that its rows come from.
    public var origins: [String: Set<String>]

    /// Cuts the transforms, which come each after what it reads.
    public init(sources: some Sequence<String>, transforms: [TransformDeclaration]) {
        (relations, steps, origins) = ([], [], [:])
        for source in sources { origins[source] = [source] }
        for transform in transforms {
            let count = Self.stepCount(transform.plan)
            var numbered = 0
            let plan = cut(transform.plan, of: transform, count: count, numbered: &numbered)
            var rest = transform
            rest.plan = plan
            add(rest)
        }
    }

    private mutating func add(_ relation: TransformDeclaration) {
        relations.append(relation)
        origins[relation.name] = relation.plan.inputs.reduce(into: []) { $0.formUnion(origins[$1] ?? []) }
    }

    private static func stepCount(_ plan: RelationPlan) -> Int {
        let below = plan.children.reduce(0) { $0 + stepCount($1) }
        switch plan {
        case .aggregate, .deduplicate, .join: return below + 1
        default: return below
        }
    }

    /// The plan with scans of outputs in the place of its stateful nodes.
    private mutating func cut(
        _ plan: RelationPlan, of transform: TransformDeclaration, count: Int, numbered: inout Int
    ) -> RelationPlan {
        switch plan {
        case .scan, .oneRow: return plan
        case .project(let input, let columns):
            return .project(cut(input, of: transform, count: count, numbered: &numbered), columns)
        case .filter(let input, let condition):
            return .filter(cut(input, of: transform, count: count, numbered: &numbered), condition)
        case .lookup(let input, let lookup):
            return .lookup(cut(input, of: transform, count: count, numbered: &numbered), lookup)
        case .unionAll(let inputs, let schema):
            var parts: [RelationPlan] = []
            for input in inputs { parts.append(cut(input, of: transform, count: count, numbered: &numbered)) }
            return .unionAll(parts, schema: schema)
        case .aggregate(let input, let aggregate):
            let below = cut(input, of: transform, count: count, numbered: &numbered)
            return step(
                .aggregate(aggregate), over: [("in", below, aggregate.inputColumns)], schema: plan.schema,
                of: transform,
                count: count, numbered: &numbered)
        case .deduplicate(let input, let deduplicate):
            let below = cut(input, of: transform, count: count, numbered: &numbered)
            return step(
                .deduplicate(deduplicate), over: [("in", below, nil)], schema: plan.schema, of: transform, count: count,
                numbered: &numbered)
        case .join(let left, let right, let join):
            let first = cut(left, of: transform, count: count, numbered: &numbered)
            let second = cut(right, of: transform, count: count, numbered: &numbered)
            return step(
                .join(join), over: [("left", first, nil), ("right", second, nil)], schema: plan.schema, of: transform,
                count: count, numbered: &numbered)
        }
    }

    private mutating func step(
        _ node: Node, over inputs: [(role: String, plan: RelationPlan, needed: Set<Int>?)], schema: Schema,
        of transform: TransformDeclaration, count: Int, numbered: inout Int
    ) -> RelationPlan {
        numbered += 1
        let name = count == 1 ? transform.name : "\(transform.name).\(numbered)"
        var read: [Input] = []
        for input in inputs {
            let relation = "\(name)$\(input.role)"
            add(TransformDeclaration(name: relation, plan: input.plan))
            read.append(Input(relation: relation, schema: input.plan.schema, needed: input.needed))
        }
        let output = "\(name)$out"
        origins[output] = [output]
        steps.append(
            Step(
                name: name, transform: transform, node: node, inputs: read, output: output, outputSchema: schema,
                isLast: numbered == count))
        return .scan(relation: output, schema: schema)
    }
}

extension AggregatePlan {
    /// The columns of the input that it reads.
    var inputColumns: Set<Int> {
        var expressions = keys.map(\.expression)
        if let window {
            expressions.append(window.eventTime)
            if case .session(let gap) = window.kind { expressions.append(gap) }
        }
        for call in aggregates { expressions += call.arguments + (call.filter.map { [$0] } ?? []) }
        return expressions.reduce(into: []) { $0.formUnion(ExpressionEvaluator($1).inputs) }
    }
}
