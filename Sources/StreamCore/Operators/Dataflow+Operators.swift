// SPDX-License-Identifier: Apache-2.0
import Columnar
public import Failures

extension Dataflow {
    /// The stateless part, which computes what the given relations and all stateful steps read.
    public func graph(sources: [String: SourceDeclaration], wanted: Set<String>) -> TransformGraph {
        var origins = sources.mapValues {
            TransformGraph.Origin(
                schema: Schema($0.schema.fields + $0.metadataColumns), expectations: $0.expectations)
        }
        var asked: [String: Set<Int>?] = Dictionary(uniqueKeysWithValues: wanted.map { ($0, nil) })
        for step in steps {
            origins[step.output] = TransformGraph.Origin(schema: step.outputSchema)
            for input in step.inputs { asked.updateValue(input.needed, forKey: input.relation) }
        }
        return TransformGraph(origins: origins, transforms: relations, wanted: asked)
    }

    /// The stateful steps as an engine runs them.
    ///
    /// - Throws: `unsupported` for a step that there is no operator for.
    public func operators() throws(PipelineError) -> [EngineParts.BoundOperator] {
        var bound: [EngineParts.BoundOperator] = []
        for step in steps {
            bound.append(
                EngineParts.BoundOperator(
                    try step.makeOperator(), inputs: step.inputs.map(\.relation), output: step.output,
                    origins: step.inputs.reduce(into: []) { $0.formUnion(origins[$1.relation] ?? []) }))
        }
        return bound
    }
}

extension Dataflow.Step {
    /// The operator that does this step.
    func makeOperator() throws(PipelineError) -> any StatefulOperator {
        switch node {
        case .aggregate(let plan):
            if plan.window?.isSession == true {
                return SessionAggregate(
                    name: name, plan: plan, input: inputs[0].schema,
                    outputMode: isLast ? transform.outputMode : .append, onLate: transform.onLate,
                    allowedLatenessMicros: transform.allowedLatenessMicros)
            }
            return WindowedAggregate(
                name: name, plan: plan, input: inputs[0].schema, outputMode: isLast ? transform.outputMode : .append,
                onLate: transform.onLate, allowedLatenessMicros: transform.allowedLatenessMicros)
        case .deduplicate(let plan):
            return Deduplicate(name: name, plan: plan, input: inputs[0].schema, onLate: transform.onLate)
        case .join(let plan):
            return StreamJoin(
                name: name, plan: plan, left: inputs[0].schema, right: inputs[1].schema, onLate: transform.onLate)
        }
    }
}
