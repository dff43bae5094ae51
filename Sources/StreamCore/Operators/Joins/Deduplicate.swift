// SPDX-License-Identifier: Apache-2.0
public import Columnar
internal import Failures

/// Gives the first row of each key, in the order of the source.
///
/// - A row is the same as one that was given before when their keys are equal and, with `within`, its event time is below the
///   given row's event time + within. Only event times and order decide, so that the answer does not depend on epochs.
/// - A key is forgotten when `event time + within ≤ watermark`; a row is late under the same condition on its own event time:
///   no row that could have been given before it is known any more. (Spark calls it late as soon as its event time is at or before
///   the watermark; here a record that is sent again after that, but within the time, is still known as a duplicate.) When the event time is a
///   key and there is no `within`, the distance is 1 µs: a key is forgotten when the watermark is past its event time.
/// - A row without event time is refused where one is needed.
/// - Output: rows of an epoch when it ends, in no order. A row that came below the watermark and was not late here may be late for
///   what follows.
/// - State: per key its bytes and when it is forgotten; what does not fit into memory is on disk, the oldest keys first. Cost: one
///   hash look-up per row; forgetting costs what is forgotten. Once keys are on disk, a row whose key is not in memory asks each
///   slice's filter, and reads the block that may hold it.
public struct Deduplicate: StatefulOperator {
    /// What identifies its state over restarts.
    public let identity: OperatorIdentity
    /// The input's schema.
    public let outputSchema: Schema
    private let plan: DeduplicatePlan
    private let onLate: LateAction
    private let distance: Int64?

    static let table = "keys"

    /// A deduplication of rows of a schema.
    public init(name: String, plan: DeduplicatePlan, input: Schema, onLate: LateAction) {
        self.plan = plan
        self.onLate = onLate
        outputSchema = input
        distance = plan.eventTime == nil ? nil : plan.withinMicros.map { max($0, 1) } ?? 1
        var meaning = plan.keys.enumerated().map { index, key in
            OperatorIdentity.MeaningPart("key \(key.label(in: input) ?? String(index))", key.meaning(in: input))
        }
        if let eventTime = plan.eventTime {
            let within = plan.withinMicros.map { "\($0) µs" } ?? "its moment"
            meaning.append(.init("within", "\(within) of \(input.fields[eventTime].name)"))
        }
        identity = OperatorIdentity(name: name, kind: "deduplicate", meaning: meaning)
    }

    /// How far below the operator's watermark event times of its output may be that were not below the source's, µs.
    public var outputDelayMicros: Int64 { 0 }

    /// An intake for one worker.
    public func makeIntake() -> any OperatorIntake {
        DeduplicateIntake(
            stage: identity.name,
            keyed: KeyedIntake(
                keys: plan.keys, eventTime: plan.eventTime, patience: distance ?? 0,
                lateName: "key closed for event time"),
            needsTime: distance != nil, onLate: onLate)
    }

    /// An empty shard.
    public func makeShard(_ memory: ShardMemory) -> any OperatorShard {
        DeduplicateShard(output: outputSchema, distance: distance, memory)
    }

    /// The keys under their names, and until when each is known.
    public func readable(_ rows: StateRows) -> ColumnBatch {
        let types = plan.keys.map(\.type)
        let columns =
            (try? KeyDecoder(types).decode(rows.rows.columns[1]))
            ?? types.map {
                Column(nulls: $0, count: rows.rows.rowCount)
            }
        let fields = plan.keys.enumerated().map { index, key in
            Field(key.label(in: outputSchema) ?? "key\(index)", key.type)
        }
        return ColumnBatch(
            schema: Schema(fields + [Field("expires", .timestamp)]),
            columns: columns + [rows.rows.columns[2].retyped(.timestamp)], rowCount: rows.rows.rowCount)
    }

    /// Keys, and until when each is known, stay as they are.
    public func migration(_ origins: [StateSuccession.Part: StateSuccession.Part]) -> StateMigration {
        StateMigration([:])
    }
}

/// Keys rows and puts them in their order.
final class DeduplicateIntake: OperatorIntake, @unchecked Sendable {
    private let stage: String
    private let keyed: KeyedIntake
    private let needsTime: Bool
    private let late: LateRows
    private var held: [ColumnBatch] = []

    init(stage: String, keyed: KeyedIntake, needsTime: Bool, onLate: LateAction) {
        self.stage = stage
        self.keyed = keyed
        self.needsTime = needsTime
        late = LateRows(onLate)
    }

    func take(_ rows: ColumnBatch, input: Int, context: IntakeContext) throws(PipelineError) -> [RejectedRow] {
        var (found, rejected) = try keyed.key(rows, context, stage: stage, late: late)
        if needsTime, let validity = found?.times.validity {
            rejected += timeless(validity, found?.places)
            let kept = validity.setIndices
            found = kept.count == 0 ? nil : found?.taking(kept)
        }
        guard let found else { return rejected }
        let first = context.order
        let orders: Buffer<Int64> =
            found.places.map { Elementwise.map($0) { first + Int64($0) } }
            ?? Buffer(first..<(first + Int64(found.rows.rowCount)))
        held.append(
            ColumnBatch(
                schema: DeduplicateShard.intakeSchema(found.rows.schema),
                columns: [found.keys.hashColumn, found.keys.column, found.times, Column(.bigint, orders)]
                    + found.rows.columns, rowCount: found.rows.rowCount))
        return rejected
    }

    private func timeless(_ validity: Bitmap, _ places: Buffer<Int32>?) -> [RejectedRow] {
        validity.inverted.setIndices.array.map { row in
            RejectedRow(
                row: Int(places?[Int(row)] ?? row), stage: stage, code: .missingValue,
                message: "the event time is NULL, and it decides how long a key is known")
        }
    }

    func takeCounts() -> IntakeCounts { late.takeCounts() }

    func drain(shards: Int) -> [[StateRows]] {
        defer { held = [] }
        var result = [[StateRows]](repeating: [], count: shards)
        ShardSplit.split(held, table: Deduplicate.table, shards: shards, into: &result)
        return result
    }

    var byteCount: Int { held.reduce(0) { $0 + $1.byteCount } }
}

extension Buffer where Element == Int64 {
    /// The numbers of a range.
    fileprivate init(_ range: Range<Int64>) {
        var builder = BufferBuilder<Int64>(capacity: range.count)
        for number in range { builder.append(number) }
        self = builder.finish()
    }
}
