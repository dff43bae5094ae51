// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore
import StreamTesting

/// Runs plans over rows in memory, step by step: stateful steps with the operators of the engine, groups with their naive twin too.
struct QueryRunner {
    /// The rows of a plan, or the first failure of one.
    struct Outcome {
        var batch: ColumnBatch
        var failures: [RowErrors.Entry] = []
        /// Where the operators of the engine and their naive twins answered differently.
        var disagreements: [String] = []
    }

    var relations: [String: ColumnBatch] = [:]
    /// Whether groups are those of the naive twin alone.
    var isNaive = false

    private static let context = EvaluationContext(epochMicros: 1_700_000_000_000_000)

    /// Plans and runs a query.
    func run(_ sql: String) throws(SQLErrors) -> Outcome {
        let planner = SQLPlanner(relations: relations.mapValues { RelationSchema($0.schema) })
        let plan = try planner.plan(sql)
        if Self.hasOtherSteps(plan) {
            let whole = SQLPosition(line: 1, column: 1, byteOffset: 0, length: 0)
            throw SQLErrors([SQLError(position: whole, code: .unsupported, message: "a look-up is not computed here")])
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
            let outcomes = inputs.map { rows($0) }
            let batches = outcomes.map { outcome in
                ColumnBatch(
                    schema: schema,
                    columns: outcome.batch.columns.indices.map {
                        outcome.batch.columns[$0].retyped(schema.fields[$0].type)
                    }, rowCount: outcome.batch.rowCount)
            }
            return Outcome(
                batch: ColumnBatch.concatenated(batches), failures: outcomes.flatMap(\.failures),
                disagreements: outcomes.flatMap(\.disagreements))
        case .aggregate(let input, let aggregate): return groups(rows(input), aggregate)
        case .join(let left, let right, let join): return pairs(rows(left), rows(right), join, plan.schema)
        case .deduplicate, .lookup: preconditionFailure("a step that is not computed here")
        }
    }

    private func groups(_ input: Outcome, _ plan: AggregatePlan) -> Outcome {
        var naive = NaiveGroups(plan, Self.context)
        let batch = naive.groups(of: input.batch)
        var result = input
        result.failures += naive.failures
        result.batch = Self.batch(plan.schema, [])
        if isNaive, let batch {
            result.batch = batch
            return result
        }
        do throws(PipelineError) {
            let found = try OperatorTwin.groups(plan, input.batch)
            result.batch = Self.batch(plan.schema, found.epochs.flatMap { $0 })
            var errors = RowErrors()
            for failure in found.failures { errors.add(row: 0, failure.code, failure.message) }
            result.failures += errors.entries
            let isWhole = naive.failures.isEmpty && !naive.overflow
            if isWhole != found.failures.isEmpty, naive.failures.isEmpty {
                result.disagreements.append(
                    "\(found.failures) where the twin has \(naive.overflow ? "a" : "no") failure")
            } else if isWhole, let batch,
                let difference = OperatorTwin.difference(plan, result.batch.rows, batch.rows)
            {
                result.disagreements.append(difference)
            }
        } catch {
            result.disagreements.append("\(error)")
        }
        return result
    }

    private func pairs(_ left: Outcome, _ right: Outcome, _ plan: JoinPlan, _ schema: Schema) -> Outcome {
        var result = left
        result.failures += right.failures
        result.disagreements += right.disagreements
        result.batch = Self.batch(schema, [])
        do throws(PipelineError) {
            let found = try OperatorTwin.pairs(plan, left.batch, right.batch)
            result.batch = Self.batch(schema, found.epochs.flatMap { $0 })
            var errors = RowErrors()
            for failure in found.failures { errors.add(row: 0, failure.code, failure.message) }
            result.failures += errors.entries
        } catch {
            result.disagreements.append("\(error)")
        }
        return result
    }

    private static func batch(_ schema: Schema, _ rows: [[Value]]) -> ColumnBatch {
        ColumnBatch(
            schema: schema,
            columns: schema.fields.indices.map { index in Column(schema.fields[index].type, rows.map { $0[index] }) },
            rowCount: rows.count)
    }

    private static func hasOtherSteps(_ plan: RelationPlan) -> Bool {
        switch plan {
        case .deduplicate, .lookup: true
        default: plan.children.contains(where: hasOtherSteps)
        }
    }
}
