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

    /// A function.
    public init(name: String, isDeterministic: Bool = true, body: @escaping Body) {
        self.name = name
        self.body = body
        self.isDeterministic = isDeterministic
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

    /// The argument with one value per row. O(rows) for a constant.
    public func column(rowCount: Int) -> Column {
        switch self {
        case .column(let column): column
        case .constant(let one): Column(one.type, repeating: one.value(at: 0), count: rowCount)
        }
    }
}
