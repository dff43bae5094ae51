// SPDX-License-Identifier: Apache-2.0
internal import Columnar

extension EvaluationNode {
    func conditional(
        _ branches: [(condition: EvaluationNode, result: EvaluationNode)], _ otherwise: EvaluationNode?,
        _ frame: EvaluationFrame, _ errors: inout RowErrors
    ) -> Operand {
        var open = Bitmap(repeating: true, count: frame.count)
        var merge = BranchMerge(type: type, rowCount: frame.count)
        for branch in branches {
            guard open.setCount > 0 else { break }
            let truth: Bitmap
            switch branch.condition.evaluate(frame, where: open, &errors) {
            case .everyRow(let value): truth = Ternary(value, rowCount: frame.count).truth.and(open)
            case .maskedRows(let value):
                truth = Ternary(value, rowCount: open.setCount).truth.spread(over: open)
            }
            guard truth.setCount > 0 else { continue }
            merge.add(branch.result.evaluate(frame, where: truth, &errors), for: truth)
            open = open.andNot(truth)
        }
        if let otherwise, open.setCount > 0 {
            merge.add(otherwise.evaluate(frame, where: open, &errors), for: open)
        }
        return merge.result()
    }

    func coalesce(
        _ arguments: [EvaluationNode], _ frame: EvaluationFrame, _ errors: inout RowErrors
    ) -> Operand {
        var open = Bitmap(repeating: true, count: frame.count)
        var merge = BranchMerge(type: type, rowCount: frame.count)
        for argument in arguments {
            guard open.setCount > 0 else { break }
            let value = argument.evaluate(frame, where: open, &errors)
            let found: Bitmap
            switch value {
            case .everyRow(let operand):
                if operand.isNullConstant { continue }
                found = operand.presence(rowCount: frame.count).and(open)
            case .maskedRows(let operand):
                if operand.isNullConstant { continue }
                found = operand.presence(rowCount: open.setCount).spread(over: open)
            }
            guard found.setCount > 0 else { continue }
            switch value {
            case .everyRow: merge.add(value, for: found)
            case .maskedRows(let operand): merge.add(operand, computedFor: open, for: found)
            }
            open = open.andNot(found)
        }
        return merge.result()
    }
}

extension Operand {
    /// Which rows are not NULL.
    func presence(rowCount: Int) -> Bitmap {
        if isNullConstant { return Bitmap(repeating: false, count: rowCount) }
        if case .column(let column) = self, case .none = column.storage {
            return Bitmap(repeating: false, count: rowCount)
        }
        return validity ?? Bitmap(repeating: true, count: rowCount)
    }
}

/// Puts one column together from results that each hold for some of the rows.
struct BranchMerge {
    private let type: DataType
    private let rowCount: Int
    private var pieces: [(value: Operand, packedFor: Bitmap?, rows: Bitmap)] = []

    init(type: DataType, rowCount: Int) {
        self.type = type
        self.rowCount = rowCount
    }

    /// Adds a result for `rows`, for which it was computed.
    mutating func add(_ partial: EvaluationNode.Partial, for rows: Bitmap) {
        switch partial {
        case .everyRow(let value): pieces.append((value, nil, rows))
        case .maskedRows(let value): pieces.append((value, value.isConstant ? nil : rows, rows))
        }
    }

    /// Adds a result for `rows` that was computed for `mask`, of which they are part.
    mutating func add(_ value: Operand, computedFor mask: Bitmap, for rows: Bitmap) {
        pieces.append((value, value.isConstant ? nil : mask, rows))
    }

    /// The column. Rows that no result was added for are NULL.
    func result() -> Operand {
        if pieces.isEmpty { return .constant(Column(nulls: type, count: 1)) }
        if pieces.count == 1, pieces[0].rows.setCount == rowCount, pieces[0].packedFor == nil {
            return pieces[0].value.retyped(type)
        }
        var sources = [Column(nulls: type, count: 1)]
        var selection = BufferBuilder<Int32>(capacity: rowCount)
        selection.append(repeating: 0, count: rowCount)
        var base: Int32 = 1
        var target = selection.mutableSpan
        for piece in pieces {
            let column = piece.value.stored.retyped(type)
            sources.append(column)
            let rows = piece.rows.setIndices
            let positions = rows.span
            if piece.value.isConstant {
                for index in positions.indices { target[Int(positions[index])] = base }
            } else if let mask = piece.packedFor {
                let packed = mask.setIndices
                let packedRows = packed.span
                var position = 0
                for index in positions.indices {
                    while packedRows[position] != positions[index] { position += 1 }
                    target[Int(positions[index])] = base + Int32(position)
                }
            } else {
                for index in positions.indices { target[Int(positions[index])] = base + positions[index] }
            }
            base += Int32(column.count)
        }
        return .column(Column.concatenated(sources).taking(selection.finish()))
    }
}

extension Operand {
    /// The same memory as a type of the same layout.
    func retyped(_ type: DataType) -> Operand {
        switch self {
        case .column(let column): .column(column.type == type ? column : column.retyped(type))
        case .constant(let one): .constant(one.type == type ? one : one.retyped(type))
        }
    }
}
