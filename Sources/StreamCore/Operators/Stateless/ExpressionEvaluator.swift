// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// Computes one expression over batches. Constant parts are computed once, when it is made; it may be shared by threads.
///
/// - Output: one value per row, or a constant. A row whose computation fails has any value and an entry in the errors.
/// - Errors: only of parts that a row asks for: CASE branches not taken, and what AND, OR and COALESCE skip, do not count.
/// - Cost: one pass over the rows per operation. Parts that few rows ask for are computed for those rows alone.
public struct ExpressionEvaluator: Sendable {
    private let root: EvaluationNode

    /// Prepares an expression.
    public init(_ expression: Expression) { root = EvaluationNode(expression) }

    /// The type of the result.
    public var type: DataType { root.type }

    /// The columns it reads, by position, ascending.
    public var inputs: [Int] { root.inputs }

    /// Whether a row can fail.
    public var canFail: Bool { root.canFail }

    /// The position of the column it is, when it is nothing but a column.
    public var plainColumn: Int? { if case .column(let index) = root.kind { index } else { nil } }

    /// The values for the rows of a batch.
    public func evaluate(_ batch: ColumnBatch, context: EvaluationContext, errors: inout RowErrors) -> Operand {
        evaluate(
            EvaluationFrame(columns: batch.columns, count: batch.rowCount, context: context), errors: &errors)
    }

    /// The values for the rows of a batch as a column.
    public func column(_ batch: ColumnBatch, context: EvaluationContext, errors: inout RowErrors) -> Column {
        evaluate(batch, context: context, errors: &errors).column(rowCount: batch.rowCount)
    }

    func evaluate(_ frame: EvaluationFrame, errors: inout RowErrors) -> Operand {
        if frame.count == 0, plainColumn == nil { return .column(Column(nulls: type, count: 0)) }
        return root.evaluate(frame, &errors)
    }

    /// The rows for which a condition is true, and those for which it is false.
    func condition(_ frame: EvaluationFrame, errors: inout RowErrors) -> Ternary {
        Ternary(evaluate(frame, errors: &errors), rowCount: frame.count)
    }

    /// The value of an expression that no row and no moment can change; `nil` when there is none, or when computing it fails.
    public static func foldConstant(_ expression: Expression) -> Value? {
        guard case .constant(let one) = EvaluationNode(expression).kind else { return nil }
        return one.value(at: 0)
    }
}
