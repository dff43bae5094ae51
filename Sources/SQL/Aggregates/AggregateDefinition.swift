// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// An aggregate function as the resolver sees it: a name, and a way to bind it to argument types.
public struct AggregateDefinition: Sendable {
    /// The name, lower case.
    public let name: String
    /// Other names for the same function, lower case.
    public let aliases: [String]
    /// How it is called, for example `max_by(value, order)`.
    public let usage: String
    /// One sentence on what it gives.
    public let summary: String
    /// Whether IGNORE NULLS may be said.
    let takesNullTreatment: Bool
    /// Chooses the function and its types for the arguments of one call.
    let bind: Binding

    typealias Binding =
        @Sendable (_ arguments: [FunctionArgument], _ ignoresNulls: Bool) throws(FunctionBindingError) -> BoundAggregate

    init(
        _ name: String, aliases: [String] = [], usage: String, summary: String, takesNullTreatment: Bool = false,
        bind: @escaping Binding
    ) {
        self.name = name
        self.aliases = aliases
        self.usage = usage
        self.summary = summary
        self.takesNullTreatment = takesNullTreatment
        self.bind = bind
    }
}

/// An aggregate function chosen for a call.
struct BoundAggregate {
    var function: AggregateFunction
    /// The types of the arguments that depend on rows; the arguments behind them are constants of the function.
    var parameterTypes: [DataType]
    /// What it gives.
    var resultType: DataType
    /// Whether it can give NULL.
    var nullable = true
    /// Whether its only argument is a condition on the rows that count, as in count_if().
    var countsTrueRows = false
    /// The type that the result is cast to, giving NULL where it does not fit.
    var castsTo: DataType?
}
