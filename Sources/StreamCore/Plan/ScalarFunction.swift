// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// A function bound to argument types, evaluated over whole batches.
public struct ScalarFunction: Sendable {
    /// Computes `rowCount` results. A row that fails is reported to `errors` and may have any value.
    public typealias Body = @Sendable (_ arguments: [Operand], _ rowCount: Int, _ errors: inout RowErrors) -> Column

    /// The name, lower case; operators by their symbol.
    public let name: String
    /// The computation.
    public let body: Body
    /// Whether equal arguments always give equal results, so that a call over literals may be computed once.
    public let isDeterministic: Bool
    /// Whether a row can fail; where none can, rows whose result is not asked for may be computed along.
    public let canFail: Bool

    /// A function.
    public init(name: String, isDeterministic: Bool = true, canFail: Bool = true, body: @escaping Body) {
        self.name = name
        self.body = body
        self.isDeterministic = isDeterministic
        self.canFail = canFail
    }
}

/// An argument of a function: a column, or one value for all rows.
public enum Operand: Sendable {
    case column(Column)
    /// A column of one row that stands for all.
    case constant(Column)

    /// The type.
    public var type: DataType {
        switch self {
        case .column(let column), .constant(let column): column.type
        }
    }

    /// Whether it is one value for all rows.
    public var isConstant: Bool { if case .constant = self { true } else { false } }

    /// The column as it is: one row for a constant.
    public var stored: Column {
        switch self {
        case .column(let column), .constant(let column): column
        }
    }

    /// Whether it is NULL for all rows.
    public var isNullConstant: Bool { if case .constant(let one) = self { one.isNull(0) } else { false } }

    /// Which rows are not NULL; `nil` when none is. For a constant that is not NULL: `nil`.
    public var validity: Bitmap? { if case .column(let column) = self { column.validity } else { nil } }

    /// The input of an element-wise kernel; a NULL constant gives whatever its memory holds.
    public func lane<Element: ColumnElement>(_: Element.Type = Element.self) -> Lane<Element> {
        switch self {
        case .column(let column): .values(column.elements())
        case .constant(let one): .constant(one.elements(Element.self)[0])
        }
    }

    /// The argument with one value per row. O(rows) for a constant.
    public func column(rowCount: Int) -> Column {
        switch self {
        case .column(let column): column
        case .constant(let one): Column(one.type, repeating: one.value(at: 0), count: rowCount)
        }
    }
}
