// SPDX-License-Identifier: Apache-2.0

/// A column that a source's declaration lacks and its records have.
public struct DiscoveredField: Hashable, Sendable {
    /// The name of the field.
    public let name: String
    /// Its type as Spark DDL.
    public let type: String

    /// A column.
    public init(name: String, type: String) {
        self.name = name
        self.type = type
    }
}
