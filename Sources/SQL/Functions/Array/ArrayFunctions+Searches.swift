// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension ArrayFunctions {
    /// How many elements there are, and where.
    static let searches: [FunctionDefinition] = [
        define("size", aliases: ["cardinality"], "size(expr)", "How many elements an array or entries a map has.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 1...1)
            switch arguments[0].type {
            case .array, .map, .void: break
            default: throw .argumentType(index: 0, expected: "ARRAY or MAP")
            }
            return .strict("size", [arguments[0].type], of: arguments, to: .int, size)
        },
        define("array_size", "array_size(expr)", "How many elements an array has.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 1...1)
            _ = try ArraySignature.element(arguments, 0)
            return .strict("array_size", [arguments[0].type], of: arguments, to: .int, size)
        },
        define(
            "array_contains", "array_contains(array, value)",
            "Whether the array has the value; NULL when it has not, but has a NULL."
        ) { arguments throws(FunctionBindingError) in
            try bindSearch("array_contains", arguments, to: .boolean) { search, call, errors in
                call.flags(&errors) { row, _ in
                    search.first(row) != nil ? true : search.hasNull(row) ? nil : false
                }
            }
        },
        define(
            "array_position", "array_position(array, value)",
            "The position (from 1) of the value; 0 when it is not there."
        ) {
            arguments throws(FunctionBindingError) in
            try bindSearch("array_position", arguments, to: .bigint) { search, call, errors in
                call.bigints(&errors) { row, _ in search.first(row).map { Int64($0 + 1) } ?? 0 }
            }
        },
        define(
            "arrays_overlap", "arrays_overlap(a1, a2)",
            "Whether the arrays share an element that is not NULL; NULL when they do not, but one has a NULL."
        ) { arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 2...2)
            let element = try ArraySignature.common(arguments, arrays: [0, 1])
            let type = DataType.array(element: element, containsNull: true)
            return .strict("arrays_overlap", [type, type], of: arguments, to: .boolean, givesNull: true, overlap)
        },
        define("array_max", "array_max(array)", "The largest element; NULLs do not count.") {
            arguments throws(FunctionBindingError) in try bindExtreme("array_max", arguments, sign: 1)
        },
        define("array_min", "array_min(array)", "The smallest element; NULLs do not count.") {
            arguments throws(FunctionBindingError) in try bindExtreme("array_min", arguments, sign: -1)
        },
        define(
            "array_join", "array_join(array, delimiter[, nullReplacement])",
            "The texts of an array joined by a delimiter; NULLs are left out or replaced."
        ) { arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 2...3)
            let element = try ArraySignature.element(arguments, 0)
            guard element.type.isSimple else { throw .argumentType(index: 0, expected: "ARRAY<STRING>") }
            let types =
                [DataType.array(element: .string, containsNull: true)] + arguments.dropFirst().map { _ in .string }
            return .strict("array_join", types, of: arguments, to: .string, join)
        },
    ]

    private static let size: StrictKernel = { call, errors in
        let operand = call.arguments[0]
        if case .map = operand.storedColumn.storage {
            let keys = ListInput.entries(of: operand).keys
            return call.ints(&errors) { row, _ in Int32(keys.range(row).count) }
        }
        let list = ListInput(operand)
        return call.ints(&errors) { row, _ in Int32(list.range(row).count) }
    }

    /// A value to be found in the array of its row.
    struct ElementSearch {
        let list: ListInput
        let order: ElementOrder
        let call: FunctionCall
        let valueStart: Int

        /// The first place of the value in its array.
        func first(_ row: Int) -> Int? {
            let (range, value) = (list.range(row), valueStart + call.position(row, of: 1))
            return range.firstIndex { order.areEqual($0, value) }.map { $0 - range.lowerBound }
        }

        /// Whether the array has a NULL.
        func hasNull(_ row: Int) -> Bool { list.range(row).contains { order.isNull($0) } }
    }

    private static func bindSearch(
        _ name: String, _ arguments: [FunctionArgument], to result: DataType,
        _ kernel: @escaping @Sendable (ElementSearch, FunctionCall, inout RowErrors) -> Column
    ) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 2...2)
        let array = try ArraySignature.element(arguments, 0)
        let element = try ArraySignature.common(arguments, arrays: [0], values: [1])
        let types = [DataType.array(element: element, containsNull: array.containsNull), element]
        return .strict(name, types, of: arguments, to: result, givesNull: array.containsNull) { call, errors in
            let list = ListInput(call.arguments[0])
            let source = GatheredColumns([list.element, call.arguments[1].storedColumn])
            let search = ElementSearch(
                list: list, order: ElementOrder(source.column), call: call, valueStart: source.starts[1])
            return kernel(search, call, &errors)
        }
    }

    private static let overlap: StrictKernel = { call, errors in
        let (left, right) = (ListInput(call.arguments[0]), ListInput(call.arguments[1]))
        let source = GatheredColumns([left.element, right.element])
        let order = ElementOrder(source.column)
        var set = ElementSet(source.column, order)
        let shift = source.starts[1]
        return call.flags(&errors) { row, _ in
            let (one, other) = (left.range(row), right.range(row))
            set.reset(count: one.count)
            var hasNull = false
            for position in one {
                if order.isNull(position) { hasNull = true } else { _ = set.insert(position) }
            }
            for position in other {
                if order.isNull(position + shift) {
                    hasNull = true
                } else if set.contains(position + shift) {
                    return true
                }
            }
            return hasNull && !one.isEmpty && !other.isEmpty ? nil : false
        }
    }

    private static func bindExtreme(
        _ name: String, _ arguments: [FunctionArgument], sign: Int
    ) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 1...1)
        let element = try ArraySignature.element(arguments, 0).type
        return .strict(name, [arguments[0].type], of: arguments, to: element, givesNull: true) { call, errors in
            let list = ListInput(call.arguments[0])
            let order = ElementOrder(list.element)
            return call.gathered(from: list.element, as: element, &errors) { row, _ in
                var best: Int?
                for position in list.range(row) where !order.isNull(position) {
                    if let current = best, order.compare(position, current) * sign <= 0 { continue }
                    best = position
                }
                return best
            }
        }
    }

    private static let join: StrictKernel = { call, errors in
        let (list, delimiter) = (ListInput(call.arguments[0]), call.text(1))
        let (text, nulls) = (TextInput(column: list.element), NullInput(.column(list.element)))
        let replacement = call.arguments.count == 3 ? call.text(2) : nil
        return call.texts(&errors) { row, out, _ in
            var isFirst = true
            for position in list.range(row) {
                let isNull = nulls.isNull(position)
                if isNull && replacement == nil { continue }
                if !isFirst { out.append(delimiter, row) }
                isFirst = false
                if !isNull {
                    out.append(text, position)
                } else if let replacement {
                    out.append(replacement, row)
                }
            }
        }
    }
}
