// SPDX-License-Identifier: Apache-2.0

/// The moment before which no record is expected any more, µs since 1970-01-01 UTC. It never moves back.
public struct Watermark: Hashable, Comparable, Sendable {
    /// µs since 1970 UTC.
    public let micros: Int64

    /// A watermark.
    public init(micros: Int64) { self.micros = micros }

    /// Before anything is known: nothing is late.
    public static let none = Watermark(micros: .min)
    /// Nothing is expected any more: everything is due.
    public static let end = Watermark(micros: .max)

    /// By time.
    public static func < (left: Watermark, right: Watermark) -> Bool { left.micros < right.micros }
}
