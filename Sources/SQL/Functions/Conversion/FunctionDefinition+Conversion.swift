// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension FunctionDefinition {
    /// Casts written as functions.
    static let conversionFunctions: [FunctionDefinition] = [
        conversion("boolean", .boolean), conversion("tinyint", .tinyint), conversion("smallint", .smallint),
        conversion("int", .int), conversion("bigint", .bigint), conversion("float", .float),
        conversion("double", .double), conversion("decimal", .decimal(precision: 10, scale: 0)),
        conversion("string", .string), conversion("binary", .binary), conversion("date", .date),
        conversion("timestamp", .timestamp),
        FunctionDefinition(
            "typeof", group: .conversion, usage: "typeof(value)", summary: "Names the type of a value."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            let name = arguments[0].type.description.lowercased()
            return BoundFunction(
                parameterTypes: [arguments[0].type], resultType: .string, nullable: false,
                implementation: .rewrite { _ in Expression(.literal(.string(name)), type: .string, nullable: false) })
        },
    ]

    private static func conversion(_ name: String, _ type: DataType) -> FunctionDefinition {
        FunctionDefinition(
            name, group: .conversion, usage: "\(name)(value)", summary: "Casts a value to \(type)."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            guard Cast.allows(arguments[0].type, type) else {
                throw .argumentType(index: 0, expected: "a type that casts to \(type)")
            }
            let nullable = arguments[0].nullable
            return BoundFunction(
                parameterTypes: [arguments[0].type], resultType: type, nullable: nullable,
                implementation: .rewrite { arguments in
                    if arguments[0].type == type { return arguments[0] }
                    return Expression(.cast(arguments[0], .ansi), type: type, nullable: nullable)
                })
        }
    }
}
