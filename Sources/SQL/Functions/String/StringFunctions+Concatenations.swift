// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension StringFunctions {
    /// Several texts as one. `concat` also joins arrays and `reverse` also turns them round.
    static let concatenations: [FunctionDefinition] = [
        FunctionDefinition(
            "concat", aliases: ["||"], group: .string, usage: "concat(expr, ...)",
            summary: "The texts, BINARYs or arrays one behind the other; NULL when one is."
        ) { arguments throws(FunctionBindingError) in
            if arguments.contains(where: { !$0.type.isSimple }) {
                return try ArrayFunctions.bindConcatenation(arguments)
            }
            let types = try Signature(repeating: .bytes).types(of: arguments)
            let result: DataType = !types.isEmpty && types.allSatisfy { $0 == .binary } ? .binary : .string
            return .strict("concat", types.map { _ in result }, of: arguments, to: result, concat)
        },
        FunctionDefinition(
            "concat_ws", group: .string, usage: "concat_ws(sep[, expr, ...])",
            summary: "The texts, and the elements of arrays of texts, joined by a separator; NULLs are left out.",
            bind: ConcatWithSeparator.bind),
        FunctionDefinition(
            "reverse", group: .string, usage: "reverse(expr)",
            summary: "The text backwards, or the array from its last element to its first."
        ) { arguments throws(FunctionBindingError) in
            if arguments.count == 1, case .array = arguments[0].type { return ArrayFunctions.bindReversal(arguments) }
            let types = try Signature(.string).types(of: arguments)
            return .strict("reverse", types, of: arguments, to: .string, reverse)
        },
        FunctionDefinition(
            "elt", group: .string, usage: "elt(n, input1, input2, ...)", summary: "The n-th of the inputs, from 1."
        ) { arguments throws(FunctionBindingError) in
            let types = try Signature(.int, .bytes, repeating: .bytes).types(of: arguments)
            let result = types[1...].allSatisfy { $0 == .binary } ? DataType.binary : .string
            return BoundFunction("elt", [.int] + types.dropFirst().map { _ in result }, to: result) {
                operands, rowCount, errors in choose(operands, rowCount, result, &errors)
            }
        },
    ]

    private static let reverse: StrictKernel = { call, errors in
        let text = call.text(0)
        return call.texts(bytes: text.isConstant ? 0 : text.allBytes.count, &errors) { row, out, _ in
            let value = text[row]
            var end = value.count
            while end > 0 {
                let start = value.previous(before: end)
                out.append(value.extracting(start..<end))
                end = start
            }
        }
    }

    private static let concat: StrictKernel = { call, errors in
        let texts = call.arguments.map { TextInput($0) }
        let expected = texts.reduce(0) { $0 + $1.allBytes.count * ($1.isConstant ? call.rowCount : 1) }
        let type = call.arguments.first?.type ?? .string
        return call.texts(as: type, bytes: min(expected, TextSink.valueLimit), &errors) { row, out, _ in
            for index in texts.indices { out.append(texts[index], row) }
        }
    }

    /// The n-th operand of each row; NULL for a NULL number.
    private static func choose(
        _ operands: [Operand], _ rowCount: Int, _ type: DataType, _ errors: inout RowErrors
    ) -> Column {
        if operands[0].isConstantNull { return StrictEvaluation.nulls(type, rowCount) }
        let numbers = NumberInput<Int32>(operands[0])
        let texts = operands.dropFirst().map { TextInput($0) }
        let present = operands.map { NullInput($0) }
        var out = TextSink(rows: rowCount)
        for row in 0..<rowCount {
            let number = Int(numbers[row])
            if present[0].isNull(row) {
                out.endNullRow()
                continue
            }
            if number < 1 || number > texts.count {
                errors.add(
                    row: row, .invalidIndex, "elt has \(texts.count) inputs, so there is none of number \(number)")
                out.endNullRow()
            } else if present[number].isNull(row) {
                out.endNullRow()
            } else {
                out.append(texts[number - 1], row)
                out.endRow(row, &errors)
            }
        }
        return out.finish(type)
    }
}

/// Tells whether an argument is NULL at a row.
struct NullInput {
    private let validity: Bitmap?
    private let mask: Int

    init(_ operand: Operand) {
        validity = StrictEvaluation.validity(of: operand.storedColumn)
        mask = operand.isConstant ? 0 : -1
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        return !validity[row & mask]
    }
}
