// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Takes the results of a kernel row by row and hands them over as a column.
protocol RowSink: ~Copyable {
    /// Closes a row with what was put into it, `row` being its number for an error report.
    mutating func endRow(_ row: Int, _ errors: inout RowErrors)
    /// Closes a row as NULL.
    mutating func endNullRow()
    /// Hands the column over.
    consuming func finish(_ type: DataType) -> Column
}

/// Collects BOOLEAN results; a row that sets nothing is NULL.
struct FlagSink: RowSink, ~Copyable {
    /// The result of the current row.
    var value: Bool?
    private var bits: BitmapBuilder
    private var validity: BitmapBuilder

    init(rows: Int) {
        bits = BitmapBuilder(capacity: rows)
        validity = BitmapBuilder(capacity: rows)
    }

    @inline(__always)
    mutating func endRow(_ row: Int, _ errors: inout RowErrors) {
        bits.append(value ?? false)
        validity.append(value != nil)
        value = nil
    }

    @inline(__always)
    mutating func endNullRow() {
        bits.append(false)
        validity.append(false)
    }

    consuming func finish(_ type: DataType) -> Column {
        let count = bits.count
        return Column(type, count: count, validity: validity.finishValidity(), storage: .bits(bits.finish()))
    }
}

/// Collects fixed-width results; a row that sets nothing is NULL.
struct NumberSink<Element: ColumnElement>: RowSink, ~Copyable {
    /// The result of the current row.
    var value: Element?
    private var values: BufferBuilder<Element>
    private var validity: BitmapBuilder

    init(rows: Int) {
        values = BufferBuilder(capacity: rows)
        validity = BitmapBuilder(capacity: rows)
    }

    @inline(__always)
    mutating func endRow(_ row: Int, _ errors: inout RowErrors) {
        values.append(value ?? Element.zero)
        validity.append(value != nil)
        value = nil
    }

    @inline(__always)
    mutating func endNullRow() {
        values.append(Element.zero)
        validity.append(false)
    }

    consuming func finish(_ type: DataType) -> Column {
        let count = values.count
        return Column(
            type, count: count, validity: validity.finishValidity(), storage: Element.storage(values.finish()))
    }
}
