// SPDX-License-Identifier: Apache-2.0

/// The unit of commit, numbered from 0; the same number for all sinks of a pipeline.
public struct Epoch: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public let number: Int64

    /// An epoch by number.
    public init(_ number: Int64) { self.number = number }

    /// The first epoch of a pipeline.
    public static let first = Epoch(0)
    /// The one after this.
    public var next: Epoch { Epoch(number + 1) }
    /// The number in decimal.
    public var description: String { String(number) }

    /// By number.
    public static func < (left: Epoch, right: Epoch) -> Bool { left.number < right.number }
}
