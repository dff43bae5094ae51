// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// A fixed-width argument: the number of any row, whether the argument is a column or one constant.
struct NumberInput<Element: BitwiseCopyable & Sendable> {
    private let values: Buffer<Element>
    private let mask: Int
    /// Whether one value stands for all rows.
    var isConstant: Bool { mask == 0 }

    init(_ values: Buffer<Element>, isConstant: Bool) {
        self.values = values
        mask = isConstant ? 0 : -1
    }

    /// The number of one row.
    subscript(row: Int) -> Element {
        @inline(__always) get { values[row & mask] }
    }
}

extension NumberInput where Element: ColumnElement {
    /// An operand of this memory, or of NULLs alone.
    init(_ operand: Operand) {
        let column = operand.storedColumn
        let values = Element.values(of: column.storage) ?? Buffer(repeating: Element.zero, count: max(column.count, 1))
        self.init(values, isConstant: operand.isConstant)
    }
}

/// A BOOLEAN argument.
struct FlagInput {
    private let bits: Bitmap
    private let mask: Int

    /// An operand of BOOLEAN.
    init(_ operand: Operand) {
        let column = operand.storedColumn
        mask = operand.isConstant ? 0 : -1
        if case .bits(let bits) = column.storage {
            self.bits = bits
        } else {
            bits = Bitmap(repeating: false, count: max(column.count, 1))
        }
    }

    /// The truth of one row.
    subscript(row: Int) -> Bool {
        @inline(__always) get { bits[row & mask] }
    }
}

extension Operand {
    /// The column as it is stored: of one row for a constant.
    var storedColumn: Column {
        switch self {
        case .column(let column), .constant(let column): column
        }
    }

    /// Whether one value stands for all rows.
    var isConstant: Bool {
        switch self {
        case .column: false
        case .constant: true
        }
    }

    /// Whether one NULL stands for all rows.
    var isConstantNull: Bool { isConstant && storedColumn.isNull(0) }
}
