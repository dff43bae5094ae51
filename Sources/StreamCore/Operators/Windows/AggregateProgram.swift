// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// A grouping prepared for evaluation, shared by the intakes and shards of its operator.
final class AggregateProgram: Sendable {
    /// One aggregate call with its expressions prepared.
    struct Call: Sendable {
        let definition: AggregateDefinition
        let arguments: [ExpressionEvaluator]
        let filter: ExpressionEvaluator?
    }

    let name: String
    let plan: AggregatePlan
    let input: Schema
    let outputMode: OutputMode
    let onLate: LateAction
    let allowedLatenessMicros: Int64
    let keys: [ExpressionEvaluator]
    let eventTime: ExpressionEvaluator?
    let calls: [Call]
    let clock: WindowClock
    let outputSchema: Schema
    /// `$hash`, `$key`, `$window`, then the states of the aggregates.
    let stateSchema: Schema
    let encoder: KeyEncoder
    let decoder: KeyDecoder

    /// Where the states of the aggregates start in `stateSchema`.
    static let firstState = 3
    /// The name of the one state table.
    static let table = "groups"

    init(
        name: String, plan: AggregatePlan, input: Schema, outputMode: OutputMode, onLate: LateAction,
        allowedLatenessMicros: Int64
    ) {
        self.name = name
        self.plan = plan
        self.input = input
        self.outputMode = outputMode
        self.onLate = onLate
        self.allowedLatenessMicros = onLate == .restate ? max(0, allowedLatenessMicros) : 0
        keys = plan.keys.map { ExpressionEvaluator($0.expression) }
        eventTime = plan.window.map { ExpressionEvaluator($0.eventTime) }
        calls = zip(plan.aggregates, plan.stateNames).map { call, name in
            Call(
                definition: AggregateDefinition(call, name: name),
                arguments: call.arguments.map { ExpressionEvaluator($0) },
                filter: call.filter.map { ExpressionEvaluator($0) })
        }
        clock = WindowClock(plan.window?.kind)
        outputSchema = plan.schema
        stateSchema = Schema(
            [
                Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false),
                Field("$window", .bigint, nullable: false),
            ] + calls.flatMap { $0.definition.stateFields })
        var types = plan.keys.map(\.expression.type)
        // A window that came with the row is known by its end; its start is part of the key.
        if clock == .inherited { types.append(.timestamp) }
        encoder = KeyEncoder(types)
        decoder = KeyDecoder(types)
    }

    /// Accumulators for all calls, without groups.
    func makeAccumulators() -> AccumulatorSet { AccumulatorSet(calls.map(\.definition)) }

    /// How far the watermark is after the end of a session when it is closed: at its end, a row on time would still belong to it.
    var sessionPatienceMicros: Int64 { allowedLatenessMicros.saturatingAdding(1) }

    /// What each aggregate gets of a batch: the rows that its filter and its arguments' NULLs leave.
    ///
    /// `groups` is asked once the rows that fail are known.
    func inputs(
        _ rows: ColumnBatch, context: IntakeContext, errors: inout RowErrors, groups: (RowErrors) -> Buffer<Int32>
    ) -> [AccumulatorInput] {
        var evaluated: [(arguments: [Column], kept: Buffer<Int32>?)] = []
        for call in calls {
            let arguments = call.arguments.map { $0.column(rows, context: context.evaluation, errors: &errors) }
            var valid: Bitmap?
            if let filter = call.filter {
                let frame = EvaluationFrame(columns: rows.columns, count: rows.rowCount, context: context.evaluation)
                let truth = filter.condition(frame, errors: &errors).truth
                valid = truth.allSet ? nil : truth
            }
            for index in call.definition.requiredArguments {
                valid = Bitmap.intersection(valid, arguments[index].presence)
            }
            let kept = valid.map { $0.setIndices }
            let needed = call.definition.readsArguments ? arguments : []
            evaluated.append((kept.map { rows in needed.map { $0.taking(rows) } } ?? needed, kept))
        }
        let all = groups(errors)
        return evaluated.map { arguments, kept in
            AccumulatorInput(
                groups: kept.map { all.taking($0) } ?? all, arguments: arguments, firstOrder: context.order,
                positions: kept)
        }
    }
}

extension AggregateProgram {
    /// How stored groups of an earlier meaning become groups of this one: aggregates that are new have seen no row.
    func migration(
        _ origins: [StateSuccession.Part: StateSuccession.Part], table: String, lastOwn: String
    ) -> StateMigration {
        var targets: [StateMigration.Target] = []
        for (call, name) in zip(calls, plan.stateNames) {
            let origin = origins[StateSuccession.Part("aggregate \(name)")]?.name.dropFirst("aggregate ".count)
            let none = call.definition.makeAccumulator()
            none.grow(to: 1)
            for (field, empty) in zip(call.definition.stateFields, none.states(of: Buffer([0]))) {
                let member = field.name.dropFirst(name.count)
                targets.append(
                    .init(field, from: origin.map { .stored(name: "\($0)\(member)", number: 0) } ?? .filled(empty)))
            }
        }
        return StateMigration([table: .init(lastOwn: lastOwn, targets: targets)])
    }
}

extension Column {
    /// Which rows are not NULL; `nil` when none is.
    var presence: Bitmap? {
        if case .none = storage { return Bitmap(repeating: false, count: count) }
        return validity
    }
}
