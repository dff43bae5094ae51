// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// The keys that are known, and until when each is. What its share of the memory cannot hold is on disk.
final class DeduplicateShard: OperatorShard, @unchecked Sendable {
    private var known: KnownKeys
    private var arrived: ArrivedRows
    private var output: OutputRows
    private let limits: ShardMemory
    private let distance: Int64?

    init(output schema: Schema, distance: Int64?, _ limits: ShardMemory = .unbounded) {
        known = KnownKeys(distance: distance, limits)
        arrived = Self.noRows(limits)
        output = OutputRows(schema: schema)
        self.limits = limits
        self.distance = distance
    }

    private static func noRows(_ limits: ShardMemory) -> ArrivedRows {
        ArrivedRows(bound: limits.bytes / 3, limits.area)
    }

    /// What intakes send: the columns before the input's.
    static func intakeSchema(_ input: Schema) -> Schema { Schema(headSchema.fields + input.fields) }

    private static let headSchema = Schema([
        Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false),
        Field("$time", .bigint), Field("$order", .bigint, nullable: false),
    ])

    private static let stateSchema = Schema([
        Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false), Field("$expires", .bigint),
    ])

    /// The columns before the input's.
    static func heads(_ rows: ColumnBatch) -> ColumnBatch {
        ColumnBatch(
            schema: headSchema, columns: Array(rows.columns[..<headSchema.fields.count]), rowCount: rows.rowCount)
    }

    /// The keys of rows whose first columns are `$hash` and `$key`.
    static func keys(_ rows: ColumnBatch) -> EncodedKeys {
        EncodedKeys(column: rows.columns[1], hashes: rows.columns[0].elements())
    }

    func absorb(_ rows: StateRows) throws(PipelineError) {
        let rest = known.unknown(rows.rows)
        try arrived.add(rest.map { rows.rows.taking($0) } ?? rows.rows)
    }

    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        var result = ShardOutput()
        let rows = arrived
        arrived = Self.noRows(limits)
        try rows.forEachPart(isCut: known.isSpilled) { batches throws(PipelineError) in
            for (batch, rows) in zip(batches, try known.first(of: batches)) where rows.count > 0 {
                let given = rows.count == batch.rowCount ? batch : batch.taking(rows)
                output.add(Array(given.columns.dropFirst(Self.headSchema.fields.count)), count: given.rowCount)
            }
            for batch in output.take() { try give(batch) }
            try known.makeRoom(context.watermark)
        }
        result.updatedRows = known.changedCount
        result.removedRows = known.forget(at: context.watermark)
        result.closedThrough = known.closedThrough
        return result
    }

    func takeChanges() -> [StateRows] {
        known.takeChanges().flatMap { keys, ends in
            stride(from: 0, to: keys.count, by: OutputRows.batchRows).map { start in
                let part = start..<min(keys.count, start + OutputRows.batchRows)
                return stateRows(keys.hashColumn.slice(part), keys.column.slice(part), ends.slice(part))
            }
        }
    }

    func snapshot(groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void) throws(PipelineError) {
        try known.forEach(in: groups) { keys, ends throws(PipelineError) in
            try give(stateRows(keys.hashColumn, keys.column, ends))
        }
    }

    func restore(_ rows: StateRows) throws(PipelineError) {
        let ends =
            distance == nil
            ? Buffer(repeating: KeyTimes.never, count: rows.rows.rowCount) : rows.rows.columns[2].elements()
        try known.restore(Self.keys(rows.rows), until: ends)
    }

    /// A key whose time was moved on while it was on disk counts there until that time has passed.
    var size: StateSize {
        StateSize(
            rows: known.count, memoryBytes: known.byteCount + arrived.memoryBytes,
            spilledBytes: known.spilledBytes + arrived.spilledBytes)
    }

    /// Rows of the changelog or of a snapshot; keys that are never forgotten have no `$expires`.
    private func stateRows(_ hashes: Column, _ keys: Column, _ ends: Buffer<Int64>) -> StateRows {
        let expires = distance == nil ? Column(nulls: .bigint, count: ends.count) : Column(.bigint, ends)
        return StateRows(
            table: Deduplicate.table,
            rows: ColumnBatch(schema: Self.stateSchema, columns: [hashes, keys, expires], rowCount: ends.count))
    }
}
