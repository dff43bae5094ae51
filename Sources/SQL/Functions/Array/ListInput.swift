// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// An ARRAY argument, or the keys or values of a MAP: where the elements of any row stand.
struct ListInput {
    private let offsets: Buffer<Int32>
    private let mask: Int
    /// The elements of all rows.
    let element: Column

    /// The elements of an ARRAY operand.
    init(_ operand: Operand) {
        mask = operand.isConstant ? 0 : -1
        let column = operand.storedColumn
        guard case .list(let offsets, let element) = column.storage else {
            self.offsets = Buffer(repeating: 0, count: column.count + 1)
            self.element = Column(nulls: .void, count: 0)
            return
        }
        (self.offsets, self.element) = (offsets, element)
    }

    /// The keys and the values of a MAP operand.
    static func entries(of operand: Operand) -> (keys: ListInput, values: ListInput) {
        let column = operand.storedColumn
        guard case .map(let offsets, let keys, let values) = column.storage else {
            let none = ListInput(operand)
            return (none, none)
        }
        let mask = operand.isConstant ? 0 : -1
        return (
            ListInput(offsets: offsets, mask: mask, element: keys),
            ListInput(offsets: offsets, mask: mask, element: values)
        )
    }

    private init(offsets: Buffer<Int32>, mask: Int, element: Column) {
        (self.offsets, self.mask, self.element) = (offsets, mask, element)
    }

    /// The positions of a row's elements.
    @inline(__always)
    func range(_ row: Int) -> Range<Int> {
        let index = row & mask
        return Int(offsets[index])..<Int(offsets[index + 1])
    }
}

/// Several columns as one, so that results can be gathered from all of them by position.
struct GatheredColumns {
    /// The columns below each other.
    let column: Column
    /// Where each of them starts.
    let starts: [Int]

    /// Joins columns of one type; those without memory hold no value that could be gathered.
    init(_ columns: [Column]) {
        var starts: [Int] = []
        var total = 0
        for column in columns {
            starts.append(total)
            total += column.count
        }
        self.starts = starts
        let typed = columns.first { if case .none = $0.storage { false } else { true } }
        guard let typed else {
            column = Column(nulls: .void, count: total)
            return
        }
        if columns.count == 1 {
            column = typed
            return
        }
        column = Column.concatenated(
            columns.map { column in
                if case .none = column.storage { return Column(nulls: typed.type, count: column.count) }
                return column.retyped(typed.type)
            })
    }
}

/// Collects positions of values, or NULLs, and hands over a column of those values.
struct GatherBuilder: ~Copyable {
    private var positions: BufferBuilder<Int32>
    private var validity: BitmapBuilder

    init(capacity: Int) {
        positions = BufferBuilder(capacity: capacity)
        validity = BitmapBuilder(capacity: capacity)
    }

    /// How many values there are.
    var count: Int { positions.count }

    /// Appends the value at a position.
    @inline(__always)
    mutating func append(_ position: Int) {
        positions.append(Int32(truncatingIfNeeded: position))
        validity.append(true)
    }

    /// Appends a NULL.
    mutating func appendNull() {
        positions.append(0)
        validity.append(false)
    }

    /// The values, as a column of a type of their layout.
    consuming func finish(from source: Column, as type: DataType) -> Column {
        let count = positions.count
        guard source.count > 0 else { return Column(nulls: type, count: count) }
        if case .none = source.storage { return Column(nulls: type, count: count) }
        let gathered = source.taking(positions.finish()).retyped(type)
        return gathered.withValidity(Bitmap.intersection(gathered.validity, validity.finishValidity()))
    }
}

/// Collects lists of gathered values.
struct ListBuilder: ~Copyable {
    /// The largest number of elements that one row may get by a number in the call.
    static let elementLimit = 1 << 24

    /// The elements; a row appends its own.
    var elements: GatherBuilder
    /// Set by a row that is NULL after all.
    var isNull = false
    private var offsets: BufferBuilder<Int32>
    private var validity: BitmapBuilder

    init(rows: Int) {
        elements = GatherBuilder(capacity: rows)
        offsets = BufferBuilder(capacity: rows + 1)
        validity = BitmapBuilder(capacity: rows)
        offsets.append(0)
    }

    /// Appends the values at positions.
    @inline(__always)
    mutating func append(_ positions: Range<Int>, shiftedBy shift: Int = 0) {
        for position in positions { elements.append(position + shift) }
    }

    /// Closes a row.
    mutating func endRow() {
        offsets.append(Int32(truncatingIfNeeded: elements.count))
        validity.append(!isNull)
        isNull = false
    }

    /// Closes a row as NULL.
    mutating func endNullRow() {
        isNull = true
        endRow()
    }

    /// The lists over values of `source`.
    consuming func finish(from source: Column, as type: DataType) -> Column {
        let count = offsets.count - 1
        guard case .array(let elementType, _) = type else { preconditionFailure("lists are of ARRAY types") }
        let element = elements.finish(from: source, as: elementType)
        return Column(
            type, count: count, validity: validity.finishValidity(),
            storage: .list(offsets: offsets.finish(), element: element))
    }
}

extension FunctionCall {
    /// A list per row, gathered from `source`.
    @inline(__always)
    func lists(
        from source: Column, as type: DataType, _ errors: inout RowErrors,
        _ body: (_ row: Int, _ out: inout ListBuilder, _ errors: inout RowErrors) -> Void
    ) -> Column {
        var out = ListBuilder(rows: rowCount)
        for row in 0..<rowCount {
            guard valid?[row] ?? true else {
                out.endNullRow()
                continue
            }
            body(row, &out, &errors)
            out.endRow()
        }
        return out.finish(from: source, as: type)
    }

    /// A value per row, gathered from `source`: the position, or `nil` for NULL.
    @inline(__always)
    func gathered(
        from source: Column, as type: DataType, _ errors: inout RowErrors,
        _ position: (_ row: Int, _ errors: inout RowErrors) -> Int?
    ) -> Column {
        var out = GatherBuilder(capacity: rowCount)
        for row in 0..<rowCount {
            if valid?[row] ?? true, let position = position(row, &errors) {
                out.append(position)
            } else {
                out.appendNull()
            }
        }
        return out.finish(from: source, as: type)
    }

    /// The position of a row's value in an argument's memory.
    @inline(__always)
    func position(_ row: Int, of argument: Int) -> Int { arguments[argument].isConstant ? 0 : row }
}
