// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension ArrayFunctions {
    /// One element of an array, or the value of a key of a map.
    static let lookups: [FunctionDefinition] = [
        define(
            "[]", group: .operators, "expr[index]",
            "The element of an array at an index from 0, an error when there is none; the value of a map's key, or NULL."
        ) { arguments throws(FunctionBindingError) in try bindLookup("[]", arguments, from: 0, isLenient: false) },
        define(
            "element_at", "element_at(expr, index)",
            "The element of an array at a position from 1 (negative from the end), an error when there is none; the value of"
                + " a map's key, or NULL."
        ) { arguments throws(FunctionBindingError) in try bindLookup("element_at", arguments, from: 1, isLenient: false)
        },
        define(
            "try_element_at", "try_element_at(expr, index)",
            "The element of an array at a position from 1 (negative from the end), or the value of a map's key; NULL when there"
                + " is none."
        ) { arguments throws(FunctionBindingError) in
            try bindLookup("try_element_at", arguments, from: 1, isLenient: true)
        },
        define("get", "get(array, index)", "The element of an array at an index from 0; NULL when there is none.") {
            arguments throws(FunctionBindingError) in
            if arguments.count == 2, case .map = arguments[0].type { throw .argumentType(index: 0, expected: "ARRAY") }
            return try bindLookup("get", arguments, from: 0, isLenient: true)
        },
    ]

    private static func bindLookup(
        _ name: String, _ arguments: [FunctionArgument], from first: Int, isLenient: Bool
    ) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 2...2)
        switch arguments[0].type {
        case .array(let element, _):
            guard let index = Signature.Parameter.bigint.type(for: arguments[1].type) else {
                throw .argumentType(index: 1, expected: "INT")
            }
            let types = [arguments[0].type, index]
            return .strict(name, types, of: arguments, to: element, givesNull: true) { call, errors in
                elements(call, name, first, isLenient, element, &errors)
            }
        case .map(let key, let value, _):
            guard TypeCoercion.castsImplicitly(from: arguments[1].type, to: key) else {
                throw .argumentType(index: 1, expected: "\(key)")
            }
            return .strict(name, [arguments[0].type, key], of: arguments, to: value, givesNull: true) { call, errors in
                let (keys, values) = ListInput.entries(of: call.arguments[0])
                let source = GatheredColumns([keys.element, call.arguments[1].storedColumn])
                let order = ElementOrder(source.column)
                return call.gathered(from: values.element, as: value, &errors) { row, _ in
                    let wanted = source.starts[1] + call.position(row, of: 1)
                    return keys.range(row).first { order.areEqual($0, wanted) }
                }
            }
        default: throw .argumentType(index: 0, expected: "ARRAY or MAP")
        }
    }

    private static func elements(
        _ call: FunctionCall, _ name: String, _ first: Int, _ isLenient: Bool, _ type: DataType,
        _ errors: inout RowErrors
    ) -> Column {
        let (list, indices) = (ListInput(call.arguments[0]), call.bigint(1))
        return call.gathered(from: list.element, as: type, &errors) { row, errors in
            let (range, index) = (list.range(row), Int(indices[row]))
            if first == 1 && index == 0 {
                errors.add(row: row, .invalidIndex, "\(name) counts positions from 1; 0 is none")
                return nil
            }
            let place = first == 1 && index < 0 ? range.count + index : index - first
            if place >= 0 && place < range.count { return range.lowerBound + place }
            if !isLenient {
                errors.add(
                    row: row, .invalidIndex,
                    "index \(index) is out of bounds: the array has \(range.count) elements; use "
                        + (first == 1 ? "try_element_at" : "get") + " for NULL instead")
            }
            return nil
        }
    }
}
