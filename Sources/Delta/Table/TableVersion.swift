// SPDX-License-Identifier: Apache-2.0

/// The number of a Delta commit.
public struct TableVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, from 0.
    public let number: Int64

    /// A version by number.
    public init(_ number: Int64) { self.number = number }

    /// The first version of every table.
    public static let first = TableVersion(0)
    /// The one after this.
    public var next: TableVersion { TableVersion(number + 1) }
    /// The number in decimal.
    public var description: String { String(number) }

    /// By number.
    public static func < (left: TableVersion, right: TableVersion) -> Bool { left.number < right.number }
}
