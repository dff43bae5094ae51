// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures
internal import Synchronization

/// Puts the rows of a stream beside those of a table.
///
/// - Output: in the order of the stream's rows, the table's rows of each in the table's order.
/// - A row whose key or condition fails is left out and noted. A table row whose key fails stops the epoch.
/// - Cost: the table is hashed once per version; a look-up per row. Immutable but for that, and shared by workers.
struct LookupStep: Sendable {
    private let plan: LookupPlan
    private let keys: [ExpressionEvaluator]
    private let tableKeys: [ExpressionEvaluator]
    private let condition: ExpressionEvaluator?
    private let encoder: KeyEncoder
    private let width: Int
    private let cache = IndexCache()

    /// So many candidates are looked at side by side.
    private static let pairsAtOnce = 32_768

    /// - Parameter width: how many columns the stream has.
    init(_ plan: LookupPlan, width: Int) {
        self.plan = plan
        self.width = width
        keys = plan.keys.map { ExpressionEvaluator($0.stream) }
        tableKeys = plan.keys.map { ExpressionEvaluator($0.table) }
        condition = plan.condition.map { ExpressionEvaluator($0) }
        encoder = KeyEncoder(plan.keys.map(\.stream.type))
    }

    /// The stream's columns that it reads itself.
    var inputs: Set<Int> {
        Set(keys.flatMap(\.inputs)).union((condition?.inputs ?? []).filter { $0 < width })
    }

    private typealias Pairs = (probing: Buffer<Int32>, stored: Buffer<Int32>)

    func rows(
        _ rows: TracedRows, needed: Set<Int>?, _ context: EvaluationContext, _ failures: inout RowFailures
    ) throws(PipelineError) -> TracedRows {
        guard let table = context.tables[plan.table] else {
            throw PipelineError(.internalError, "the table '\(plan.table.path)' was not loaded")
        }
        let index = try cache.index(of: table) { () throws(PipelineError) in try makeIndex(table, context) }
        var failed = [Bool](repeating: false, count: rows.count)
        let starts = starts(rows, index, context, &failed, &failures)
        var pieces: [Pairs] = []
        var cursor = ProbeCursor()
        var hasMore = true
        while hasMore {
            var pairs = RowPairs(limit: Self.pairsAtOnce)
            hasMore = index.keyed.candidates(starts, &cursor, into: &pairs)
            let candidates = pairs.finish()
            guard candidates.probing.count > 0 else { continue }
            let found = (
                probing: candidates.probing, stored: index.tableRows.taking(candidates.stored)
            )
            pieces.append(fulfilled(found, rows, table, context, &failed, &failures))
        }
        return result(pieces, rows, failed, index, needed)
    }

    /// For each row the first candidate; -1 for rows whose key is NULL or fails.
    private func starts(
        _ rows: TracedRows, _ index: LookupIndex, _ context: EvaluationContext, _ failed: inout [Bool],
        _ failures: inout RowFailures
    ) -> Buffer<Int32> {
        var errors = RowErrors()
        let frame = EvaluationFrame(columns: rows.columns, count: rows.count, context: context)
        let columns = keys.map { $0.evaluate(frame, errors: &errors).column(rowCount: rows.count) }
        if !errors.isEmpty {
            _ = failures.note(errors, in: rows)
            for entry in errors.entries { failed[Int(entry.row)] = true }
        }
        let found = index.keyed.newestRows(encoder.encode(columns, rowCount: rows.count))
        let usable = Self.withoutNulls(columns, count: rows.count)
        guard usable != nil || !errors.isEmpty else { return found }
        let source = found.span
        var result = BufferBuilder<Int32>(capacity: rows.count)
        for row in source.indices { result.append(usable?[row] ?? true && !failed[row] ? source[row] : -1) }
        return result.finish()
    }

    private static func withoutNulls(_ columns: [Column], count: Int) -> Bitmap? {
        columns.reduce(nil as Bitmap?) { usable, column in
            if case .none = column.storage { return Bitmap(repeating: false, count: count) }
            return Bitmap.intersection(usable, column.validity)
        }
    }

