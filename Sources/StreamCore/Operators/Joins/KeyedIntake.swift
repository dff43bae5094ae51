// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// Judges and keys the rows of one input of a stateful operator whose rows are kept one by one.
///
/// - Output: `$hash`, `$key`, `$time` (event time, µs), then what the caller adds. Rows that are late, or whose key fails, are noted.
struct KeyedIntake {
    /// Computes the key's columns.
    let keys: [ExpressionEvaluator]
    private let encoder: KeyEncoder
    /// The column of the event time.
    let eventTime: Int?
    /// What a row is called that comes too late: the text before its event time.
    let lateName: String
    /// A row is late when its event time plus this is at or before the watermark.
    let patience: Int64

    init(keys: [Expression], eventTime: Int?, patience: Int64, lateName: String) {
        self.keys = keys.map { ExpressionEvaluator($0) }
        encoder = KeyEncoder(keys.map(\.type))
        self.eventTime = eventTime
        self.patience = patience
        self.lateName = lateName
    }

    /// Rows of an input with their keys.
    struct Keyed {
        var rows: ColumnBatch
        var keys: EncodedKeys
        /// The columns that the keys were made of.
        var keyColumns: [Column]
        /// Event times, BIGINT; NULL without.
        var times: Column
        /// For each row its place in the batch that came; `nil` when it is the same.
        var places: Buffer<Int32>?

        /// The rows at `kept`.
        func taking(_ kept: Buffer<Int32>) -> Keyed {
            Keyed(
                rows: rows.taking(kept), keys: keys.taking(kept), keyColumns: keyColumns.map { $0.taking(kept) },
                times: times.taking(kept), places: places?.taking(kept) ?? kept)
        }
    }

    /// Keys the rows; `nil` when none is left.
    func key(
        _ rows: ColumnBatch, _ context: IntakeContext, stage: String, late: LateRows
    ) throws(PipelineError) -> (keyed: Keyed?, rejected: [RejectedRow]) {
        var errors = RowErrors()
        let columns = keys.map { $0.column(rows, context: context.evaluation, errors: &errors) }
        let times =
            eventTime.map { EventTimes.column(rows.columns[$0]) } ?? Column(nulls: .bigint, count: rows.rowCount)
        var rejected: [RejectedRow] = []
        var dropped = errors.isEmpty ? nil : note(errors, rowCount: rows.rowCount, stage: stage, &rejected)
        if let overdue = overdue(times, context.watermark) {
            let found = dropped.map { overdue.andNot($0) } ?? overdue
            if found.setCount > 0 {
                rejected += late.judge(found, times, patience: patience, context.watermark, name: lateName, stage)
                dropped = dropped?.or(found) ?? found
            }
        }
        let keyed = Keyed(
            rows: rows, keys: encoder.encode(columns, rowCount: rows.rowCount), keyColumns: columns, times: times,
            places: nil)
        guard let dropped else { return (keyed, rejected) }
        let kept = dropped.inverted.setIndices
        return (kept.count == 0 ? nil : keyed.taking(kept), rejected)
    }

    private func note(
        _ errors: RowErrors, rowCount: Int, stage: String, _ rejected: inout [RejectedRow]
    ) -> Bitmap {
        var failed = [Bool](repeating: false, count: rowCount)
        for entry in errors.entries where !failed[Int(entry.row)] {
            failed[Int(entry.row)] = true
            let message = entry.expression.isEmpty ? entry.message : "\(entry.message) in \(entry.expression)"
            rejected.append(RejectedRow(row: Int(entry.row), stage: stage, code: entry.code, message: message))
        }
        return Bitmap(failed)
    }

    /// The rows whose time is over; `nil` when there are none.
    private func overdue(_ times: Column, _ watermark: Watermark) -> Bitmap? {
        guard eventTime != nil, watermark > .none else { return nil }
        let patience = patience
        let moments: Buffer<Int64> = times.elements()
        var over = Elementwise.test(moments) { EventTimes.shifted($0, by: patience) <= watermark.micros }
        if let validity = times.validity { over = over.and(validity) }
        return over.setCount == 0 ? nil : over
    }
}

/// What happens to late rows, and how many were dropped.
final class LateRows {
    private let action: LateAction
    private var dropped = 0

    init(_ action: LateAction) { self.action = action }

    /// How many were dropped since the last call.
    func takeCounts() -> IntakeCounts {
        defer { dropped = 0 }
        return IntakeCounts(lateDropped: dropped)
    }

    /// Notes late rows as dead letters, or counts them.
    func judge(
        _ rows: Bitmap, _ times: Column, patience: Int64, _ watermark: Watermark, name: String, _ stage: String
    ) -> [RejectedRow] {
        guard action != .drop else {
            dropped += rows.setCount
            return []
        }
        let moments: Buffer<Int64> = times.elements()
        return rows.setIndices.array.map { row in
            let time = moments[Int(row)]
            // A distance of one moment only says "below", and is no part of how late a record is.
            let end = EventTimes.shifted(time, by: patience > 1 ? patience : 0)
            let message = EventTimes.lateMessage(
                name, time, watermark: watermark, behind: EventTimes.shifted(watermark.micros, by: -end))
            return RejectedRow(row: Int(row), stage: stage, code: .lateRecord, message: message)
        }
    }
}
