// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// GROUP BY with `session_window`: rows of a key that are not farther apart than the gap make a session `[first, last + gap)`.
///
/// As in Spark, a row at the very end of a session still belongs to it. A row at the watermark is on time, so a session is closed when the
/// watermark is *past* its end: otherwise the answer would depend on the epoch in which such a row comes. (Spark: when it is reached.)
///
/// - Input: 0, rows of the input schema; the gap may differ from row to row. Rows without event time, or whose gap is not positive, are
///   left out and counted. A row is late when the session that it would make alone is closed.
/// - Output: one row per session: in append mode when the watermark has passed its end; in update mode when it changed in the epoch; in
///   complete mode all in every epoch.
/// - State: each open session once; those that end last are on disk where a share of memory cannot hold all. Cost: one look-up per partial
///   session, and what ends; not what is open. Of sessions on disk, the blocks that may hold keys that come again.
public struct SessionAggregate: StatefulOperator {
    private let program: AggregateProgram
    private let gap: ExpressionEvaluator
    private let stateSchema: Schema

    /// Sessions of the rows of a schema, under the operator's name; the plan's window must be a session.
    public init(
        name: String, plan: AggregatePlan, input: Schema, outputMode: OutputMode, onLate: LateAction,
        allowedLatenessMicros: Int64 = 0
    ) {
        guard case .session(let gap) = plan.window?.kind else {
            preconditionFailure("only a session window makes sessions")
        }
        program = AggregateProgram(
            name: name, plan: plan, input: input, outputMode: outputMode, onLate: onLate,
            allowedLatenessMicros: allowedLatenessMicros)
        self.gap = ExpressionEvaluator(gap)
        stateSchema = Schema(
            [
                Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false),
                Field("$start", .bigint, nullable: false), Field("$end", .bigint, nullable: false),
            ] + program.calls.flatMap { $0.definition.stateFields })
    }

    /// The name, and the definitions of keys, window and aggregates.
    public var identity: OperatorIdentity {
        OperatorIdentity(name: program.name, kind: "session", meaning: program.plan.meaning(input: program.input))
    }

    /// A session that ends at the watermark may be given with the next one; its last moment is 1 µs before.
    public var outputDelayMicros: Int64 { 1 }

    /// Keys, window, aggregates.
    public var outputSchema: Schema { program.outputSchema }

    /// An intake for one worker.
    public func makeIntake() -> any OperatorIntake { SessionIntake(program, gap: gap, stateSchema: stateSchema) }

    /// An empty shard.
    public func makeShard(_ memory: ShardMemory) -> any OperatorShard {
        SessionShard(program, stateSchema: stateSchema, memory)
    }

    /// Keys under their names, the session's bounds, and the states of the aggregates.
    public func readable(_ rows: StateRows) -> ColumnBatch {
        guard let keys = try? program.decoder.decode(rows.rows.columns[1]) else { return rows.rows }
        let bounds = [Field("session_start", .timestamp), Field("session_end", .timestamp)]
        let columns = rows.rows.columns
        return ColumnBatch(
            schema: Schema(
                Array(program.outputSchema.fields[0..<program.plan.keys.count]) + bounds + stateSchema.fields[4...]),
            columns: keys + [columns[2].retyped(.timestamp), columns[3].retyped(.timestamp)] + columns[4...],
            rowCount: rows.rows.rowCount)
    }

    /// Aggregates of equal definition go on, others begin without rows.
    public func migration(_ origins: [StateSuccession.Part: StateSuccession.Part]) -> StateMigration {
        program.migration(origins, table: SessionShard.table, lastOwn: "$end")
    }
}
