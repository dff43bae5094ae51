// SPDX-License-Identifier: Apache-2.0

/// All functions by name.
public struct FunctionRegistry: Sendable {
    private let byName: [String: FunctionDefinition]
    /// All definitions, by group and name.
    public let definitions: [FunctionDefinition]

    /// A registry of definitions. Later ones replace earlier ones of the same name.
    public init(_ definitions: [FunctionDefinition]) {
        var byName: [String: FunctionDefinition] = [:]
        for definition in definitions {
            for name in [definition.name] + definition.aliases { byName[name] = definition }
        }
        self.byName = byName
        self.definitions = definitions.sorted { ($0.group.rawValue, $0.name) < ($1.group.rawValue, $1.name) }
    }

    /// The function of a name, in any case.
    public subscript(name: String) -> FunctionDefinition? { byName[name.lowercased()] }

    /// Every name, aliases included.
    public var names: [String] { byName.keys.sorted() }

    /// The functions of this build; each family is a list in its own folder.
    public static let standard = FunctionRegistry(
        StringFunctions.all + RegularExpressionFunctions.all + HashFunctions.all + ArrayFunctions.all + MapFunctions.all
            + StructureFunctions.all + JSONFunctions.all + LayoutFunctions.all + FunctionDefinition.expressionFunctions)
}
