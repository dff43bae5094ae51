// SPDX-License-Identifier: Apache-2.0
public import Columnar
internal import Failures

/// Joins two streams: keeps the rows of both sides while partners may come.
///
/// With `lower ≤ left time − right time ≤ upper`, event times t and watermark W, after which no row with t < W is expected:
/// - A row is late when `t < W`: a partner may be gone. (Spark: `t ≤ W`.)
/// - A left row has partners at `t − upper … t − lower`. None can come any more, and it is dropped, once `W > t − lower`.
/// - A right row has partners at `t + lower … t + upper`, and is dropped once `W > t + upper`.
/// - A missing bound keeps that side's rows for ever; so does `time: nil` for both. When a run ends with `Watermark.end`, their unmatched
///   rows come out where the side is an outer one, once.
/// - Where event time is a window, its last moment `end − 1` counts and both bounds are 0: rows are dropped, and late, when
///   `end ≤ W`.
///
/// - Output: pairs at the end of the epoch in which the later row came; an unmatched row of an outer side when it is dropped,
///   or at once when its key or event time is NULL, so that it can have no partner; of a semi join the left row at its first match; of an anti join the left
///   row when it is dropped without one. As a set, the answer does not depend on how rows fall into batches, epochs and shards.
/// - Late rows go to dead letters, or are counted.
/// - State: the rows, in columns, with 25 to 60 bytes beside them. Rows that do not fit into a shard's share of memory wait on disk, those
///   whose time is furthest away first, and come back when a row of their key comes on the other side, or to come out
///   unmatched. The rows of one key, and what an epoch brings, must fit: where they do not, the answer is the same and memory is exceeded.
/// - Cost: one look-up per row, and what its candidates cost; beside rows on disk, the blocks that may hold an epoch's keys.
/// - A pair whose condition fails is no pair, and is reported with its key.
public struct StreamJoin: StatefulOperator {
    /// What identifies its state over restarts.
    public let identity: OperatorIdentity
    /// The left's columns, then the right's; of a semi or anti join the left's.
    public let outputSchema: Schema
    /// Every row.
    public let keepsInput = true
    private let shape: JoinShape
    private let plan: JoinPlan
    private let onLate: LateAction

    /// A join of two relations of these schemas; input 0 is the left.
    public init(name: String, plan: JoinPlan, left: Schema, right: Schema, onLate: LateAction) {
        self.plan = plan
        self.onLate = onLate
        outputSchema = plan.schema(left: left, right: right)
        shape = JoinShape(plan, left: left, right: right)
        var meaning = [OperatorIdentity.MeaningPart("kind", plan.kind.rawValue)]
        for (index, key) in plan.keys.enumerated() {
            meaning.append(.init("key \(index)", "\(key.left.meaning(in: left)) = \(key.right.meaning(in: right))"))
        }
        let both = Schema(left.fields + right.fields)
        if let condition = plan.condition { meaning.append(.init("condition", condition.meaning(in: both))) }
        if let time = plan.time {
            let (lower, upper) = (shape.bounds.lower, shape.bounds.upper)
            meaning.append(
                .init(
                    "time",
                    "\(lower.map(String.init) ?? "") ≤ \(left.fields[time.left].name) - \(right.fields[time.right].name) ≤ \(upper.map(String.init) ?? "")"
                ))
        }
        meaning += Self.meaning("left", left) + Self.meaning("right", right)
        identity = OperatorIdentity(name: name, kind: "join", meaning: meaning)
    }

    private static func meaning(_ side: String, _ schema: Schema) -> [OperatorIdentity.MeaningPart] {
        schema.fields.map { .init("\(side) column \($0.name)", "\($0.type) \($0.nullable ? "NULL" : "NOT NULL")") }
    }

    /// How far below the operator's watermark event times of its output may be, µs: those of the left's columns and those of the right's.
    /// `nil` where a side's rows are kept for ever.
    public var outputDelaysMicros: (left: Int64?, right: Int64?) {
        (shape.bounds.lower.map { max(0, -$0) }, shape.bounds.upper.map { max(0, $0) })
    }

    /// How far below the operator's watermark event times of its output may be, µs; `Int64.max` when there is no bound.
    public var outputDelayMicros: Int64 {
        let (left, right) = outputDelaysMicros
        if shape.givesLeftAlone { return left ?? .max }
        return max(left ?? .max, right ?? .max)
    }

