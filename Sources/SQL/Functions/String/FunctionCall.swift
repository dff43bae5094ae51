// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The arguments of a function over one batch, as its kernel sees them.
struct FunctionCall {
    /// The arguments; none is a constant NULL.
    let arguments: [Operand]
    /// How many results are wanted.
    let rowCount: Int
    /// The rows for which no argument is NULL; `nil` when all are.
    let valid: Bitmap?

    /// A STRING or BINARY argument.
    func text(_ index: Int) -> TextInput { TextInput(arguments[index]) }

    /// An INT argument.
    func int(_ index: Int) -> NumberInput<Int32> { NumberInput<Int32>(arguments[index]) }

    /// A BIGINT argument.
    func bigint(_ index: Int) -> NumberInput<Int64> { NumberInput<Int64>(arguments[index]) }

    /// A BOOLEAN argument.
    func flag(_ index: Int) -> FlagInput { FlagInput(arguments[index]) }

    /// Runs `body` for each row without NULL arguments; the other rows are NULL.
    @inline(__always)
    func rows<Sink: RowSink & ~Copyable>(
        into sink: consuming Sink, as type: DataType, _ errors: inout RowErrors,
        _ body: (_ row: Int, _ sink: inout Sink, _ errors: inout RowErrors) -> Void
    ) -> Column {
        var sink = sink
        if let valid {
            let words = valid.words.span
            for row in 0..<rowCount {
                if words[row >> 6] & (1 << UInt64(row & 63)) == 0 {
                    sink.endNullRow()
                } else {
                    body(row, &sink, &errors)
                    sink.endRow(row, &errors)
                }
            }
        } else {
            for row in 0..<rowCount {
                body(row, &sink, &errors)
                sink.endRow(row, &errors)
            }
        }
        return sink.finish(type)
    }

    /// A text per row.
    @inline(__always)
    func texts(
        as type: DataType = .string, bytes expected: Int = 0, _ errors: inout RowErrors,
        _ body: (_ row: Int, _ out: inout TextSink, _ errors: inout RowErrors) -> Void
    ) -> Column {
        rows(into: TextSink(rows: rowCount, bytes: expected), as: type, &errors, body)
    }

    /// A truth or NULL per row.
    @inline(__always)
    func flags(_ errors: inout RowErrors, _ body: (_ row: Int, _ errors: inout RowErrors) -> Bool?) -> Column {
        rows(into: FlagSink(rows: rowCount), as: .boolean, &errors) { row, sink, errors in
            sink.value = body(row, &errors)
        }
    }

    /// An INT or NULL per row.
    @inline(__always)
    func ints(_ errors: inout RowErrors, _ body: (_ row: Int, _ errors: inout RowErrors) -> Int32?) -> Column {
        rows(into: NumberSink<Int32>(rows: rowCount), as: .int, &errors) { row, sink, errors in
            sink.value = body(row, &errors)
        }
    }

    /// A BIGINT or NULL per row.
    @inline(__always)
    func bigints(_ errors: inout RowErrors, _ body: (_ row: Int, _ errors: inout RowErrors) -> Int64?) -> Column {
        rows(into: NumberSink<Int64>(rows: rowCount), as: .bigint, &errors) { row, sink, errors in
            sink.value = body(row, &errors)
        }
    }
}
