// SPDX-License-Identifier: Apache-2.0
internal import Columnar

extension EvaluationNode {
    /// The value for every row of a frame, which must have rows.
    func evaluate(_ frame: EvaluationFrame, _ errors: inout RowErrors) -> Operand {
        switch kind {
        case .column(let index): return .column(frame.columns[index])
        case .constant(let one): return .constant(one)
        case .failing(let found):
            errors.repeatForEveryRow(found, rowCount: frame.count)
            return .constant(Column(nulls: type, count: 1))
        case .epochTime: return .constant(Column(.timestamp, [.timestamp(frame.context.epochMicros)]))
        case .call(let function, let arguments): return call(function, arguments, frame, &errors)
        case .cast(let operand, let mode):
            let value = operand.evaluate(frame, &errors)
            let start = errors.entries.count
            let result = Cast.apply(value, to: type, mode: mode, rowCount: frame.count, errors: &errors)
            errors.label(from: start, expression: text)
            return result
        case .and(let left, let right): return and(left, right, frame, &errors)
        case .or(let left, let right): return or(left, right, frame, &errors)
        case .not(let operand):
            let value = operand.evaluate(frame, &errors)
            if value.isConstant { return .constant(Ternary(value, rowCount: 1).inverted.column) }
            return .column(Ternary(value, rowCount: frame.count).inverted.column)
        case .conditional(let branches, let otherwise): return conditional(branches, otherwise, frame, &errors)
        case .coalesce(let arguments): return coalesce(arguments, frame, &errors)
        case .field(let operand, let index): return field(operand.evaluate(frame, &errors), index)
        }
    }

    private func call(
        _ function: ScalarFunction, _ arguments: [EvaluationNode], _ frame: EvaluationFrame, _ errors: inout RowErrors
    ) -> Operand {
        var values: [Operand] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(argument.evaluate(frame, &errors)) }
        if function.isDeterministic, values.allSatisfy(\.isConstant) {
            var found = RowErrors()
            let one = function.body(values, 1, &found)
            found.label(from: 0, expression: text)
            errors.repeatForEveryRow(found, rowCount: frame.count)
            return .constant(one)
        }
        let start = errors.entries.count
        let result = function.body(values, frame.count, &errors)
        errors.label(from: start, expression: text)
        return .column(result)
    }

    private func field(_ value: Operand, _ index: Int) -> Operand {
        func member(_ column: Column) -> Column {
            guard case .fields(let columns) = column.storage else {
                return Column(nulls: type, count: column.count)
            }
            let member = columns[index]
            return member.withValidity(Bitmap.intersection(member.validity, column.validity))
        }
        switch value {
        case .column(let column): return .column(member(column))
        case .constant(let one): return .constant(member(one))
        }
    }

    private func and(
        _ left: EvaluationNode, _ right: EvaluationNode, _ frame: EvaluationFrame, _ errors: inout RowErrors
    ) -> Operand {
        let first = Ternary(left.evaluate(frame, &errors), rowCount: frame.count)
        let open = first.falsity.inverted
        guard open.setCount > 0 else { return .column(first.column) }
        let second = right.condition(in: frame, where: open, &errors)
        return .column(first.and(second).column)
    }

    private func or(
        _ left: EvaluationNode, _ right: EvaluationNode, _ frame: EvaluationFrame, _ errors: inout RowErrors
    ) -> Operand {
        let first = Ternary(left.evaluate(frame, &errors), rowCount: frame.count)
        let open = first.truth.inverted
        guard open.setCount > 0 else { return .column(first.column) }
        let second = right.condition(in: frame, where: open, &errors)
        return .column(first.or(second).column)
    }

    /// A condition for the rows of `mask`; for others it is anything.
    private func condition(in frame: EvaluationFrame, where mask: Bitmap, _ errors: inout RowErrors) -> Ternary {
        switch evaluate(frame, where: mask, &errors) {
        case .everyRow(let value): return Ternary(value, rowCount: frame.count)
        case .maskedRows(let value):
            let packed = Ternary(value, rowCount: mask.setCount)
            return Ternary(truth: packed.truth.spread(over: mask), falsity: packed.falsity.spread(over: mask))
        }
    }

    /// A value for some rows: with one entry for every row of the frame, or only for the masked ones in order.
    enum Partial {
        case everyRow(Operand)
        case maskedRows(Operand)
    }

    /// The value for the rows of `mask`, which is not empty; errors of other rows do not count.
    ///
    /// Where many rows are asked for and none can fail, all are computed: that is cheaper than gathering the inputs.
    func evaluate(_ frame: EvaluationFrame, where mask: Bitmap, _ errors: inout RowErrors) -> Partial {
        let wanted = mask.setCount
        if wanted == frame.count { return .everyRow(evaluate(frame, &errors)) }
        switch kind {
        case .column, .constant, .epochTime: return .everyRow(evaluate(frame, &errors))
        default: break
        }
        let computesAll = canFail ? wanted * 8 > frame.count * 7 : wanted * 4 > frame.count
        var found = RowErrors()
        if computesAll {
            let value = evaluate(frame, &found)
            errors.merge(found, where: mask)
            return .everyRow(value)
        }
        let rows = mask.setIndices
        let value = evaluate(frame.taking(rows, inputs: inputs), &found)
        errors.merge(found, mappedBy: rows)
        return .maskedRows(value)
    }
}

extension Bitmap {
    /// The bits, which stand for the set bits of `mask` in order, at their places.
    func spread(over mask: Bitmap) -> Bitmap {
        let (source, masks) = (words.span, mask.words.span)
        var result = BufferBuilder<UInt64>(capacity: masks.count)
        var position = 0
        for index in masks.indices {
            var rest = masks[index]
            var word: UInt64 = 0
            while rest != 0 {
                let bit = rest & (0 &- rest)
                if source[position >> 6] >> UInt64(position & 63) & 1 != 0 { word |= bit }
                rest ^= bit
                position += 1
            }
            result.append(word)
        }
        return Bitmap(words: result.finish(), count: mask.count)
    }
}