    /// An intake for one worker.
    public func makeIntake() -> any OperatorIntake {
        StreamJoinIntake(
            stage: identity.name,
            sides: [
                side(plan.keys.map(\.left), plan.time?.left, keepsUnmatched: shape.keepsUnmatchedLeft),
                side(plan.keys.map(\.right), plan.time?.right, keepsUnmatched: shape.keepsUnmatchedRight),
            ], needsTime: shape.bounds.lower != nil || shape.bounds.upper != nil, onLate: onLate)
    }

    private func side(_ keys: [Expression], _ eventTime: Int?, keepsUnmatched: Bool) -> StreamJoinIntake.Side {
        StreamJoinIntake.Side(
            keyed: KeyedIntake(keys: keys, eventTime: eventTime, patience: 1, lateName: "join closed for event time"),
            keepsUnmatched: keepsUnmatched)
    }

    /// An empty shard, which spills rows.
    public func makeShard(_ memory: ShardMemory) -> any OperatorShard {
        StreamJoinShard(shape, output: outputSchema, memory)
    }

    /// A side's columns; where a match is remembered, whether there was one.
    public func readable(_ rows: StateRows) -> ColumnBatch {
        let batch = rows.rows
        let shown = batch.schema.fields.indices.filter {
            let name = batch.schema.fields[$0].name
            return name == "$matched" || name == "$id" || !name.hasPrefix("$")
        }
        let fields = shown.map { index in
            var field = batch.schema.fields[index]
            if field.name == "$matched" || field.name == "$id" { field.name.removeFirst() }
            return field
        }
        return ColumnBatch(
            schema: Schema(fields), columns: shown.map { batch.columns[$0] }, rowCount: batch.rowCount)
    }

    /// Columns of equal name and type go on, others are NULL.
    public func migration(_ origins: [StateSuccession.Part: StateSuccession.Part]) -> StateMigration {
        StateMigration([
            StreamJoinIntake.tables[0]: Self.layout("left", shape.left, origins),
            StreamJoinIntake.tables[1]: Self.layout("right", shape.right, origins),
        ])
    }

    private static func layout(
        _ side: String, _ schema: Schema, _ origins: [StateSuccession.Part: StateSuccession.Part]
    ) -> StateMigration.Table {
        let prefix = "\(side) column "
        var counts: [String: Int] = [:]
        let targets = schema.fields.map { field in
            defer { counts[field.name, default: 0] += 1 }
            let origin = origins[StateSuccession.Part(prefix + field.name, counts[field.name] ?? 0)]
            return StateMigration.Target(
                field,
                from: origin.map { .stored(name: String($0.name.dropFirst(prefix.count)), number: $0.number) }
                    ?? .filled(Column(nulls: field.type, count: 1)))
        }
        return StateMigration.Table(lastOwn: "$time", targets: targets)
    }
}

/// What the parts of a join must know of its plan.
struct JoinShape: Sendable {
    let kind: JoinPlan.Kind
    let left: Schema
    let right: Schema
    /// What else must be true of a pair, over both sides' columns.
    let condition: ExpressionEvaluator?
    /// µs; windows have 0 and 0.
    let bounds: (lower: Int64?, upper: Int64?)
    /// The key's types and the names they are reported under.
    let keyTypes: [DataType]
    let keyNames: [String]

    init(_ plan: JoinPlan, left: Schema, right: Schema) {
        kind = plan.kind
        self.left = left
        self.right = right
        condition = plan.condition.map { ExpressionEvaluator($0) }
        if let time = plan.time {
            if case .structure = left.fields[time.left].type {
                bounds = (0, 0)
            } else {
                bounds = (time.lowerMicros, time.upperMicros)
            }
        } else {
            bounds = (nil, nil)
        }
        keyTypes = plan.keys.map(\.left.type)
        keyNames = plan.keys.enumerated().map { index, key in key.left.label(in: left) ?? "key\(index)" }
    }

    /// Whether the left side's rows come out alone, at most once each.
    var givesLeftAlone: Bool { kind == .leftSemi || kind == .leftAnti }
    var keepsUnmatchedLeft: Bool { kind == .left || kind == .full || kind == .leftAnti }
    var keepsUnmatchedRight: Bool { kind == .right || kind == .full }

    /// How long after its event time a row of a side is dropped: when the watermark is at or above time + this.
    func patience(isLeft: Bool) -> Int64? {
        isLeft
            ? bounds.lower.map { EventTimes.shifted(1, by: -$0) } : bounds.upper.map { EventTimes.shifted(1, by: $0) }
    }
}
