// SPDX-License-Identifier: Apache-2.0

/// The functions of arrays. Elements are never copied one by one: results are positions of elements, gathered at the end.
enum ArrayFunctions {
    /// All of them.
    static let all: [FunctionDefinition] = constructors + searches + sets + changes + orders + lookups

    /// A function of arrays bound by its own rules.
    static func define(
        _ name: String, aliases: [String] = [], group: FunctionDefinition.Group = .array, _ usage: String,
        _ summary: String, bind: @escaping @Sendable ([FunctionArgument]) throws(FunctionBindingError) -> BoundFunction
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: group, usage: usage, summary: summary, bind: bind)
    }
}
