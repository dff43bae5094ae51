// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// `split`: the parts of a text between matches, as `java.util.regex.Pattern.split` gives them, trailing empty parts kept.
enum RegularExpressionSplitting {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let types = try Signature(.string, .string, optional: [.int]).types(of: arguments)
        let pattern = try PatternArgument(arguments, at: 1)
        let result = DataType.array(element: .string, containsNull: false)
        return .strict("split", types, of: arguments, to: result) { call, errors in
            let matching = RegularExpressionCall(call, pattern)
            let patterns = call.text(1)
            let limits = call.arguments.count == 3 ? call.int(2) : NumberInput(Buffer([Int32(-1)]), isConstant: true)
            return matching.rows(into: TextListSink(rows: call.rowCount), as: result, limit: 0, &errors) {
                row, out, _ in
                let (text, limit) = (matching.text[row.row], Int(limits[row.row]))
                if patterns[row.row].isEmpty && !text.isEmpty {
                    characters(text, limit, &out)
                } else {
                    parts(text, row, limit, &out)
                }
            }
        }
    }

    /// The characters, the last part holding the rest where there are more than the limit.
    private static func characters(_ text: Span<UInt8>, _ limit: Int, _ out: inout TextListSink) {
        var (position, count) = (0, 0)
        while position < text.count {
            count += 1
            let end = count == limit ? text.count : text.next(after: position)
            out.append(text.extracting(position..<end))
            position = end
        }
    }

    static func parts(
        _ text: Span<UInt8>, _ row: RegularExpressionCall.Row, _ limit: Int, _ out: inout TextListSink
    ) {
        var (position, count) = (0, 1)
        for match in row.matches where limit <= 0 || count < limit {
            guard let range = row.table.range(match) else { continue }
            // A match of nothing at the start makes no empty first part.
            if range.upperBound == 0 { continue }
            out.append(text.extracting(position..<range.lowerBound))
            position = range.upperBound
            count += 1
        }
        out.append(text.extracting(position..<text.count))
    }
}
