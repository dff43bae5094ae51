// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// The functions of maps. Entries keep their order; a key that is NULL or comes twice fails its row.
enum MapFunctions {
    /// All of them.
    static let all: [FunctionDefinition] = [
        define("map", "map(key0, value0, key1, value1, ...)", "A map of keys and values.") {
            arguments throws(FunctionBindingError) in try bindMap(arguments)
        },
        define("map_from_arrays", "map_from_arrays(keys, values)", "A map of an array of keys and an array of values.")
        {
            arguments throws(FunctionBindingError) in try bindFromArrays(arguments)
        },
        define(
            "map_from_entries", "map_from_entries(arrayOfEntries)", "A map of an array of STRUCTs of a key and a value."
        ) {
            arguments throws(FunctionBindingError) in try bindFromEntries(arguments)
        },
        define("map_keys", "map_keys(map)", "The keys of a map.") { arguments throws(FunctionBindingError) in
            let (key, _, _) = try types(arguments, 0)
            let result = DataType.array(element: key, containsNull: false)
            try ArraySignature.check(arguments, 1...1)
            return .strict("map_keys", [arguments[0].type], of: arguments, to: result) { call, errors in
                lists(call, ListInput.entries(of: call.arguments[0]).keys, result, &errors)
            }
        },
        define("map_values", "map_values(map)", "The values of a map.") { arguments throws(FunctionBindingError) in
            let (_, value, containsNull) = try types(arguments, 0)
            let result = DataType.array(element: value, containsNull: containsNull)
            try ArraySignature.check(arguments, 1...1)
            return .strict("map_values", [arguments[0].type], of: arguments, to: result) { call, errors in
                lists(call, ListInput.entries(of: call.arguments[0]).values, result, &errors)
            }
        },
        define("map_entries", "map_entries(map)", "The entries of a map as an array of STRUCTs of key and value.") {
            arguments throws(FunctionBindingError) in try bindEntries(arguments)
        },
        define("map_concat", "map_concat(map, ...)", "One map of the entries of several.") {
            arguments throws(FunctionBindingError) in try bindConcatenation(arguments)
        },
        define("map_contains_key", "map_contains_key(map, key)", "Whether a map has a key.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 2...2)
            let (key, _, _) = try types(arguments, 0)
            guard TypeCoercion.castsImplicitly(from: arguments[1].type, to: key) else {
                throw .argumentType(index: 1, expected: "\(key)")
            }
            return .strict("map_contains_key", [arguments[0].type, key], of: arguments, to: .boolean) { call, errors in
                let keys = ListInput.entries(of: call.arguments[0]).keys
                let source = GatheredColumns([keys.element, call.arguments[1].storedColumn])
                let order = ElementOrder(source.column)
                return call.flags(&errors) { row, _ in
                    let wanted = source.starts[1] + call.position(row, of: 1)
                    return keys.range(row).contains { order.areEqual($0, wanted) }
                }
            }
        },
        define(
            "str_to_map", "str_to_map(text[, pairDelim[, keyValueDelim]])",
            "The map of a text of pairs; the delimiters (',' and ':' by default) are regular expressions.",
            bind: TextToMap.bind),
    ]

    private static func define(
        _ name: String, _ usage: String, _ summary: String,
        bind: @escaping @Sendable ([FunctionArgument]) throws(FunctionBindingError) -> BoundFunction
    ) -> FunctionDefinition {
        FunctionDefinition(name, group: .map, usage: usage, summary: summary, bind: bind)
    }

    /// The key and value types of a MAP argument.
    private static func types(
        _ arguments: [FunctionArgument], _ index: Int
    ) throws(FunctionBindingError) -> (key: DataType, value: DataType, valueContainsNull: Bool) {
        guard arguments.indices.contains(index) else { throw .argumentCount(expected: "\(index + 1)") }
        switch arguments[index].type {
        case .map(let key, let value, let containsNull): return (key, value, containsNull)
        case .void: return (.void, .void, false)
        default: throw .argumentType(index: index, expected: "MAP")
        }
    }

    private static func lists(
        _ call: FunctionCall, _ list: ListInput, _ type: DataType, _ errors: inout RowErrors
    ) -> Column {
        call.lists(from: list.element, as: type, &errors) { row, out, _ in out.append(list.range(row)) }
    }

    private static func bindMap(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count % 2 == 0 else { throw .argumentCount(expected: "an even number") }
        let keyIndices = arguments.indices.filter { $0 % 2 == 0 }
        let valueIndices = arguments.indices.filter { $0 % 2 == 1 }
        let key = try ArraySignature.common(arguments, arrays: [], values: keyIndices)
        let value = try ArraySignature.common(arguments, arrays: [], values: valueIndices)
        let result = DataType.map(
            key: key, value: value, valueContainsNull: valueIndices.contains { arguments[$0].nullable })
        let types = arguments.indices.map { $0 % 2 == 0 ? key : value }
        return .strict("map", types, of: arguments, to: result, lenient: Set(arguments.indices)) { call, errors in
            let keys = GatheredColumns(keyIndices.map { call.arguments[$0].storedColumn })
            let values = GatheredColumns(valueIndices.map { call.arguments[$0].storedColumn })
            var out = MapBuilder(call, keys: keys.column)
            for row in 0..<call.rowCount {
                for entry in keyIndices.indices {
                    out.append(
                        key: keys.starts[entry] + call.position(row, of: keyIndices[entry]),
                        value: values.starts[entry] + call.position(row, of: valueIndices[entry]))
                }
                out.endRow(row, &errors)
            }
            return out.finish(keys: keys.column, values: values.column, as: result)
        }
    }

