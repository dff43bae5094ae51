// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// `regexp_replace`.
enum RegularExpressionReplacing {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let types = try Signature(.string, .string, .string, optional: [.int]).types(of: arguments)
        let pattern = try PatternArgument(arguments, at: 1)
        var replacement: Replacement?
        if let expression = pattern.compiled, case .string(let text)? = arguments[2].constant {
            do throws(RegularExpression.Mistake) {
                replacement = try Replacement(text, for: expression)
            } catch {
                throw .argumentValue(index: 2, expected: "a replacement: \(error.message)")
            }
        }
        if arguments.count == 4, case .int(let position)? = arguments[3].constant, position < 1 {
            throw .argumentValue(index: 3, expected: "a position, from 1")
        }
        let constant = replacement
        return .strict("regexp_replace", types, of: arguments, to: .string) { call, errors in
            if call.arguments.count == 3 {
                return replace(RegularExpressionCall(call, pattern), nil, constant, &errors)
            }
            return replaceFromPosition(call, pattern, constant, &errors)
        }
    }

    /// Replaces in what stands at and behind the position, which is a text of its own for `^` and `\\b`.
    private static func replaceFromPosition(
        _ call: FunctionCall, _ pattern: PatternArgument, _ constant: Replacement?, _ errors: inout RowErrors
    ) -> Column {
        let (text, position) = (call.text(0), call.int(3))
        var heads = TextSink(rows: call.rowCount)
        var tails = TextSink(rows: call.rowCount)
        for row in 0..<call.rowCount {
            if call.valid?[row] ?? true {
                if position[row] < 1 {
                    errors.add(row: row, .invalidIndex, "regexp_replace counts positions from 1, not \(position[row])")
                }
                let start = text[row].offset(ofCodePoint: max(Int(position[row]) - 1, 0))
                heads.append(text[row].extracting(0..<start))
                tails.append(text[row].extracting(start..<text[row].count))
            }
            heads.endRow(row, &errors)
            tails.endRow(row, &errors)
        }
        let matching = RegularExpressionCall(call, pattern, over: TextInput(column: tails.finish(.string)))
        return replace(matching, TextInput(column: heads.finish(.string)), constant, &errors)
    }

    private static func replace(
        _ matching: RegularExpressionCall, _ heads: TextInput?, _ constant: Replacement?, _ errors: inout RowErrors
    ) -> Column {
        let replacements = matching.call.text(2)
        var current = constant
        var (currentExpression, currentRow): (RegularExpression?, Int) = (nil, -1)
        let expected = matching.text.isConstant ? 0 : matching.text.allBytes.count
        return matching.rows(
            into: TextSink(rows: matching.call.rowCount, bytes: expected), as: .string, limit: 0,
            groups: { constant?.groups ?? $0.groupCount + 1 }, &errors
        ) { row, out, errors in
            if constant == nil,
                currentExpression !== row.expression
                    || !replacements[row.row].hasSameBytes(as: replacements[max(currentRow, 0)])
            {
                (currentExpression, currentRow) = (row.expression, row.row)
                do throws(RegularExpression.Mistake) {
                    current = try Replacement(replacements[row.row].text, for: row.expression)
                } catch {
                    (current, currentExpression) = (nil, nil)
                    errors.add(row: row.row, .invalidFunctionArgument, error.message)
                }
            }
            guard let replacement = current else { return }
            if let heads { out.append(heads, row.row) }
            let text = matching.text[row.row]
            var position = 0
            for match in row.matches {
                guard let range = row.table.range(match), out.rowCount <= TextSink.valueLimit else { break }
                out.append(text.extracting(position..<range.lowerBound))
                replacement.append(row.table, match, in: text, to: &out)
                position = range.upperBound
            }
            out.append(text.extracting(position..<text.count))
        }
    }
}
