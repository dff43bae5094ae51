// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Finds the types of calls over arrays: elements and values meet in one type.
enum ArraySignature {
    /// The element type of an ARRAY argument; VOID for NULL.
    static func element(
        _ arguments: [FunctionArgument], _ index: Int
    ) throws(FunctionBindingError) -> (type: DataType, containsNull: Bool) {
        switch arguments[index].type {
        case .array(let element, let containsNull): return (element, containsNull)
        case .void: return (.void, false)
        default: throw .argumentType(index: index, expected: "ARRAY")
        }
    }

    /// The type in which the elements of several arrays, and values beside them, meet.
    static func common(
        _ arguments: [FunctionArgument], arrays: [Int], values: [Int] = []
    ) throws(FunctionBindingError) -> DataType {
        var types: [DataType] = []
        for index in arrays { types.append(try element(arguments, index).type) }
        for index in values { types.append(arguments[index].type) }
        guard let common = TypeCoercion.common(types) else {
            let expected = types.first.map { "what meets \($0)" } ?? "ARRAY"
            throw .argumentType(index: (arrays + values).last ?? 0, expected: expected)
        }
        return common
    }

    /// The number of arguments.
    static func check(_ arguments: [FunctionArgument], _ counts: ClosedRange<Int>) throws(FunctionBindingError) {
        guard counts.contains(arguments.count) else {
            throw .argumentCount(
                expected: counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) or \(counts.upperBound)")
        }
    }

    /// INT for an argument that may be cast to it.
    static func int(_ arguments: [FunctionArgument], _ index: Int) throws(FunctionBindingError) -> DataType {
        guard let type = Signature.Parameter.int.type(for: arguments[index].type) else {
            throw .argumentType(index: index, expected: "INT")
        }
        return type
    }
}
