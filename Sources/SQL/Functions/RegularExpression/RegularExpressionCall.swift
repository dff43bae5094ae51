// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Matches a column of texts and hands the matches of each row to a kernel.
struct RegularExpressionCall {
    let call: FunctionCall
    let pattern: PatternArgument
    let text: TextInput

    /// The texts are the first argument, or others of as many rows.
    init(_ call: FunctionCall, _ pattern: PatternArgument, over text: TextInput? = nil) {
        self.call = call
        self.pattern = pattern
        self.text = text ?? call.text(0)
    }

    /// The matches of one row.
    struct Row {
        /// The number of the row.
        let row: Int
        /// All matches of the rows that were matched together.
        let table: MatchTable
        /// The row's in the table.
        let matches: Range<Int>
        let expression: RegularExpression
    }

    /// Finds up to `limit` matches (all for 0) of each row with as many groups as `groups` asks, and calls `body` per row.
    func rows<Sink: RowSink & ~Copyable>(
        into sink: consuming Sink, as type: DataType, limit: Int32,
        groups: (RegularExpression) -> Int = { _ in 1 }, _ errors: inout RowErrors,
        _ body: (_ row: Row, _ sink: inout Sink, _ errors: inout RowErrors) -> Void
    ) -> Column {
        var sink = sink
        pattern.forEachRun(call, &errors) { expression, rows, errors in
            let texts = text.slice(rows)
            let valid = texts.isConstant ? nil : call.valid?.slice(rows)
            let table = expression.flatMap {
                $0.matches(
                    of: texts, rows: texts.isConstant ? 1 : rows.count, valid: valid,
                    groups: groups($0), limit: limit)
            }
            for row in rows {
                guard call.valid?[row] ?? true, let expression else {
                    sink.endNullRow()
                    continue
                }
                guard let table else {
                    errors.add(row: row, .memoryExceeded, "the pattern has too many matches in this batch")
                    sink.endNullRow()
                    continue
                }
                let matches = table.matches(ofRow: texts.isConstant ? 0 : row - rows.lowerBound)
                body(Row(row: row, table: table, matches: matches, expression: expression), &sink, &errors)
                sink.endRow(row, &errors)
            }
        }
        return sink.finish(type)
    }

    /// Which rows have a match anywhere.
    func test(_ errors: inout RowErrors) -> Column {
        if let expression = pattern.compiled, !text.isConstant {
            let bits = expression.test(text, rows: call.rowCount, valid: call.valid)
            return Column(.boolean, count: call.rowCount, validity: call.valid, storage: .bits(bits))
        }
        return rows(into: FlagSink(rows: call.rowCount), as: .boolean, limit: 1, &errors) { row, sink, _ in
            sink.value = !row.matches.isEmpty
        }
    }
}
