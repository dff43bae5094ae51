// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The functions of structures.
enum StructureFunctions {
    /// All of them.
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "struct", group: .structure, usage: "struct(expr, ...)",
            summary: "A STRUCT of the values, with the names of columns and aliases, or col1, col2, …"
        ) { arguments throws(FunctionBindingError) in
            bind("struct", arguments, arguments.enumerated().map { $0.element.name ?? "col\($0.offset + 1)" }, every: 1)
        },
        FunctionDefinition(
            "named_struct", group: .structure, usage: "named_struct(name1, val1, name2, val2, ...)",
            summary: "A STRUCT of names, which are literals, and values."
        ) { arguments throws(FunctionBindingError) in
            guard arguments.count % 2 == 0, !arguments.isEmpty else { throw .argumentCount(expected: "an even number") }
            var names: [String] = []
            for index in stride(from: 0, to: arguments.count, by: 2) {
                guard case .string(let name)? = arguments[index].constant else {
                    throw .argumentValue(index: index, expected: "a name, as a literal")
                }
                names.append(name)
            }
            return bind("named_struct", arguments, names, every: 2)
        },
    ]

    /// A STRUCT of each argument, or of each second one.
    private static func bind(
        _ name: String, _ arguments: [FunctionArgument], _ names: [String], every step: Int
    ) -> BoundFunction {
        let fields = names.enumerated().map { index, name in
            let argument = arguments[index * step + step - 1]
            return Field(name, argument.type, nullable: argument.nullable)
        }
        let result = DataType.structure(fields)
        return BoundFunction(name, arguments.map(\.type), to: result, nullable: false) { operands, rowCount, _ in
            let members = fields.indices.map { operands[$0 * step + step - 1].column(rowCount: rowCount) }
            return Column(result, count: rowCount, validity: nil, storage: .fields(members))
        }
    }
}
