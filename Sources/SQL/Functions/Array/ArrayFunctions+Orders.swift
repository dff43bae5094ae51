// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension ArrayFunctions {
    /// Arrays in order.
    static let orders: [FunctionDefinition] = [
        define(
            "sort_array", "sort_array(array[, ascendingOrder])",
            "The array in ascending order with NULLs first, or in descending order with NULLs last."
        ) { arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 1...2)
            _ = try ArraySignature.element(arguments, 0)
            var types = [arguments[0].type]
            if arguments.count == 2 {
                guard let flag = Signature.Parameter.boolean.type(for: arguments[1].type) else {
                    throw .argumentType(index: 1, expected: "BOOLEAN")
                }
                types.append(flag)
            }
            return .strict("sort_array", types, of: arguments, to: types[0]) { call, errors in
                let ascending = call.arguments.count == 2 ? call.flag(1) : nil
                return sorted(call, &errors) { order, left, right, row in
                    let comparison = order.compare(left, right)
                    return ascending?[row] ?? true ? comparison < 0 : comparison > 0
                }
            }
        },
        define("array_sort", "array_sort(array)", "The array in ascending order with NULLs last.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 1...1)
            _ = try ArraySignature.element(arguments, 0)
            return .strict("array_sort", [arguments[0].type], of: arguments, to: arguments[0].type) { call, errors in
                sorted(call, &errors) { order, left, right, _ in
                    let (leftNull, rightNull) = (order.isNull(left), order.isNull(right))
                    if leftNull || rightNull { return !leftNull && rightNull }
                    return order.compare(left, right) < 0
                }
            }
        },
    ]

    private static func sorted(
        _ call: FunctionCall, _ errors: inout RowErrors, _ precedes: (ElementOrder, Int, Int, Int) -> Bool
    ) -> Column {
        let list = ListInput(call.arguments[0])
        let order = ElementOrder(list.element)
        var scratch: [Int] = []
        return call.lists(from: list.element, as: call.arguments[0].type, &errors) { row, out, _ in
            scratch.removeAll(keepingCapacity: true)
            scratch.append(contentsOf: list.range(row))
            scratch.sort { precedes(order, $0, $1, row) }
            for position in scratch { out.elements.append(position) }
        }
    }
}
