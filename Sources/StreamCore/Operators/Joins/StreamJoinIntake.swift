// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// Keys the rows of both sides, and says which can have no partner.
final class StreamJoinIntake: OperatorIntake, @unchecked Sendable {
    /// One input.
    struct Side {
        let keyed: KeyedIntake
        /// Whether rows without partner come out.
        let keepsUnmatched: Bool
    }

    private let stage: String
    private let sides: [Side]
    private let needsTime: Bool
    private let late: LateRows
    private var held: [[ColumnBatch]] = [[], []]

    /// The tables that intakes send and that shards keep.
    static let tables = ["left", "right"]

    init(stage: String, sides: [Side], needsTime: Bool, onLate: LateAction) {
        self.stage = stage
        self.sides = sides
        self.needsTime = needsTime
        late = LateRows(onLate)
    }

    func take(_ rows: ColumnBatch, input: Int, context: IntakeContext) throws(PipelineError) -> [RejectedRow] {
        var (found, rejected) = try sides[input].keyed.key(rows, context, stage: stage, late: late)
        let partnered = found.flatMap { joinable($0) }
        if let partnered, !sides[input].keepsUnmatched {
            let kept = partnered.setIndices
            found = kept.count == 0 ? nil : found?.taking(kept)
        }
        guard let found else { return rejected }
        var key = found.keys.column
        if let partnered, sides[input].keepsUnmatched { key = key.withValidity(partnered) }
        held[input].append(
            ColumnBatch(
                schema: Self.schema(found.rows.schema),
                columns: [found.keys.hashColumn, key, found.times] + found.rows.columns,
                rowCount: found.rows.rowCount))
        return rejected
    }

    /// The rows that can have a partner: without NULL in the key and, where bounds ask for it, in the event time. `nil`: all.
    private func joinable(_ keyed: KeyedIntake.Keyed) -> Bitmap? {
        var result = needsTime ? keyed.times.validity : nil
        for column in keyed.keyColumns {
            if case .none = column.storage { return Bitmap(repeating: false, count: column.count) }
            result = Bitmap.intersection(result, column.validity)
        }
        return result
    }

    /// What intakes send: rows without possible partner have no `$key`.
    static func schema(_ side: Schema) -> Schema {
        Schema(
            [Field("$hash", .bigint, nullable: false), Field("$key", .binary), Field("$time", .bigint)] + side.fields)
    }

    func takeCounts() -> IntakeCounts { late.takeCounts() }

    func drain(shards: Int) -> [[StateRows]] {
        defer { held = [[], []] }
        var result = [[StateRows]](repeating: [], count: shards)
        for input in 0...1 {
            ShardSplit.split(held[input], table: Self.tables[input], shards: shards, into: &result)
        }
        return result
    }

    var byteCount: Int { held.reduce(0) { $1.reduce($0) { $0 + $1.byteCount } } }
}
