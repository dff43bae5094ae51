// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension FunctionDefinition {
    /// A function that is NULL where an argument is, with one result type.
    ///
    /// - Parameter givesNull: whether it can be NULL for arguments that are not.
    static func strict(
        _ name: String, aliases: [String] = [], group: Group = .string, usage: String, summary: String,
        _ signature: Signature, to result: DataType, givesNull: Bool = false, kernel: @escaping StrictKernel
    ) -> FunctionDefinition {
        strict(
            name, aliases: aliases, group: group, usage: usage, summary: summary, signature, givesNull: givesNull,
            result: { _ in result }, kernel: kernel)
    }

    /// A function that is NULL where an argument is, whose result type follows from its parameter types.
    static func strict(
        _ name: String, aliases: [String] = [], group: Group = .string, usage: String, summary: String,
        _ signature: Signature, givesNull: Bool = false, result: @escaping @Sendable ([DataType]) -> DataType,
        kernel: @escaping StrictKernel
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: group, usage: usage, summary: summary) {
            arguments throws(FunctionBindingError) in
            let types = try signature.types(of: arguments)
            return .strict(name, types, of: arguments, to: result(types), givesNull: givesNull, kernel)
        }
    }
}

extension BoundFunction {
    /// A bound function that is NULL where an argument is, except for those at the `lenient` positions.
    static func strict(
        _ name: String, _ parameterTypes: [DataType], of arguments: [FunctionArgument], to result: DataType,
        givesNull: Bool = false, lenient: Set<Int> = [], _ kernel: @escaping StrictKernel
    ) -> BoundFunction {
        let canBeNull = arguments.indices.contains { !lenient.contains($0) && arguments[$0].nullable }
        return BoundFunction(
            name, parameterTypes, to: result, nullable: givesNull || canBeNull,
            body: StrictEvaluation.body(result, lenient: lenient, kernel))
    }
}
