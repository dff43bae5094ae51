// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// A relation's plan prepared for evaluation, with the columns that each step must give.
indirect enum StatelessPlan: Sendable {
    /// `names` find the columns when the rows that come have others than planned.
    case scan(relation: String, names: [String])
    /// One row without columns.
    case oneRow
    case project(StatelessPlan, [(column: Int, expression: ExpressionEvaluator)], width: Int)
    case filter(StatelessPlan, ExpressionEvaluator, needed: Set<Int>?)
    case unionAll([StatelessPlan], types: [DataType], needed: Set<Int>?)
    case lookup(StatelessPlan, LookupStep, needed: Set<Int>?)

    /// Prepares a plan of which only the columns in `needed` are asked for (`nil`: all). Notes in `asked` what it asks of
    /// the relations it reads.
    init(_ plan: RelationPlan, needed: Set<Int>?, asked: inout [String: Set<Int>]) {
        switch plan {
        case .scan(let relation, let schema):
            asked[relation, default: []].formUnion(needed ?? Set(schema.fields.indices))
            self = .scan(relation: relation, names: schema.fields.map(\.name))
        case .oneRow: self = .oneRow
        case .project(let input, let columns):
            let expressions = columns.indices.filter { needed?.contains($0) ?? true }.map {
                (column: $0, expression: ExpressionEvaluator(columns[$0].expression))
            }
            // A column that nobody reads is still computed when it can fail: its errors must not depend on who reads.
            let hidden = columns.indices.filter { !(needed?.contains($0) ?? true) }.compactMap {
                let evaluator = ExpressionEvaluator(columns[$0].expression)
                return evaluator.canFail ? (column: $0, expression: evaluator) : nil
            }
            let all = expressions + hidden
            let inputs = Set(all.flatMap { $0.expression.inputs })
            self = .project(
                StatelessPlan(input, needed: inputs, asked: &asked), all, width: columns.count)
        case .filter(let input, let condition):
            let evaluator = ExpressionEvaluator(condition)
            self = .filter(
                StatelessPlan(input, needed: needed?.union(evaluator.inputs), asked: &asked), evaluator, needed: needed)
        case .unionAll(let inputs, let schema):
            self = .unionAll(
                inputs.map { StatelessPlan($0, needed: needed, asked: &asked) }, types: schema.fields.map(\.type),
                needed: needed)
        case .lookup(let input, let lookup):
            let width = input.schema.count
            let step = LookupStep(lookup, width: width)
            self = .lookup(
                StatelessPlan(
                    input, needed: needed.map { step.inputs.union($0.filter { $0 < width }) }, asked: &asked), step,
                needed: needed)
        case .aggregate, .deduplicate, .join:
            preconditionFailure("Dataflow has cut plans at their stateful steps")
        }
    }
}

extension StatelessPlan {
    /// Its rows, as far as the relations it reads have any; `nil` when none has. Rows that fail are left out and noted.
    ///
    /// - Throws: when a table of a lookup cannot be used.
    func rows(
        from relations: [String: TracedRelation], _ context: EvaluationContext, _ failures: inout RowFailures
    ) throws(PipelineError) -> TracedRows? {
        switch self {
        case .scan(let relation, let names): return relations[relation]?.rows(under: names)
        case .oneRow: return TracedRows(columns: [], count: 1, origins: nil)
        case .project(let input, let expressions, let width):
            guard let rows = try input.rows(from: relations, context, &failures) else { return nil }
            return Self.project(rows, expressions, width: width, context, &failures)
        case .filter(let input, let condition, let needed):
            guard let rows = try input.rows(from: relations, context, &failures) else { return nil }
            var errors = RowErrors()
            let frame = EvaluationFrame(columns: rows.columns, count: rows.count, context: context)
            var truth = condition.condition(frame, errors: &errors).truth
            if !errors.isEmpty { truth = truth.andNot(failures.note(errors, in: rows)) }
            if truth.allSet { return rows }
            return rows.taking(truth.setIndices, needed: needed)
        case .unionAll(let inputs, let types, let needed):
            var groups: [TracedRows] = []
            for input in inputs {
                if let rows = try input.rows(from: relations, context, &failures) { groups.append(rows) }
            }
            return groups.isEmpty ? nil : TracedRows.concatenated(groups, types: types, needed: needed)
        case .lookup(let input, let step, let needed):
            guard let rows = try input.rows(from: relations, context, &failures) else { return nil }
            return try step.rows(rows, needed: needed, context, &failures)
        }
    }

    private static func project(
        _ rows: TracedRows, _ expressions: [(column: Int, expression: ExpressionEvaluator)], width: Int,
        _ context: EvaluationContext, _ failures: inout RowFailures
    ) -> TracedRows {
        var errors = RowErrors()
        let frame = EvaluationFrame(columns: rows.columns, count: rows.count, context: context)
        var columns = [Column](repeating: TracedRows.absent, count: width)
        for (column, expression) in expressions {
            columns[column] = expression.evaluate(frame, errors: &errors).column(rowCount: rows.count)
        }
        let result = TracedRows(columns: columns, count: rows.count, origins: rows.origins)
        guard !errors.isEmpty else { return result }
        let failed = failures.note(errors, in: rows)
        return result.taking(failed.inverted.setIndices, needed: Set(expressions.map(\.column)))
    }
}

/// The rows of one relation under the names of its columns.
struct TracedRelation {
    let names: [String]
    var rows: TracedRows

    /// The rows with the columns a reader was planned for, found by name where their order differs.
    func rows(under wanted: [String]) -> TracedRows {
        if wanted.count == names.count { return rows }
        let columns = wanted.map { name -> Column in
            let index = names.firstIndex(of: name) ?? names.firstIndex { $0.lowercased() == name.lowercased() }
            return index.map { rows.columns[$0] } ?? TracedRows.absent
        }
        return TracedRows(columns: columns, count: rows.count, origins: rows.origins)
    }
}

/// Collects the input rows that a transform could not use, each once.
struct RowFailures {
    let stage: String
    private(set) var rejected: [RejectedRow] = []
    private var seen: Set<Int> = []

    init(stage: String) { self.stage = stage }

    /// Notes the failures of `rows`, and returns the rows that failed.
    mutating func note(_ errors: RowErrors, in rows: TracedRows) -> Bitmap {
        var failed = Set<Int>()
        for entry in errors.entries {
            failed.insert(Int(entry.row))
            let origin = rows.origin(of: Int(entry.row))
            guard seen.insert(origin).inserted else { continue }
            let message = entry.expression.isEmpty ? entry.message : "\(entry.message) in \(entry.expression)"
            rejected.append(RejectedRow(row: origin, stage: stage, code: entry.code, message: message))
        }
        var bits = BitmapBuilder(capacity: rows.count)
        for row in 0..<rows.count { bits.append(failed.contains(row)) }
        return bits.finish()
    }

    /// Notes rows that an expectation refuses.
    mutating func note(_ refused: Bitmap, in rows: TracedRows, stage: String, message: String) {
        for row in refused.setIndices.array {
            let origin = rows.origin(of: Int(row))
            rejected.append(RejectedRow(row: origin, stage: stage, code: .expectationFailed, message: message))
        }
    }
}