    private static func bindFromArrays(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 2...2)
        let key = try ArraySignature.element(arguments, 0).type
        let value = try ArraySignature.element(arguments, 1)
        let result = DataType.map(key: key, value: value.type, valueContainsNull: value.containsNull)
        return .strict("map_from_arrays", arguments.map(\.type), of: arguments, to: result) { call, errors in
            let (keys, values) = (ListInput(call.arguments[0]), ListInput(call.arguments[1]))
            var out = MapBuilder(call, keys: keys.element)
            for row in 0..<call.rowCount {
                guard call.valid?[row] ?? true else {
                    out.endNullRow()
                    continue
                }
                let (keyRange, valueRange) = (keys.range(row), values.range(row))
                if keyRange.count != valueRange.count {
                    errors.add(
                        row: row, .invalidFunctionArgument,
                        "there are \(keyRange.count) keys for \(valueRange.count) values")
                } else {
                    for (key, value) in zip(keyRange, valueRange) { out.append(key: key, value: value) }
                }
                out.endRow(row, &errors)
            }
            return out.finish(keys: keys.element, values: values.element, as: result)
        }
    }

    private static func bindFromEntries(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 1...1)
        guard case .array(.structure(let fields), let containsNull) = arguments[0].type, fields.count == 2 else {
            throw .argumentType(index: 0, expected: "ARRAY of STRUCTs of two fields")
        }
        let result = DataType.map(key: fields[0].type, value: fields[1].type, valueContainsNull: fields[1].nullable)
        let type = arguments[0].type
        return .strict("map_from_entries", [type], of: arguments, to: result, givesNull: containsNull) { call, errors in
            let list = ListInput(call.arguments[0])
            let nulls = NullInput(.column(list.element))
            guard case .fields(let members) = list.element.storage else {
                return StrictEvaluation.nulls(result, call.rowCount)
            }
            var out = MapBuilder(call, keys: members[0])
            for row in 0..<call.rowCount {
                let range = list.range(row)
                if !(call.valid?[row] ?? true) || range.contains(where: { nulls.isNull($0) }) {
                    out.endNullRow()
                    continue
                }
                for position in range { out.append(key: position, value: position) }
                out.endRow(row, &errors)
            }
            return out.finish(keys: members[0], values: members[1], as: result)
        }
    }

    private static func bindEntries(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 1...1)
        let (key, value, containsNull) = try types(arguments, 0)
        let structure = DataType.structure([
            Field("key", key, nullable: false), Field("value", value, nullable: containsNull),
        ])
        let result = DataType.array(element: structure, containsNull: false)
        return .strict("map_entries", [arguments[0].type], of: arguments, to: result) { call, _ in
            let (keys, values) = ListInput.entries(of: call.arguments[0])
            var keyGather = GatherBuilder(capacity: call.rowCount)
            var valueGather = GatherBuilder(capacity: call.rowCount)
            var offsets = BufferBuilder<Int32>(capacity: call.rowCount + 1)
            offsets.append(0)
            for row in 0..<call.rowCount {
                if call.valid?[row] ?? true {
                    for position in keys.range(row) {
                        keyGather.append(position)
                        valueGather.append(position)
                    }
                }
                offsets.append(Int32(keyGather.count))
            }
            let count = keyGather.count
            let members = [
                keyGather.finish(from: keys.element, as: key), valueGather.finish(from: values.element, as: value),
            ]
            let element = Column(structure, count: count, validity: nil, storage: .fields(members))
            return Column(
                result, count: call.rowCount, validity: call.valid,
                storage: .list(offsets: offsets.finish(), element: element))
        }
    }

    private static func bindConcatenation(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction
    {
        for index in arguments.indices { _ = try types(arguments, index) }
        guard case .map(let key, let value, let containsNull)? = TypeCoercion.common(arguments.map(\.type)) else {
            if arguments.isEmpty { throw .argumentCount(expected: "1 or more") }
            throw .argumentType(index: arguments.count - 1, expected: "\(arguments[0].type)")
        }
        let result = DataType.map(key: key, value: value, valueContainsNull: containsNull)
        return .strict("map_concat", arguments.map { _ in result }, of: arguments, to: result) { call, errors in
            let entries = call.arguments.map { ListInput.entries(of: $0) }
            let keys = GatheredColumns(entries.map(\.keys.element))
            let values = GatheredColumns(entries.map(\.values.element))
            var out = MapBuilder(call, keys: keys.column)
            for row in 0..<call.rowCount {
                guard call.valid?[row] ?? true else {
                    out.endNullRow()
                    continue
                }
                for index in entries.indices {
                    for position in entries[index].keys.range(row) {
                        out.append(key: keys.starts[index] + position, value: values.starts[index] + position)
                    }
                }
                out.endRow(row, &errors)
            }
            return out.finish(keys: keys.column, values: values.column, as: result)
        }
    }
}
