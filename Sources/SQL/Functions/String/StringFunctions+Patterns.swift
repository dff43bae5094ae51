// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension StringFunctions {
    /// LIKE and ILIKE.
    static let patterns: [FunctionDefinition] = [
        like(
            "like", usage: "str LIKE pattern [ESCAPE escape]",
            summary: "Whether all of a text matches a pattern of '_' (one character) and '%' (any number).",
            ignoringCase: false),
        like(
            "ilike", usage: "str ILIKE pattern [ESCAPE escape]",
            summary: "Whether all of a text matches a LIKE pattern, upper and lower case being the same.",
            ignoringCase: true),
    ]

    private static func like(_ name: String, usage: String, summary: String, ignoringCase: Bool) -> FunctionDefinition {
        FunctionDefinition(name, group: .operators, usage: usage, summary: summary) {
            arguments throws(FunctionBindingError) in
            let types = try Signature(.string, .string, optional: [.string]).types(of: arguments)
            var escape: Unicode.Scalar = "\\"
            if arguments.count == 3 {
                guard case .string(let text)? = arguments[2].constant, text.unicodeScalars.count == 1,
                    let scalar = text.unicodeScalars.first
                else { throw .argumentValue(index: 2, expected: "a literal of one character") }
                escape = scalar
            }
            guard case .string(let text)? = arguments[1].constant else {
                return .strict(name, types, of: arguments, to: .boolean, eachPattern(escape, ignoringCase))
            }
            let pattern = lowered(Column(.string, [.string(text)]), ignoringCase)
            do throws(LikePattern.Mistake) {
                let compiled = try LikePattern(pattern[0], escape: escape)
                return .strict(name, types, of: arguments, to: .boolean) { call, errors in
                    let text = lowered(
                        call.arguments[0].storedColumn, ignoringCase, isConstant: call.arguments[0].isConstant)
                    return call.flags(&errors) { row, _ in compiled.matches(text[row]) }
                }
            } catch {
                throw .argumentValue(index: 1, expected: "a valid pattern: \(error.message)")
            }
        }
    }

    /// Patterns that differ from row to row; a run of equal ones is compiled once.
    private static func eachPattern(_ escape: Unicode.Scalar, _ ignoringCase: Bool) -> StrictKernel {
        { call, errors in
            let operands = call.arguments
            let text = lowered(operands[0].storedColumn, ignoringCase, isConstant: operands[0].isConstant)
            let patterns = lowered(operands[1].storedColumn, ignoringCase, isConstant: operands[1].isConstant)
            var compiled: LikePattern?
            var compiledRow = -1
            return call.flags(&errors) { row, errors in
                if compiledRow < 0 || !patterns[row].hasSameBytes(as: patterns[compiledRow]) {
                    compiledRow = row
                    do throws(LikePattern.Mistake) {
                        compiled = try LikePattern(patterns[row], escape: escape)
                    } catch {
                        compiled = nil
                        compiledRow = -1
                        errors.add(row: row, .invalidFunctionArgument, error.message)
                    }
                }
                return compiled?.matches(text[row])
            }
        }
    }

    /// The texts, in lower case where case does not count.
    private static func lowered(_ column: Column, _ ignoringCase: Bool, isConstant: Bool = false) -> TextInput {
        var column = column
        if ignoringCase {
            let text = TextInput(column: column)
            var out = TextSink(rows: column.count, bytes: text.allBytes.count)
            var errors = RowErrors()
            for row in 0..<column.count {
                CaseMapping.lower(text[row], &out)
                out.endRow(row, &errors)
            }
            column = out.finish(.string)
        }
        return TextInput(isConstant ? .constant(column) : .column(column))
    }
}
