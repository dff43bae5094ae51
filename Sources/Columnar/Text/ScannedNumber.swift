// SPDX-License-Identifier: Apache-2.0

/// A decimal number as it stands in text: sign, digits and a power of ten.
struct ScannedNumber {
    private(set) var negative = false
    /// The first 19 significant digits as an integer.
    private(set) var digits: UInt64 = 0
    /// The power of ten that belongs to `digits`.
    private(set) var exponent = 0
    /// Whether digits were left out that are not zero.
    private(set) var truncated = false
    /// How many bytes the number takes, without a type letter behind it.
    private(set) var length = 0

    /// Scans the whole text; `nil` when it is not a number.
    init?(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard count > 0 else { return nil }
        var index = 0
        if bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
            negative = bytes[0] == UInt8(ascii: "-")
            index = 1
        }
        var seenDigit = false
        var seenPoint = false
        var significant = 0
        while index < count {
            let byte = bytes[index]
            let digit = byte &- 0x30
            if digit < 10 {
                seenDigit = true
                if significant < 19 {
                    digits = digits * 10 + UInt64(digit)
                    if digits > 0 { significant += 1 }
                    if seenPoint { exponent -= 1 }
                } else {
                    truncated = truncated || digit != 0
                    if !seenPoint { exponent += 1 }
                }
            } else if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else {
                break
            }
            index += 1
        }
        guard seenDigit else { return nil }
        if index < count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            guard let (value, end) = Self.scanExponent(bytes, from: index + 1) else { return nil }
            exponent += value
            index = end
        }
        length = index
        if index < count {
            let letter = bytes[index] | 0x20
            guard index == count - 1, letter == UInt8(ascii: "d") || letter == UInt8(ascii: "f") else { return nil }
        }
    }

    private static func scanExponent(_ bytes: Span<UInt8>, from start: Int) -> (value: Int, end: Int)? {
        var index = start
        guard index < bytes.count else { return nil }
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative || bytes[index] == UInt8(ascii: "+") { index += 1 }
        let first = index
        var value = 0
        while index < bytes.count, ASCII.isDigit(bytes[index]) {
            // Beyond this every number is infinite or zero; the bound keeps the sum from overflowing.
            if value < 1_000_000 { value = value * 10 + Int(bytes[index] &- 0x30) }
            index += 1
        }
        guard index > first else { return nil }
        return (negative ? -value : value, index)
    }
}
