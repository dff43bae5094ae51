// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Collects ARRAY<STRING> results.
struct TextListSink: RowSink, ~Copyable {
    private var elements: TextSink
    private var offsets: BufferBuilder<Int32>
    private var validity: BitmapBuilder
    private var count: Int32 = 0
    /// Set by a row that is NULL after all.
    var isNull = false
    private var overflow = RowErrors()

    init(rows: Int) {
        elements = TextSink(rows: rows)
        offsets = BufferBuilder(capacity: rows + 1)
        validity = BitmapBuilder(capacity: rows)
        offsets.append(0)
    }

    /// Appends an element to the current row.
    mutating func append(_ text: borrowing Span<UInt8>) {
        elements.append(text)
        elements.endRow(0, &overflow)
        count += 1
    }

    mutating func endRow(_ row: Int, _ errors: inout RowErrors) {
        if let entry = overflow.entries.first {
            errors.add(row: row, entry.code, entry.message)
            overflow = RowErrors()
        }
        offsets.append(count)
        validity.append(!isNull)
        isNull = false
    }

    mutating func endNullRow() {
        offsets.append(count)
        validity.append(false)
    }

    consuming func finish(_ type: DataType) -> Column {
        let rows = offsets.count - 1
        return Column(
            type, count: rows, validity: validity.finishValidity(),
            storage: .list(offsets: offsets.finish(), element: elements.finish(.string)))
    }
}
