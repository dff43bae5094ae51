// SPDX-License-Identifier: Apache-2.0

/// All aggregate functions by name.
public struct AggregateRegistry: Sendable {
    private let byName: [String: AggregateDefinition]
    /// All definitions by name.
    public let definitions: [AggregateDefinition]

    init(_ definitions: [AggregateDefinition]) {
        var byName: [String: AggregateDefinition] = [:]
        for definition in definitions {
            for name in [definition.name] + definition.aliases { byName[name] = definition }
        }
        self.byName = byName
        self.definitions = definitions.sorted { $0.name < $1.name }
    }

    /// The function of a name in lower case.
    subscript(name: String) -> AggregateDefinition? { byName[name] }

    /// The functions of this build.
    public static let standard = AggregateRegistry(
        AggregateDefinition.counts + AggregateDefinition.sums + AggregateDefinition.choices
            + AggregateDefinition.statistics + AggregateDefinition.percentiles + AggregateDefinition.collections
            + AggregateDefinition.bits)
}
