// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension AggregateDefinition {
    /// Measures of spread and of how two values go together, DOUBLE.
    static let statistics: [AggregateDefinition] = [
        measure(
            "stddev", aliases: ["stddev_samp", "std"], "The standard deviation of the values as a sample.",
            .standardDeviation(ofSample: true)),
        measure("stddev_pop", "The standard deviation of the values.", .standardDeviation(ofSample: false)),
        measure(
            "variance", aliases: ["var_samp"], "The variance of the values as a sample.", .variance(ofSample: true)),
        measure("var_pop", "The variance of the values.", .variance(ofSample: false)),
        pair("corr", "Pearson's correlation of two values.", .correlation),
        pair("covar_samp", "The covariance of two values as a sample.", .covariance(ofSample: true)),
        pair("covar_pop", "The covariance of two values.", .covariance(ofSample: false)),
    ]

    private static func measure(
        _ name: String, aliases: [String] = [], _ summary: String, _ function: AggregateFunction
    ) -> AggregateDefinition {
        AggregateDefinition(name, aliases: aliases, usage: "\(name)([DISTINCT] number)", summary: summary) {
            (arguments, _) throws(FunctionBindingError) in
            try expect(1, arguments)
            try expectNumbers(arguments)
            return BoundAggregate(function: function, parameterTypes: [.double], resultType: .double)
        }
    }

    private static func pair(
        _ name: String, _ summary: String, _ function: AggregateFunction
    ) -> AggregateDefinition {
        AggregateDefinition(name, usage: "\(name)(number1, number2)", summary: summary) {
            (arguments, _) throws(FunctionBindingError) in
            try expect(2, arguments)
            try expectNumbers(arguments)
            return BoundAggregate(function: function, parameterTypes: [.double, .double], resultType: .double)
        }
    }

    private static func expectNumbers(_ arguments: [FunctionArgument]) throws(FunctionBindingError) {
        for (index, argument) in arguments.enumerated()
        where !argument.type.isNumeric && argument.type != .string && argument.type != .void {
            throw .argumentType(index: index, expected: "a number")
        }
    }

    // MARK: Percentiles

    /// Values at shares of the ordered rows.
    static let percentiles: [AggregateDefinition] = [
        AggregateDefinition(
            "percentile", usage: "percentile([DISTINCT] number, percentage[, frequency])",
            summary: "The value at a percentage (0 to 1) of the ordered values, between two of them if need be; "
                + "an ARRAY for an array of percentages."
        ) { (arguments, _) throws(FunctionBindingError) in
            guard (2...3).contains(arguments.count) else { throw .argumentCount(expected: "2 or 3") }
            let (fractions, isArray) = try fractions(arguments[1], at: 1)
            return try exact(arguments, fractions, isArray)
        },
        AggregateDefinition("median", usage: "median([DISTINCT] number)", summary: "The value in the middle.") {
            (arguments, _) throws(FunctionBindingError) in
            try expect(1, arguments)
            return try exact(arguments, [0.5], false)
        },
        AggregateDefinition(
            "approx_percentile", aliases: ["percentile_approx"],
            usage: "approx_percentile([DISTINCT] value, percentage[, accuracy])",
            summary: "About the value at a percentage (0 to 1) of the ordered values, in bounded memory; "
                + "an ARRAY for an array of percentages."
        ) { (arguments, _) throws(FunctionBindingError) in
            guard (2...3).contains(arguments.count) else { throw .argumentCount(expected: "2 or 3") }
            let (fractions, isArray) = try fractions(arguments[1], at: 1)
            var accuracy = 10_000
            if arguments.count == 3 {
                guard arguments[2].type.isInteger, let given = number(arguments[2].constant),
                    given > 0, given <= Double(Int32.max)
                else { throw .argumentValue(index: 2, expected: "a positive integer literal") }
                accuracy = Int(given)
            }
            let type = try ordered(arguments[0])
            return BoundAggregate(
                function: .approximatePercentile(fractions: fractions, accuracy: accuracy, isArray: isArray),
                parameterTypes: [type], resultType: isArray ? .array(element: type, containsNull: false) : type)
        },
    ]

    /// `percentile` of the values, each of which may count several times.
    private static func exact(
        _ arguments: [FunctionArgument], _ fractions: [Double], _ isArray: Bool
    ) throws(FunctionBindingError) -> BoundAggregate {
        try expectNumbers([arguments[0]])
        var types: [DataType] = [.double]
        var bound = BoundAggregate(
            function: .percentile(fractions: fractions, isArray: isArray), parameterTypes: types,
            resultType: isArray ? .array(element: .double, containsNull: false) : .double)
        if arguments.count == 3 {
            guard arguments[2].type.isInteger else { throw .argumentType(index: 2, expected: "an integer") }
            types.append(.bigint)
        }
        bound.parameterTypes = types
        return bound
    }

    /// The type of values that an approximate percentile can be found of.
    private static func ordered(_ argument: FunctionArgument) throws(FunctionBindingError) -> DataType {
        switch argument.type {
        case .date, .timestamp, .timestampNTZ: argument.type
        case .string, .void: .double
        case let type where type.isNumeric: type
        default: throw .argumentType(index: 0, expected: "a number, DATE or TIMESTAMP")
        }
    }

    /// Percentages from 0 to 1: one, or several in an array.
    private static func fractions(
        _ argument: FunctionArgument, at index: Int
    ) throws(FunctionBindingError) -> ([Double], isArray: Bool) {
        let wanted = FunctionBindingError.argumentValue(
            index: index, expected: "a literal from 0 to 1, or an array of them,")
        var values: [Value?] = [argument.constant]
        var isArray = false
        if case .array(let elements)? = argument.constant { (values, isArray) = (elements.map { $0 }, true) }
        var fractions: [Double] = []
        for value in values {
            guard let fraction = number(value), fraction >= 0, fraction <= 1 else { throw wanted }
            fractions.append(fraction)
        }
        if fractions.isEmpty { throw wanted }
        return (fractions, isArray)
    }
}
