// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension AggregateDefinition {
    /// One value out of those of the rows.
    static let choices: [AggregateDefinition] = [
        AggregateDefinition("min", usage: "min(expr)", summary: "The least value.") {
            (arguments, _) throws(FunctionBindingError) in
            try expect(1, arguments)
            return try choice(.minimum, arguments, orderedBy: 0)
        },
        AggregateDefinition("max", usage: "max(expr)", summary: "The greatest value.") {
            (arguments, _) throws(FunctionBindingError) in
            try expect(1, arguments)
            return try choice(.maximum, arguments, orderedBy: 0)
        },
        AggregateDefinition(
            "min_by", usage: "min_by(value, order)", summary: "The value of the row whose order is least."
        ) { (arguments, _) throws(FunctionBindingError) in
            try expect(2, arguments)
            return try choice(.minimumBy, arguments, orderedBy: 1)
        },
        AggregateDefinition(
            "max_by", usage: "max_by(value, order)", summary: "The value of the row whose order is greatest."
        ) { (arguments, _) throws(FunctionBindingError) in
            try expect(2, arguments)
            return try choice(.maximumBy, arguments, orderedBy: 1)
        },
        AggregateDefinition(
            "first", aliases: ["first_value"], usage: "first(expr[, ignoreNulls]) [IGNORE NULLS]",
            summary: "The value of the first row in the order of the source.", takesNullTreatment: true
        ) { (arguments, ignoresNulls) throws(FunctionBindingError) in
            let ignores = try nullTreatment(arguments, ignoresNulls)
            return try choice(.first(ignoresNulls: ignores), Array(arguments.prefix(1)), orderedBy: nil)
        },
        AggregateDefinition(
            "last", aliases: ["last_value"], usage: "last(expr[, ignoreNulls]) [IGNORE NULLS]",
            summary: "The value of the last row in the order of the source.", takesNullTreatment: true
        ) { (arguments, ignoresNulls) throws(FunctionBindingError) in
            let ignores = try nullTreatment(arguments, ignoresNulls)
            return try choice(.last(ignoresNulls: ignores), Array(arguments.prefix(1)), orderedBy: nil)
        },
        AggregateDefinition(
            "any_value", usage: "any_value(expr[, ignoreNulls]) [IGNORE NULLS]",
            summary: "The value of some row: of the first in the order of the source.", takesNullTreatment: true
        ) { (arguments, ignoresNulls) throws(FunctionBindingError) in
            let ignores = try nullTreatment(arguments, ignoresNulls)
            return try choice(.first(ignoresNulls: ignores), Array(arguments.prefix(1)), orderedBy: nil)
        },
        AggregateDefinition(
            "bool_and", aliases: ["every"], usage: "bool_and(condition)", summary: "Whether it is true in every row."
        ) { (arguments, _) throws(FunctionBindingError) in try truth(.booleanAnd, arguments) },
        AggregateDefinition(
            "bool_or", aliases: ["any", "some"], usage: "bool_or(condition)", summary: "Whether it is true in some row."
        ) { (arguments, _) throws(FunctionBindingError) in try truth(.booleanOr, arguments) },
    ]

    /// Lists of values.
    static let collections: [AggregateDefinition] = [
        AggregateDefinition(
            "collect_list", aliases: ["array_agg"], usage: "collect_list([DISTINCT] expr)",
            summary: "An ARRAY of the values that are not NULL, in the order of the source."
        ) { (arguments, _) throws(FunctionBindingError) in try list(.collectList, arguments) },
        AggregateDefinition(
            "collect_set", usage: "collect_set(expr)",
            summary: "An ARRAY of the distinct values that are not NULL, in the order of their first appearance."
        ) { (arguments, _) throws(FunctionBindingError) in
            let bound = try list(.collectSet, arguments)
            if hasMap(arguments[0].type) { throw .argumentType(index: 0, expected: "anything but MAP") }
            return bound
        },
    ]

    /// Bits of integers.
    static let bits: [AggregateDefinition] = [
        AggregateDefinition("bit_and", usage: "bit_and(integer)", summary: "The bitwise AND of the values.") {
            (arguments, _) throws(FunctionBindingError) in
            try integer(.bitAnd, arguments)
        },
        AggregateDefinition("bit_or", usage: "bit_or(integer)", summary: "The bitwise OR of the values.") {
            (arguments, _) throws(FunctionBindingError) in
            try integer(.bitOr, arguments)
        },
        AggregateDefinition("bit_xor", usage: "bit_xor(integer)", summary: "The bitwise XOR of the values.") {
            (arguments, _) throws(FunctionBindingError) in
            try integer(.bitXor, arguments)
        },
    ]

    private static func choice(
        _ function: AggregateFunction, _ arguments: [FunctionArgument], orderedBy order: Int?
    ) throws(FunctionBindingError) -> BoundAggregate {
        if let order, hasMap(arguments[order].type) {
            throw .argumentType(index: order, expected: "a type with an order")
        }
        return BoundAggregate(
            function: function, parameterTypes: arguments.map(\.type), resultType: arguments[0].type)
    }

    private static func truth(
        _ function: AggregateFunction, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundAggregate {
        try expect(1, arguments)
        guard arguments[0].type == .boolean || arguments[0].type == .void || arguments[0].type == .string else {
            throw .argumentType(index: 0, expected: "BOOLEAN")
        }
        return BoundAggregate(function: function, parameterTypes: [.boolean], resultType: .boolean)
    }

    private static func list(
        _ function: AggregateFunction, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundAggregate {
        try expect(1, arguments)
        return BoundAggregate(
            function: function, parameterTypes: [arguments[0].type],
            resultType: .array(element: arguments[0].type, containsNull: false), nullable: false)
    }

    private static func integer(
        _ function: AggregateFunction, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundAggregate {
        try expect(1, arguments)
        let type = arguments[0].type == .void ? .bigint : arguments[0].type
        guard type.isInteger else { throw .argumentType(index: 0, expected: "an integer") }
        return BoundAggregate(function: function, parameterTypes: [type], resultType: type)
    }

    /// Whether NULL values are passed over: said by IGNORE NULLS or a second argument.
    private static func nullTreatment(
        _ arguments: [FunctionArgument], _ ignoresNulls: Bool
    ) throws(FunctionBindingError) -> Bool {
        guard (1...2).contains(arguments.count) else { throw .argumentCount(expected: "1 or 2") }
        if arguments.count == 1 { return ignoresNulls }
        guard case .boolean(let said)? = arguments[1].constant else {
            throw .argumentValue(index: 1, expected: "TRUE or FALSE")
        }
        return said || ignoresNulls
    }

    private static func hasMap(_ type: DataType) -> Bool {
        switch type {
        case .map: true
        case .array(let element, _): hasMap(element)
        case .structure(let fields): fields.contains { hasMap($0.type) }
        default: false
        }
    }
}
