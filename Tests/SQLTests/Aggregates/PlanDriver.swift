// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting

/// Runs a plan over epochs: stateless steps by hand, each stateful step with its operator, the watermark passed through the chain.
struct PlanDriver {
    /// What one epoch brings, and the watermark at its end.
    struct Epoch {
        var batches: [ColumnBatch]
        var watermark: Watermark
    }

    let relations: [String: [Epoch]]
    var outputMode = OutputMode.append
    var shards = 1
    var workers = 1
    var recovery = OperatorDriver.Recovery.none
    private static let context = EvaluationContext(epochMicros: 0)

    /// The rows that each epoch gives.
    func run(_ plan: RelationPlan) throws -> [[[Value]]] {
        try epochs(plan, isLast: true).map { $0.batches.flatMap(\.rows) }
    }

    private func epochs(_ plan: RelationPlan, isLast: Bool) throws -> [Epoch] {
        switch plan {
        case .scan(let relation, _): return relations[relation] ?? []
        case .project(let input, let columns):
            return try mapped(epochs(input, isLast: isLast)) { batch in
                ColumnBatch(
                    schema: plan.schema, columns: columns.map { Self.column($0.expression, batch) },
                    rowCount: batch.rowCount)
            }
        case .filter(let input, let condition):
            return try mapped(epochs(input, isLast: isLast)) { batch in
                let truth = Self.column(condition, batch)
                let kept = (0..<batch.rowCount).filter { truth.value(at: $0) == .boolean(true) }
                return batch.taking(Buffer(kept.map(Int32.init)))
            }
        case .unionAll(let inputs, let schema):
            let all = try inputs.map { try epochs($0, isLast: isLast) }
            return all[0].indices.map { index in
                let batches = all.flatMap { $0[index].batches }.map { batch in
                    ColumnBatch(
                        schema: schema, columns: zip(batch.columns, schema.fields).map { $0.retyped($1.type) },
                        rowCount: batch.rowCount)
                }
                return Epoch(batches: batches, watermark: all.map { $0[index].watermark }.min() ?? .none)
            }
        case .aggregate(let input, let aggregate):
            let operation = WindowedAggregate(
                name: "groups", plan: aggregate, input: input.schema, outputMode: isLast ? outputMode : .append,
                onLate: .deadLetter)
            return try stateful(operation, [try epochs(input, isLast: false)])
        case .deduplicate(let input, let deduplicate):
            let operation = Deduplicate(name: "distinct", plan: deduplicate, input: input.schema, onLate: .deadLetter)
            return try stateful(operation, [try epochs(input, isLast: false)])
        default: throw PipelineError(.unsupported, "a step that is not driven here")
        }
    }

    private func mapped(_ epochs: [Epoch], _ change: (ColumnBatch) -> ColumnBatch) -> [Epoch] {
        epochs.map { Epoch(batches: $0.batches.map(change), watermark: $0.watermark) }
    }

    /// Rows that are late or fail would be missing in the answer, so they fail the run.
    private func stateful(_ operation: any StatefulOperator, _ inputs: [[Epoch]]) throws -> [Epoch] {
        let epochs = inputs[0].indices.map { index in
            let batches = inputs.indices.flatMap { input in
                inputs[input][index].batches.map { (input: input, rows: $0) }
            }
            return OperatorDriver.Epoch(batches, watermark: inputs.map { $0[index].watermark }.min() ?? .none)
        }
        let outcome = try OperatorDriver(operation, shards: shards, workers: workers).run(epochs, recovery: recovery)
        if let failure = outcome.rejected.first ?? outcome.failures.first.map({ "\($0)" }) {
            throw PipelineError(.unsupported, failure)
        }
        let schema = operation.outputSchema
        return zip(outcome.epochs, epochs).map { rows, epoch in
            let columns = schema.fields.indices.map { index in Column(schema.fields[index].type, rows.map { $0[index] })
            }
            let batch = ColumnBatch(schema: schema, columns: columns, rowCount: rows.count)
            return Epoch(batches: rows.isEmpty ? [] : [batch], watermark: epoch.watermark)
        }
    }

    private static func column(_ expression: Expression, _ batch: ColumnBatch) -> Column {
        var errors = RowErrors()
        let column = ExpressionEvaluator(expression).column(batch, context: context, errors: &errors)
        precondition(errors.isEmpty, "an expression of a test failed")
        return column
    }
}
