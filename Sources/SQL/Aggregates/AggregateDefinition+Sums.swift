// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension AggregateDefinition {
    /// Counts of rows.
    static let counts: [AggregateDefinition] = [
        AggregateDefinition(
            "count", usage: "count(*), count([DISTINCT] expr, ...)",
            summary: "How many rows there are, or in how many none of the values is NULL."
        ) { (arguments, _) throws(FunctionBindingError) in
            guard !arguments.isEmpty else { throw .argumentCount(expected: "1 or more") }
            return BoundAggregate(
                function: .count, parameterTypes: arguments.map(\.type), resultType: .bigint, nullable: false)
        },
        AggregateDefinition(
            "count_if", usage: "count_if(condition)", summary: "In how many rows the condition is true."
        ) { (arguments, _) throws(FunctionBindingError) in
            try expect(1, arguments)
            guard TypeCoercion.castsImplicitly(from: arguments[0].type, to: .boolean), !arguments[0].type.isNumeric
            else { throw .argumentType(index: 0, expected: "BOOLEAN") }
            return BoundAggregate(
                function: .count, parameterTypes: [.boolean], resultType: .bigint, nullable: false,
                countsTrueRows: true)
        },
        AggregateDefinition(
            "approx_count_distinct", usage: "approx_count_distinct(expr[, relativeSD])",
            summary: "About how many distinct values there are, with a relative standard deviation of 0.05 or as given."
        ) { (arguments, _) throws(FunctionBindingError) in
            guard (1...2).contains(arguments.count) else { throw .argumentCount(expected: "1 or 2") }
            var deviation = 0.05
            if arguments.count == 2 {
                guard let given = number(arguments[1].constant), given > 0, given <= 0.39 else {
                    throw .argumentValue(index: 1, expected: "a literal above 0 and up to 0.39")
                }
                deviation = given
            }
            return BoundAggregate(
                function: .approximateCountDistinct(relativeStandardDeviation: deviation),
                parameterTypes: [arguments[0].type], resultType: .bigint, nullable: false)
        },
    ]

    /// Sums and means.
    static let sums: [AggregateDefinition] = [
        AggregateDefinition("sum", usage: "sum([DISTINCT] number)", summary: "The sum of the values.") {
            (arguments, _) throws(FunctionBindingError) in
            try sum(arguments)
        },
        AggregateDefinition(
            "try_sum", usage: "try_sum([DISTINCT] number)",
            summary: "The sum of the values, or NULL where it does not fit."
        ) { (arguments, _) throws(FunctionBindingError) in
            var bound = try sum(arguments)
            if bound.resultType == .bigint {
                // No number of rows makes a sum of 38 digits out of BIGINTs.
                bound.parameterTypes = [.decimal(precision: 20, scale: 0)]
                bound.resultType = .decimal(precision: 30, scale: 0)
                bound.castsTo = .bigint
            }
            return try withoutOverflow(bound)
        },
        AggregateDefinition(
            "avg", aliases: ["mean"], usage: "avg([DISTINCT] number)", summary: "The mean of the values."
        ) { (arguments, _) throws(FunctionBindingError) in try average(arguments) },
        AggregateDefinition(
            "try_avg", usage: "try_avg([DISTINCT] number)",
            summary: "The mean of the values, or NULL where it does not fit."
        ) { (arguments, _) throws(FunctionBindingError) in try withoutOverflow(average(arguments)) },
    ]

    private static func sum(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundAggregate {
        let type = try summable(arguments)
        var result = type
        if case .decimal(let precision, let scale) = type {
            result = .decimal(precision: min(38, precision + 10), scale: scale)
        }
        return BoundAggregate(function: .sum, parameterTypes: [type], resultType: result)
    }

    private static func average(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundAggregate {
        let type = try summable(arguments)
        var result = DataType.double
        if case .decimal(let precision, let scale) = type {
            result = .decimal(precision: min(38, precision + 4), scale: min(38, scale + 4))
        }
        return BoundAggregate(function: .average, parameterTypes: [type], resultType: result)
    }

    /// Refuses decimals whose sum may exceed 38 digits: there is no sum that gives NULL then.
    private static func withoutOverflow(_ bound: BoundAggregate) throws(FunctionBindingError) -> BoundAggregate {
        if case .decimal(let precision, _) = bound.parameterTypes[0], precision > 28 {
            throw .argumentType(index: 0, expected: "a number of at most 28 digits")
        }
        return bound
    }

    /// BIGINT for integers, DOUBLE for FLOAT and what is cast to it, or the decimal.
    private static func summable(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> DataType {
        try expect(1, arguments)
        switch arguments[0].type {
        case .tinyint, .smallint, .int, .bigint: return .bigint
        case .float, .double, .string, .void: return .double
        case .decimal: return arguments[0].type
        default: throw .argumentType(index: 0, expected: "a number")
        }
    }

    // MARK: Arguments

    /// Checks how many arguments there are.
    static func expect(_ count: Int, _ arguments: [FunctionArgument]) throws(FunctionBindingError) {
        if arguments.count != count { throw .argumentCount(expected: "\(count)") }
    }

    /// The number that a constant is.
    static func number(_ value: Value?) -> Double? {
        switch value {
        case .tinyint(let number): Double(number)
        case .smallint(let number): Double(number)
        case .int(let number): Double(number)
        case .bigint(let number): Double(number)
        case .float(let number): Double(number)
        case .double(let number): number
        case .decimal(let unscaled, let scale): Double("\(unscaled)e-\(scale)")
        default: nil
        }
    }
}
