// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension ArrayFunctions {
    /// Arrays with elements put in, taken out, or moved.
    static let changes: [FunctionDefinition] = [
        define("array_append", "array_append(array, element)", "The array with an element behind its last.") {
            arguments throws(FunctionBindingError) in try bindAddition("array_append", arguments, atEnd: true)
        },
        define("array_prepend", "array_prepend(array, element)", "The array with an element before its first.") {
            arguments throws(FunctionBindingError) in try bindAddition("array_prepend", arguments, atEnd: false)
        },
        define(
            "array_insert", "array_insert(array, pos, element)",
            "The array with an element at a position (from 1; negative from the end), NULLs filling a gap."
        ) { arguments throws(FunctionBindingError) in try bindInsertion(arguments) },
        define("array_remove", "array_remove(array, element)", "The array without the elements that equal one.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 2...2)
            let array = try ArraySignature.element(arguments, 0)
            let element = try ArraySignature.common(arguments, arrays: [0], values: [1])
            let result = DataType.array(element: element, containsNull: array.containsNull)
            return .strict("array_remove", [result, element], of: arguments, to: result) { call, errors in
                let list = ListInput(call.arguments[0])
                let source = GatheredColumns([list.element, call.arguments[1].storedColumn])
                let order = ElementOrder(source.column)
                return call.lists(from: source.column, as: result, &errors) { row, out, _ in
                    let value = source.starts[1] + call.position(row, of: 1)
                    for position in list.range(row) where !order.areEqual(position, value) {
                        out.elements.append(position)
                    }
                }
            }
        },
        define("array_compact", "array_compact(array)", "The array without its NULLs.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 1...1)
            let element = try ArraySignature.element(arguments, 0).type
            let result = DataType.array(element: element, containsNull: false)
            return .strict("array_compact", [arguments[0].type], of: arguments, to: result) { call, errors in
                let list = ListInput(call.arguments[0])
                let nulls = NullInput(.column(list.element))
                return call.lists(from: list.element, as: result, &errors) { row, out, _ in
                    for position in list.range(row) where !nulls.isNull(position) { out.elements.append(position) }
                }
            }
        },
        define(
            "slice", "slice(array, start, length)",
            "Up to length elements from position start (from 1; negative from the end)."
        ) { arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 3...3)
            _ = try ArraySignature.element(arguments, 0)
            let types = [arguments[0].type, try ArraySignature.int(arguments, 1), try ArraySignature.int(arguments, 2)]
            return .strict("slice", types, of: arguments, to: types[0], slice)
        },
        define("flatten", "flatten(arrayOfArrays)", "The elements of the arrays in an array; NULL when one of them is.")
        {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 1...1)
            guard case .array(let inner, let containsNull) = arguments[0].type, case .array = inner else {
                throw .argumentType(index: 0, expected: "ARRAY of ARRAY")
            }
            return .strict(
                "flatten", [arguments[0].type], of: arguments, to: inner, givesNull: containsNull, flatten)
        },
    ]

    private static func bindAddition(
        _ name: String, _ arguments: [FunctionArgument], atEnd: Bool
    ) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 2...2)
        let array = try ArraySignature.element(arguments, 0)
        let element = try ArraySignature.common(arguments, arrays: [0], values: [1])
        let result = DataType.array(element: element, containsNull: array.containsNull || arguments[1].nullable)
        return .strict(name, [result, element], of: arguments, to: result, lenient: [1]) { call, errors in
            let list = ListInput(call.arguments[0])
            let source = GatheredColumns([list.element, call.arguments[1].storedColumn])
            return call.lists(from: source.column, as: result, &errors) { row, out, _ in
                let value = source.starts[1] + call.position(row, of: 1)
                if !atEnd { out.elements.append(value) }
                out.append(list.range(row))
                if atEnd { out.elements.append(value) }
            }
        }
    }

    private static func bindInsertion(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 3...3)
        _ = try ArraySignature.element(arguments, 0)
        let element = try ArraySignature.common(arguments, arrays: [0], values: [2])
        let result = DataType.array(element: element, containsNull: true)
        let types = [result, try ArraySignature.int(arguments, 1), element]
        return .strict("array_insert", types, of: arguments, to: result, lenient: [2]) { call, errors in
            let (list, positions) = (ListInput(call.arguments[0]), call.int(1))
            let source = GatheredColumns([list.element, call.arguments[2].storedColumn])
            return call.lists(from: source.column, as: result, &errors) { row, out, errors in
                let (range, position) = (list.range(row), Int(positions[row]))
                let value = source.starts[1] + call.position(row, of: 2)
                guard position != 0 else {
                    errors.add(row: row, .invalidIndex, "array_insert counts positions from 1; 0 is none")
                    return
                }
                let index = position > 0 ? position - 1 : range.count + position + 1
                guard isAllowed(abs(position) + range.count, row, &errors) else { return }
                if index < 0 {
                    out.elements.append(value)
                    for _ in index..<0 { out.elements.appendNull() }
                    out.append(range)
                } else {
                    let middle = range.lowerBound + min(index, range.count)
                    out.append(range.lowerBound..<middle)
                    for _ in range.count..<max(index, range.count) { out.elements.appendNull() }
                    out.elements.append(value)
                    out.append(middle..<range.upperBound)
                }
            }
        }
    }

    private static let slice: StrictKernel = { call, errors in
        let (list, starts, lengths) = (ListInput(call.arguments[0]), call.int(1), call.int(2))
        return call.lists(from: list.element, as: call.arguments[0].type, &errors) { row, out, errors in
            let (range, start, length) = (list.range(row), Int(starts[row]), Int(lengths[row]))
            if start == 0 {
                errors.add(row: row, .invalidIndex, "slice counts positions from 1; 0 is none")
            } else if length < 0 {
                errors.add(row: row, .invalidFunctionArgument, "slice cannot take \(length) elements")
            } else {
                let low = start > 0 ? range.lowerBound + start - 1 : range.upperBound + start
                if low >= range.lowerBound && low < range.upperBound {
                    out.append(low..<min(low + length, range.upperBound))
                }
            }
        }
    }

    private static let flatten: StrictKernel = { call, errors in
        let outer = ListInput(call.arguments[0])
        let (inner, nulls) = (ListInput(.column(outer.element)), NullInput(.column(outer.element)))
        return call.lists(from: inner.element, as: outer.element.type, &errors) { row, out, _ in
            let range = outer.range(row)
            if range.contains(where: { nulls.isNull($0) }) {
                out.isNull = true
                return
            }
            for position in range { out.append(inner.range(position)) }
        }
    }

    /// `concat` of arrays.
    static func bindConcatenation(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let element = try ArraySignature.common(arguments, arrays: Array(arguments.indices))
        var containsNull = false
        for index in arguments.indices {
            containsNull = try ArraySignature.element(arguments, index).containsNull || containsNull
        }
        let result = DataType.array(element: element, containsNull: containsNull)
        return .strict("concat", arguments.map { _ in result }, of: arguments, to: result) { call, errors in
            let lists = call.arguments.map { ListInput($0) }
            let source = GatheredColumns(lists.map(\.element))
            return call.lists(from: source.column, as: result, &errors) { row, out, _ in
                for index in lists.indices { out.append(lists[index].range(row), shiftedBy: source.starts[index]) }
            }
        }
    }

    /// `reverse` of an array.
    static func bindReversal(_ arguments: [FunctionArgument]) -> BoundFunction {
        .strict("reverse", [arguments[0].type], of: arguments, to: arguments[0].type) { call, errors in
            let list = ListInput(call.arguments[0])
            return call.lists(from: list.element, as: call.arguments[0].type, &errors) { row, out, _ in
                for position in list.range(row).reversed() { out.elements.append(position) }
            }
        }
    }
}
