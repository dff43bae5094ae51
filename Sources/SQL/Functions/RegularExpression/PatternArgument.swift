// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// The pattern of a regular expression function: compiled when the call is bound, or as rows bring it.
enum PatternArgument {
    case constant(RegularExpression)
    /// The position of the argument.
    case column(Int)

    /// Compiles the argument at `index` when it is a literal.
    init(_ arguments: [FunctionArgument], at index: Int) throws(FunctionBindingError) {
        guard case .string(let pattern)? = arguments[index].constant else {
            self = .column(index)
            return
        }
        do throws(RegularExpression.Mistake) {
            self = .constant(try RegularExpression(pattern))
        } catch {
            throw .argumentValue(index: index, expected: "a regular expression that RE2 takes: \(error.message)")
        }
    }

    /// The compiled literal.
    var compiled: RegularExpression? {
        if case .constant(let expression) = self { expression } else { nil }
    }

    /// Calls `body` for runs of rows with one pattern; a pattern that is none fails its rows, and `body` is not called.
    func forEachRun(
        _ call: FunctionCall, _ errors: inout RowErrors,
        _ body: (_ expression: RegularExpression?, _ rows: Range<Int>, _ errors: inout RowErrors) -> Void
    ) {
        switch self {
        case .constant(let expression): body(expression, 0..<call.rowCount, &errors)
        case .column(let index):
            let patterns = call.text(index)
            if patterns.isConstant {
                body(compile(patterns, 0, 0..<call.rowCount, call, &errors), 0..<call.rowCount, &errors)
                return
            }
            var start = 0
            while start < call.rowCount {
                var end = start + 1
                while end < call.rowCount && patterns[end].hasSameBytes(as: patterns[start]) { end += 1 }
                body(compile(patterns, start, start..<end, call, &errors), start..<end, &errors)
                start = end
            }
        }
    }

    private func compile(
        _ patterns: TextInput, _ row: Int, _ rows: Range<Int>, _ call: FunctionCall, _ errors: inout RowErrors
    ) -> RegularExpression? {
        do throws(RegularExpression.Mistake) {
            return try RegularExpression(patterns[row].text)
        } catch {
            for row in rows where call.valid?[row] ?? true {
                errors.add(row: row, .invalidFunctionArgument, "the pattern is no regular expression: \(error.message)")
            }
            return nil
        }
    }
}
