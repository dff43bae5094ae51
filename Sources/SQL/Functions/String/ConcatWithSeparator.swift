// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// `concat_ws`: texts and arrays of texts joined by a separator, leaving NULLs out.
enum ConcatWithSeparator {
    /// One argument behind the separator.
    private enum Part {
        case text(TextInput, NullInput)
        /// The ranges of each row's elements, whether the array is NULL, the elements, and which of those are NULL.
        case list(NumberInput<Int32>, ends: NumberInput<Int32>, NullInput, TextInput, NullInput)
    }

    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard let separator = arguments.first else { throw .argumentCount(expected: "1 or more") }
        var types: [DataType] = []
        for (index, argument) in arguments.enumerated() {
            switch argument.type {
            case .array(let element, let containsNull) where index > 0 && element.isSimple:
                types.append(.array(element: .string, containsNull: containsNull))
            case let simple where simple.isSimple: types.append(.string)
            default:
                throw .argumentType(index: index, expected: index == 0 ? "STRING" : "STRING or ARRAY<STRING>")
            }
        }
        return BoundFunction("concat_ws", types, to: .string, nullable: separator.nullable) {
            operands, rowCount, errors in join(operands, rowCount, &errors)
        }
    }

    private static func join(_ operands: [Operand], _ rowCount: Int, _ errors: inout RowErrors) -> Column {
        if operands[0].isConstantNull { return StrictEvaluation.nulls(.string, rowCount) }
        let separator = TextInput(operands[0])
        let noSeparator = NullInput(operands[0])
        let parts = operands.dropFirst().map(part)
        var out = TextSink(rows: rowCount)
        for row in 0..<rowCount {
            if noSeparator.isNull(row) {
                out.endNullRow()
                continue
            }
            var isFirst = true
            for part in parts {
                switch part {
                case .text(let text, let nulls):
                    if nulls.isNull(row) { continue }
                    if !isFirst { out.append(separator[row]) }
                    out.append(text[row])
                    isFirst = false
                case .list(let starts, let ends, let nulls, let elements, let elementNulls):
                    if nulls.isNull(row) { continue }
                    for element in Int(starts[row])..<Int(ends[row]) where !elementNulls.isNull(element) {
                        if !isFirst { out.append(separator[row]) }
                        out.append(elements[element])
                        isFirst = false
                    }
                }
            }
            out.endRow(row, &errors)
        }
        return out.finish(.string)
    }

    private static func part(_ operand: Operand) -> Part {
        guard case .list(let offsets, let element) = operand.storedColumn.storage else {
            return .text(TextInput(operand), NullInput(operand))
        }
        let rows = offsets.count - 1
        return .list(
            NumberInput(offsets.slice(0..<rows), isConstant: operand.isConstant),
            ends: NumberInput(offsets.slice(1..<(rows + 1)), isConstant: operand.isConstant), NullInput(operand),
            TextInput(column: element), NullInput(.column(element)))
    }
}
