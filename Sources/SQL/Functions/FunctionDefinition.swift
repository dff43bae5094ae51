// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import StreamCore

/// A SQL function or operator as the resolver sees it: a name, and a way to bind it to argument types.
///
/// Operators are functions named by their symbol: `+ - * / % unary- = <> < <= > >= <=> || & | ^ ~ like ilike rlike in between div`.
public struct FunctionDefinition: Sendable {
    /// Which part of the documentation it belongs to.
    public enum Group: String, Sendable, CaseIterable {
        case operators, math, string, dateTime, conditional, json, hash, array, map, structure, conversion, misc
    }

    /// The name, lower case.
    public let name: String
    /// Other names for the same function, lower case.
    public let aliases: [String]
    /// Which part of the documentation it belongs to.
    public let group: Group
    /// How it is called, for example `substring(str, pos[, len])`.
    public let usage: String
    /// One sentence on what it gives.
    public let summary: String
    /// Chooses parameter types and a body for the arguments of one call.
    public let bind: @Sendable (_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction

    /// A function.
    public init(
        _ name: String, aliases: [String] = [], group: Group, usage: String, summary: String,
        bind: @escaping @Sendable ([FunctionArgument]) throws(FunctionBindingError) -> BoundFunction
    ) {
        self.name = name
        self.aliases = aliases
        self.group = group
        self.usage = usage
        self.summary = summary
        self.bind = bind
    }
}

/// An argument of a call, before implicit casts.
public struct FunctionArgument: Sendable {
    /// Its type.
    public let type: DataType
    /// Whether it can be NULL.
    public let nullable: Bool
    /// Its value when it is a literal (or folds to one); lets patterns and formats be compiled once.
    public let constant: Value?
    /// Its name when it is a column, a field or has an alias; `struct` takes it over.
    public let name: String?

    /// An argument.
    public init(type: DataType, nullable: Bool = true, constant: Value? = nil, name: String? = nil) {
        self.type = type
        self.nullable = nullable
        self.constant = constant
        self.name = name
    }
}

/// A function chosen for a call. The resolver casts each argument to its parameter type (implicitly, ANSI rules).
public struct BoundFunction: Sendable {
    /// One type per argument.
    public let parameterTypes: [DataType]
    /// What it gives.
    public let resultType: DataType
    /// Whether it can give NULL.
    public let nullable: Bool
    /// How it is computed.
    public let implementation: Implementation

    /// How a bound function becomes an expression.
    public enum Implementation: Sendable {
        /// Over arguments that are all evaluated.
        case scalar(ScalarFunction)
        /// By rewriting: `nvl` to COALESCE, `if` to CASE, …; gets the cast arguments.
        case rewrite(@Sendable (_ arguments: [Expression]) -> Expression)
    }

    /// A bound function.
    public init(parameterTypes: [DataType], resultType: DataType, nullable: Bool, implementation: Implementation) {
        self.parameterTypes = parameterTypes
        self.resultType = resultType
        self.nullable = nullable
        self.implementation = implementation
    }

    /// A bound function with a body.
    public init(
        _ name: String, _ parameterTypes: [DataType], to resultType: DataType, nullable: Bool = true,
        body: @escaping ScalarFunction.Body
    ) {
        self.init(
            parameterTypes: parameterTypes, resultType: resultType, nullable: nullable,
            implementation: .scalar(ScalarFunction(name: name, body: body)))
    }
}

/// Why a function cannot be called this way. The resolver adds the position.
public enum FunctionBindingError: Error, Sendable, Hashable {
    /// The number of arguments is wrong; says what is expected, for example `2 or 3`.
    case argumentCount(expected: String)
    /// An argument (from 0) has a type the function cannot take; says what it takes.
    case argumentType(index: Int, expected: String)
    /// An argument (from 0) must be a literal, or its literal value is wrong; says what it must be.
    case argumentValue(index: Int, expected: String)
}
