// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension ArrayFunctions {
    /// Arrays as sets: each value once, in the order it first comes; NULL is a value.
    static let sets: [FunctionDefinition] = [
        define("array_distinct", "array_distinct(array)", "The array with each value once.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 1...1)
            _ = try ArraySignature.element(arguments, 0)
            return .strict("array_distinct", [arguments[0].type], of: arguments, to: arguments[0].type) {
                call, errors in
                let list = ListInput(call.arguments[0])
                var set = ElementSet(list.element, ElementOrder(list.element))
                return call.lists(from: list.element, as: call.arguments[0].type, &errors) { row, out, _ in
                    set.reset(count: list.range(row).count)
                    for position in list.range(row) where set.insert(position) { out.elements.append(position) }
                }
            }
        },
        combine("array_union", "The values that are in either array, each once.") { left, right, set, out in
            set.reset(count: left.count + right.count)
            for position in left where set.insert(position) { out.elements.append(position) }
            for position in right where set.insert(position) { out.elements.append(position) }
        },
        combine("array_intersect", "The values that are in both arrays, each once.") { left, right, set, out in
            set.reset(count: right.count)
            for position in right { _ = set.insert(position) }
            for position in left where set.take(position) { out.elements.append(position) }
        },
        combine("array_except", "The values that are in the first array and not in the second, each once.") {
            left, right, set, out in
            set.reset(count: left.count + right.count)
            for position in right { _ = set.insert(position) }
            for position in left where set.insert(position) { out.elements.append(position) }
        },
    ]

    private static func combine(
        _ name: String, _ summary: String,
        _ body: @escaping @Sendable (Range<Int>, Range<Int>, inout ElementSet, inout ListBuilder) -> Void
    ) -> FunctionDefinition {
        define(name, "\(name)(array1, array2)", summary) { arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 2...2)
            let element = try ArraySignature.common(arguments, arrays: [0, 1])
            let left = try ArraySignature.element(arguments, 0).containsNull
            let right = try ArraySignature.element(arguments, 1).containsNull
            let result = DataType.array(element: element, containsNull: left || right)
            return .strict(name, [result, result], of: arguments, to: result) { call, errors in
                let (left, right) = (ListInput(call.arguments[0]), ListInput(call.arguments[1]))
                let source = GatheredColumns([left.element, right.element])
                var set = ElementSet(source.column, ElementOrder(source.column))
                let shift = source.starts[1]
                return call.lists(from: source.column, as: result, &errors) { row, out, _ in
                    let other = right.range(row)
                    body(left.range(row), (other.lowerBound + shift)..<(other.upperBound + shift), &set, &out)
                }
            }
        }
    }
}
