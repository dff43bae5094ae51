// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// `str_to_map`: a text split into pairs, and each pair into key and value, each by one call into the regular expressions.
enum TextToMap {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let types = try Signature(.string, optional: [.string, .string]).types(of: arguments)
        let pair = try delimiter(arguments, 1, otherwise: ",")
        let inner = try delimiter(arguments, 2, otherwise: ":")
        let result = DataType.map(key: .string, value: .string, valueContainsNull: true)
        return .strict("str_to_map", types, of: arguments, to: result) { call, errors in
            map(call, pair, inner, result, &errors)
        }
    }

    private static func delimiter(
        _ arguments: [FunctionArgument], _ index: Int, otherwise text: String
    ) throws(FunctionBindingError) -> PatternArgument {
        if index < arguments.count, case .column = try PatternArgument(arguments, at: index) {
            throw .argumentValue(index: index, expected: "a literal")
        }
        if index < arguments.count { return try PatternArgument(arguments, at: index) }
        let implied = FunctionArgument(type: .string, nullable: false, constant: .string(text))
        return try PatternArgument([implied], at: 0)
    }

    private static func map(
        _ call: FunctionCall, _ pair: PatternArgument, _ inner: PatternArgument, _ result: DataType,
        _ errors: inout RowErrors
    ) -> Column {
        let matching = RegularExpressionCall(call, pair)
        let listType = DataType.array(element: .string, containsNull: false)
        let pairs = matching.rows(into: TextListSink(rows: call.rowCount), as: listType, limit: 0, &errors) {
            row, out, _ in
            RegularExpressionSplitting.parts(matching.text[row.row], row, -1, &out)
        }
        let list = ListInput(.column(pairs))
        let parts = FunctionCall(arguments: [.column(list.element)], rowCount: list.element.count, valid: nil)
        let splitting = RegularExpressionCall(parts, inner)
        var values = TextSink(rows: parts.rowCount)
        let keys = splitting.rows(into: TextSink(rows: parts.rowCount), as: .string, limit: 1, &errors) {
            row, out, errors in
            let text = splitting.text[row.row]
            if let match = row.matches.first, let range = row.table.range(match) {
                out.append(text.extracting(0..<range.lowerBound))
                values.append(text.extracting(range.upperBound..<text.count))
            } else {
                out.append(text)
                values.isNull = true
            }
            values.endRow(row.row, &errors)
        }
        var maps = MapBuilder(call, keys: keys)
        for row in 0..<call.rowCount {
            guard call.valid?[row] ?? true else {
                maps.endNullRow()
                continue
            }
            for position in list.range(row) { maps.append(key: position, value: position) }
            maps.endRow(row, &errors)
        }
        return maps.finish(keys: keys, values: values.finish(.string), as: result)
    }
}
