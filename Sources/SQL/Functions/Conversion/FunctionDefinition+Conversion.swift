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
            let name = catalogName(arguments[0].type)
            return BoundFunction(
                parameterTypes: [arguments[0].type], resultType: .string, nullable: false,
                implementation: .rewrite { _ in Expression(.literal(.string(name)), type: .string, nullable: false) })
        },
    ]

    /// The name that Spark's catalogs give a type: lower case, no blanks inside nested types.
    private static func catalogName(_ type: DataType) -> String {
        switch type {
        case .structure(let fields):
            "struct<" + fields.map { "\($0.name):\(catalogName($0.type))" }.joined(separator: ",") + ">"
        case .array(let element, _): "array<\(catalogName(element))>"
        case .map(let key, let value, _): "map<\(catalogName(key)),\(catalogName(value))>"
        default: type.description.lowercased()
        }
    }

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
