// SPDX-License-Identifier: Apache-2.0

/// One generated reading as whole numbers; text and columns are made from the same ones, so they agree to the last bit.
struct IoTReading: Hashable, Sendable {
    /// The device's number, 0 ..< devices.
    var device: Int
    /// The site's number; a device stays at its site.
    var site: Int
    /// µs since 1970-01-01 UTC.
    var micros: Int64
    /// Hundredths of a degree.
    var temperature: Int
    /// Hundredths of a per cent; `nil` in one of a hundred readings.
    var humidity: Int?
    /// The row's number.
    var sequence: Int64
    /// False in one of fifty readings.
    var isGood: Bool
    /// 128 bits that no other row has.
    var identity: (high: UInt64, low: UInt64)

    static func == (left: IoTReading, right: IoTReading) -> Bool {
        left.sequence == right.sequence && left.identity == right.identity
    }

    func hash(into hasher: inout Hasher) { hasher.combine(sequence) }
}

/// SplitMix64: a good 64-bit value of any number, so that row `n` needs no row before it.
///
/// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
@inline(__always)
func splitMix(_ number: UInt64) -> UInt64 {
    var z = number &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}