    /// Those pairs for which the condition is true.
    private func fulfilled(
        _ pairs: Pairs, _ rows: TracedRows, _ table: LookupTable, _ context: EvaluationContext,
        _ failed: inout [Bool], _ failures: inout RowFailures
    ) -> Pairs {
        guard let condition else { return pairs }
        var columns = [Column](repeating: TracedRows.absent, count: width + table.rows.columns.count)
        for input in condition.inputs {
            columns[input] =
                input < width
                ? rows.columns[input].taking(pairs.probing)
                : table.rows.columns[input - width].taking(pairs.stored)
        }
        var errors = RowErrors()
        let frame = EvaluationFrame(columns: columns, count: pairs.probing.count, context: context)
        let truth = condition.condition(frame, errors: &errors).truth
        if !errors.isEmpty {
            var ofRows = RowErrors()
            ofRows.merge(errors, mappedBy: pairs.probing)
            _ = failures.note(ofRows, in: rows)
            for entry in ofRows.entries { failed[Int(entry.row)] = true }
        }
        if truth.allSet { return pairs }
        let kept = truth.setIndices
        return (pairs.probing.taking(kept), pairs.stored.taking(kept))
    }

    private func result(
        _ pieces: [Pairs], _ rows: TracedRows, _ failed: [Bool], _ index: LookupIndex, _ needed: Set<Int>?
    ) -> TracedRows {
        var joined = RowPairs(limit: .max)
        var next = 0
        for piece in pieces {
            let (probing, stored) = (piece.probing.span, piece.stored.span)
            for pair in probing.indices {
                let row = Int(probing[pair])
                if failed[row] { continue }
                close(before: row, &next, failed, index, &joined)
                let isFirst = next == row
                next = row + 1
                switch plan.kind {
                case .leftAnti: continue
                case .leftSemi: if !isFirst { continue }
                default: break
                }
                joined.append(Int32(row), stored[pair])
            }
        }
        close(before: rows.count, &next, failed, index, &joined)
        let (streamRows, tableRows) = joined.finish()
        var taken = rows.taking(streamRows, needed: needed)
        guard plan.kind != .leftSemi, plan.kind != .leftAnti else { return taken }
        for (column, values) in index.columns.enumerated() {
            let isNeeded = needed?.contains(width + column) ?? true
            taken.columns.append(isNeeded ? values.taking(tableRows) : TracedRows.absent)
        }
        return taken
    }

    /// Gives the rows before `end` that have not come out: they are without partner.
    private func close(
        before end: Int, _ next: inout Int, _ failed: [Bool], _ index: LookupIndex, _ joined: inout RowPairs
    ) {
        while next < end {
            if !failed[next], plan.kind == .left || plan.kind == .leftAnti {
                joined.append(Int32(next), index.nullRow)
            }
            next += 1
        }
    }

    private func makeIndex(
        _ table: LookupTable, _ context: EvaluationContext
    ) throws(PipelineError) -> LookupIndex {
        var errors = RowErrors()
        let columns = tableKeys.map { $0.column(table.rows, context: context, errors: &errors) }
        if let error = errors.entries.first {
            throw PipelineError(
                error.code, "\(error.message) in row \(error.row + 1) of a table",
                at: [.init("table", plan.table.path)],
                hint: "Mend the table, or make the expression one that cannot fail")
        }
        let usable = Self.withoutNulls(columns, count: table.rows.rowCount)
        // Candidates come newest first: the table's last row goes in first.
        var reversed = BufferBuilder<Int32>(capacity: table.rows.rowCount)
        for row in stride(from: table.rows.rowCount - 1, through: 0, by: -1) where usable?[row] ?? true {
            reversed.append(Int32(row))
        }
        let order = reversed.finish()
        return LookupIndex(
            encoder.encode(columns.map { $0.taking(order) }, rowCount: order.count), tableRows: order, of: table)
    }
}

/// A table's rows by key. Immutable once made.
final class LookupIndex: @unchecked Sendable {
    let keyed: KeyedRows
    /// For each row of `keyed` the row of the table.
    let tableRows: Buffer<Int32>
    /// The table's columns, with a row of NULL at the end.
    let columns: [Column]
    let nullRow: Int32

    init(_ keys: EncodedKeys, tableRows: Buffer<Int32>, of table: LookupTable) {
        var keyed = KeyedRows()
        keyed.append(keys)
        self.keyed = keyed
        self.tableRows = tableRows
        nullRow = Int32(table.rows.rowCount)
        columns = table.rows.columns.map {
            Column.concatenated([$0.expandingDictionary(), Column(nulls: $0.type, count: 1)])
        }
    }
}

/// The index of the table version that was asked for last.
private final class IndexCache: Sendable {
    private let current = Mutex<(table: LookupTable, index: LookupIndex)?>(nil)

    /// The index of a table; whoever needs it first makes it, and the others wait.
    func index(
        of table: LookupTable, make: () throws(PipelineError) -> LookupIndex
    ) throws(PipelineError) -> LookupIndex {
        try current.withLock { current throws(PipelineError) -> LookupIndex in
            if let current, current.table === table { return current.index }
            let index = try make()
            current = (table: table, index: index)
            return index
        }
    }
}
