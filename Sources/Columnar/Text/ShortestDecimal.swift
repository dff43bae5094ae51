// SPDX-License-Identifier: Apache-2.0

/// The decimal number with the fewest digits that reads back as a given binary one: `digits × 10^exponent`.
package struct ShortestDecimal {
    /// The digits as an integer, without zeros at the end.
    package private(set) var digits: UInt64
    /// The power of ten.
    package private(set) var exponent: Int

    /// How many digits there are.
    package var digitCount: Int {
        var count = 1
        var bound: UInt64 = 10
        while count < 19, digits >= bound {
            count += 1
            bound = bound &* 10
        }
        return count
    }

    /// Of the magnitude of a finite number that is not zero.
    package init(_ value: Double) {
        let magnitude = abs(value)
        // At most 15 digits: then only one decimal of that length lies in the rounding interval, and the division is exact
        // to the last bit because both sides are integers below 2^53 and powers up to 10^22.
        if magnitude < 1e15, magnitude >= 1e-5 {
            var power = 1.0
            for places in 0...15 {
                let scaled = (magnitude * power).rounded()
                if scaled >= 1e15 { break }
                if scaled / power == magnitude {
                    self.init(digits: UInt64(scaled), exponent: -places)
                    return
                }
                power *= 10
            }
        }
        self.init(text: magnitude.description)
    }

    /// Of the magnitude of a finite number that is not zero.
    package init(_ value: Float) {
        self.init(text: abs(value).description)
    }

    private init(digits: UInt64, exponent: Int) {
        (self.digits, self.exponent) = (digits, exponent)
        while self.digits > 0, self.digits % 10 == 0 {
            self.digits /= 10
            self.exponent += 1
        }
    }

    /// From the standard library's shortest text. Allocates; for numbers that need 16 digits or more.
    private init(text: String) {
        var digits: UInt64 = 0
        var exponent = 0
        var seenPoint = false
        var written = 0
        var sign = 1
        var inExponent = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "."): seenPoint = true
            case UInt8(ascii: "e"): inExponent = true
            case UInt8(ascii: "-"): sign = -1
            case UInt8(ascii: "+"): break
            default:
                let digit = UInt64(byte &- 0x30)
                if inExponent {
                    written = written * 10 + Int(digit)
                } else if digits <= 100_000_000_000_000_000 {
                    digits = digits * 10 + digit
                    if seenPoint { exponent -= 1 }
                } else if !seenPoint {
                    exponent += 1
                }
            }
        }
        self.init(digits: digits, exponent: exponent + sign * written)
    }

    /// 10 to the power of 0…19.
    package static func powerOfTen(_ exponent: Int) -> UInt64 {
        var power: UInt64 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}
