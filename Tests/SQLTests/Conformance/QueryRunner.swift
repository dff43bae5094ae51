// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore

/// Runs stateless plans over rows in memory, operator by operator, without the engine.
struct QueryRunner {
    /// The rows of a plan, or the first failure of one.
    struct Outcome {
        var batch: ColumnBatch
        var failures: [RowErrors.Entry] = []
    }

    var relations: [String: ColumnBatch] = [:]

    private static let context = EvaluationContext(epochMicros: 1_700_000_000_000_000)

    /// Plans and runs a query.
    func run(_ sql: String) throws(SQLErrors) -> Outcome {
        let planner = SQLPlanner(relations: relations.mapValues { RelationSchema($0.schema) })
        let plan = try planner.plan(sql)
        if Self.hasOtherSteps(plan) {
            let whole = SQLPosition(line: 1, column: 1, byteOffset: 0, length: 0)
            throw SQLErrors([SQLError(position: whole, code: .unsupported, message: "joins are not computed here")])
        }
        return rows(plan)
    }

    func rows(_ plan: RelationPlan) -> Outcome {
        switch plan {
        case .oneRow: return Outcome(batch: ColumnBatch(schema: Schema([]), columns: [], rowCount: 1))
        case .scan(let relation, let schema):
            let empty = ColumnBatch(
                schema: schema, columns: schema.fields.map { Column(nulls: $0.type, count: 0) }, rowCount: 0)
            return Outcome(batch: relations[relation] ?? empty)
        case .filter(let input, let condition):
            var outcome = rows(input)
            var errors = RowErrors()
            let truth = ExpressionEvaluator(condition).column(outcome.batch, context: Self.context, errors: &errors)
            outcome.failures += errors.entries
            let kept = (0..<outcome.batch.rowCount).filter { truth.value(at: $0) == .boolean(true) }
            outcome.batch = outcome.batch.taking(Buffer(kept.map(Int32.init)))
            return outcome
        case .project(let input, let columns):
            var outcome = rows(input)
            var errors = RowErrors()
            let values = columns.map {
                ExpressionEvaluator($0.expression).column(outcome.batch, context: Self.context, errors: &errors)
            }
            outcome.failures += errors.entries
            outcome.batch = ColumnBatch(schema: plan.schema, columns: values, rowCount: outcome.batch.rowCount)
            return outcome
        case .unionAll(let inputs, let schema):
            let outcomes = inputs.map(rows)
            let batches = outcomes.map { outcome in
                ColumnBatch(
                    schema: schema,
                    columns: outcome.batch.columns.indices.map {
                        outcome.batch.columns[$0].retyped(schema.fields[$0].type)
                    }, rowCount: outcome.batch.rowCount)
            }
            return Outcome(
                batch: ColumnBatch.concatenated(batches), failures: outcomes.flatMap(\.failures))
        case .aggregate(let input, let aggregate):
            var outcome = rows(input)
            var groups = NaiveGroups(aggregate, Self.context)
            let batch = groups.groups(of: outcome.batch)
            outcome.failures += groups.failures
            if groups.overflow || batch == nil {
                var errors = RowErrors()
                errors.add(row: 0, .numericOverflow, "a group does not fit")
                outcome.failures += errors.entries
            }
            let empty = ColumnBatch(
                schema: plan.schema, columns: plan.schema.fields.map { Column(nulls: $0.type, count: 0) }, rowCount: 0)
            outcome.batch = batch ?? empty
            return outcome
        case .deduplicate, .join, .lookup: preconditionFailure("a step that is not computed here")
        }
    }

    private static func hasOtherSteps(_ plan: RelationPlan) -> Bool {
        switch plan {
        case .deduplicate, .join, .lookup: true
        default: plan.children.contains(where: hasOtherSteps)
        }
    }
}
