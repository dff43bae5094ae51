// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// GROUP BY over tumbling or sliding windows, over windows that an earlier grouping made, or without windows.
///
/// - Input: 0, rows of the input schema. Rows whose event time is NULL belong to no window and are counted; rows all of whose windows are
///   closed are late: `window.end + allowedLateness ≤ watermark`. A row that is late for some of its windows counts in the others.
/// - Output: one row per window and group: in append mode once, when the watermark reaches the window's end; in update mode when the
///   group changed in the epoch; in complete mode every group in every epoch, where no window ever closes.
/// - Results do not depend on how rows are split over batches, workers and (in append mode) epochs.
/// - State: a pane of groups per tumbling window, or per slice that sliding windows share, dropped as a whole. Cost: one look-up per
///   row in the intake, one per partial group in the shard, about five per group of a sliding window whatever its size.
/// - Errors: rows whose expressions fail are rejected; groups whose result does not fit are failures of the epoch's output.
public struct WindowedAggregate: StatefulOperator {
    private let program: AggregateProgram

    /// A grouping of the rows of a schema, under the operator's name.
    public init(
        name: String, plan: AggregatePlan, input: Schema, outputMode: OutputMode, onLate: LateAction,
        allowedLatenessMicros: Int64 = 0
    ) {
        program = AggregateProgram(
            name: name, plan: plan, input: input, outputMode: outputMode, onLate: onLate,
            allowedLatenessMicros: allowedLatenessMicros)
    }

    /// The name, and the definitions of keys, window and aggregates.
    public var identity: OperatorIdentity {
        OperatorIdentity(name: program.name, kind: "aggregate", meaning: program.plan.meaning(input: program.input))
    }

    /// The rows of a window that closes belong to its end, which the watermark has not passed before.
    public var outputDelayMicros: Int64 { 0 }

    /// Keys, window, aggregates.
    public var outputSchema: Schema { program.outputSchema }

    /// An intake for one worker.
    public func makeIntake() -> any OperatorIntake { AggregateIntake(program) }

    /// An empty shard.
    public func makeShard(_ memory: ShardMemory) -> any OperatorShard { AggregateShard(program, memory) }

    /// Keys under their names, the window or slice, and the states of the aggregates.
    public func readable(_ rows: StateRows) -> ColumnBatch {
        guard var keys = try? program.decoder.decode(rows.rows.columns[1]) else { return rows.rows }
        var fields = program.outputSchema.fields[0..<program.plan.keys.count].map { $0 }
        if program.clock == .inherited { fields.append(Field("window_start", .timestamp)) }
        if program.clock != .none {
            fields.append(Field(program.clock == .inherited ? "window_end" : "window_start", .timestamp))
            keys.append(rows.rows.columns[2].retyped(.timestamp))
        }
        let first = AggregateProgram.firstState
        return ColumnBatch(
            schema: Schema(fields + program.stateSchema.fields[first...]), columns: keys + rows.rows.columns[first...],
            rowCount: rows.rows.rowCount)
    }

    /// Aggregates of equal definition go on, others begin without rows.
    public func migration(_ origins: [StateSuccession.Part: StateSuccession.Part]) -> StateMigration {
        program.migration(origins, table: AggregateProgram.table, lastOwn: "$window")
    }
}
