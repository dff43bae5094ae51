// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// The stateless transforms of a pipeline: computes, for rows of one source, what each wanted relation gets from them.
///
/// - Input: a batch of one source, with the schema that the source declares, metadata columns included.
/// - Output: one batch per wanted relation that got rows, in input order per plan; the refused rows with their input row.
/// - A row whose expression fails, or that an expectation refuses, is left out of that relation and reported once for it.
/// - Each relation is computed once per batch; only columns that somebody reads are gathered. Immutable, so that workers
///   share one graph without locks.
public struct TransformGraph: BatchProcessor {
    /// A relation with its checks, in an order in which each comes after what it reads.
    private struct Stage: Sendable {
        let name: String
        /// `nil` for a source.
        let plan: StatelessPlan?
        let inputs: Set<String>
        let schema: Schema
        let expectations: [(expectation: Expectation, condition: ExpressionEvaluator)]
        let isWanted: Bool
    }

    /// Something that rows come from: a source, or a stateful operator.
    public struct Origin: Sendable {
        let schema: Schema
        let expectations: [Expectation]

        /// Rows of a schema, and what they must be.
        public init(schema: Schema, expectations: [Expectation] = []) {
            self.schema = schema
            self.expectations = expectations
        }
    }

    private let origins: [String: Stage]
    private let transforms: [Stage]

    /// A graph of the relations that sinks of a pipeline read.
    public init(_ pipeline: Pipeline) {
        self.init(
            sources: pipeline.sources, transforms: pipeline.transforms, wanted: Set(pipeline.sinks.values.map(\.from)))
    }

    /// A graph that computes the wanted relations: sources or transforms by name. Transforms come after what they read.
    public init(
        sources: [String: SourceDeclaration], transforms: [TransformDeclaration], wanted: Set<String>
    ) {
        let origins = sources.mapValues {
            Origin(schema: Schema($0.schema.fields + $0.metadataColumns), expectations: $0.expectations)
        }
        self.init(
            origins: origins, transforms: transforms, wanted: Dictionary(uniqueKeysWithValues: wanted.map { ($0, nil) })
        )
    }

    /// A graph that computes the wanted relations, of each the columns asked for (`nil`: all); the others come as NULL.
    public init(
        origins: [String: Origin], transforms: [TransformDeclaration], wanted: [String: Set<Int>?]
    ) {
        var asked: [String: Set<Int>] = [:]
        var stages: [Stage] = []
        // From the readers to what they read, so that the columns asked for are known.
        for transform in transforms.reversed() {
            let isWanted = wanted.keys.contains(transform.name)
            guard isWanted || asked[transform.name] != nil else { continue }
            let checks = Self.prepare(transform.expectations)
            let ownColumns = wanted[transform.name] ?? []
            let needed = ownColumns.map {
                $0.union(asked[transform.name, default: []]).union(checks.flatMap { $0.condition.inputs })
            }
            let plan = StatelessPlan(transform.plan, needed: needed, asked: &asked)
            stages.append(
                Stage(
                    name: transform.name, plan: plan, inputs: transform.plan.inputs, schema: transform.plan.schema,
                    expectations: checks, isWanted: isWanted))
        }
        self.transforms = stages.reversed()
        var sources: [String: Stage] = [:]
        for (name, origin) in origins {
            sources[name] = Stage(
                name: name, plan: nil, inputs: [], schema: origin.schema,
                expectations: Self.prepare(origin.expectations), isWanted: wanted.keys.contains(name))
        }
        self.origins = sources
    }

    private static func prepare(
        _ expectations: [Expectation]
    ) -> [(expectation: Expectation, condition: ExpressionEvaluator)] {
        expectations.map { (expectation: $0, condition: ExpressionEvaluator($0.condition)) }
    }

    /// Computes what each wanted relation gets from these rows, at the time of their epoch.
    ///
    /// - Throws: `expectationFailed` for an expectation with `"onViolation": "fail"`.
    public func process(
        source: String, rows: ColumnBatch, context: EvaluationContext
    ) throws(PipelineError) -> ProcessedBatch {
        guard let origin = origins[source] else {
            throw PipelineError(.unknownName, "the pipeline has no source '\(source)'")
        }
        var result = ProcessedBatch()
        var relations: [String: TracedRelation] = [:]
        let input = TracedRows(columns: rows.columns, count: rows.rowCount, origins: nil)
        relations[source] = TracedRelation(
            names: rows.schema.fields.map(\.name), rows: try check(input, origin, context, &result))
        if origin.isWanted, let kept = relations[source]?.rows, kept.count > 0 {
            result.give(kept, under: rows.schema, as: source)
        }
        for stage in transforms where !stage.inputs.isDisjoint(with: relations.keys) {
            try run(stage, &relations, context, &result)
        }
        return result
    }

    private func run(
        _ stage: Stage, _ relations: inout [String: TracedRelation], _ context: EvaluationContext,
        _ result: inout ProcessedBatch
    ) throws(PipelineError) {
        var failures = RowFailures(stage: stage.name)
        guard let computed = try stage.plan?.rows(from: relations, context, &failures) else { return }
        result.rejected += failures.rejected
        let rows = try check(computed, stage, context, &result)
        relations[stage.name] = TracedRelation(names: stage.schema.fields.map(\.name), rows: rows)
        if stage.isWanted, rows.count > 0 {
            result.give(rows, under: stage.schema, as: stage.name)
        }
    }

    /// Applies the expectations of a relation in their order.
    private func check(
        _ rows: TracedRows, _ stage: Stage, _ context: EvaluationContext, _ result: inout ProcessedBatch
    ) throws(PipelineError) -> TracedRows {
        var rows = rows
        for (expectation, condition) in stage.expectations where rows.count > 0 {
            let name = "\(stage.name).\(expectation.name)"
            var failures = RowFailures(stage: name)
            var errors = RowErrors()
            let frame = EvaluationFrame(columns: rows.columns, count: rows.count, context: context)
            var violations = condition.condition(frame, errors: &errors).falsity
            var removed = Bitmap(repeating: false, count: rows.count)
            if !errors.isEmpty {
                removed = failures.note(errors, in: rows)
                violations = violations.andNot(removed)
            }
            let count = violations.setCount
            if count > 0 {
                let text = expectation.condition.text
                switch expectation.onViolation {
                case .warn: result.violations[name, default: 0] += count
                case .drop:
                    result.violations[name, default: 0] += count
                    removed = removed.or(violations)
                case .deadLetter:
                    failures.note(
                        violations, in: rows, stage: name, message: "'\(expectation.name)' is not met: \(text)")
                    removed = removed.or(violations)
                case .fail:
                    throw PipelineError(
                        .expectationFailed, "\(count) rows do not meet '\(expectation.name)': \(text)",
                        at: [.init("relation", stage.name), .init("expectation", expectation.name)],
                        hint: "Fix the data, or set \"onViolation\" to \"deadLetter\"")
                }
            }
            result.rejected += failures.rejected
            if removed.setCount > 0 { rows = rows.taking(removed.inverted.setIndices, needed: nil) }
        }
        return rows
    }
}

extension ProcessedBatch {
    /// Adds rows of a relation; columns that nobody asked for come as NULL.
    fileprivate mutating func give(_ rows: TracedRows, under schema: Schema, as relation: String) {
        let columns = rows.columns.map { column in
            column.count == rows.count ? column : Column(nulls: .void, count: rows.count)
        }
        outputs[relation] = ColumnBatch(schema: schema, columns: columns, rowCount: rows.count)
        origins[relation] = rows.origins
    }
}
