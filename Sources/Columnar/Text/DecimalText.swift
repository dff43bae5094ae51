// SPDX-License-Identifier: Apache-2.0

/// Exact decimals of up to 38 digits as text, and their rounding.
public enum DecimalText {
    /// Reads a plain or scientific number to `scale` places, rounding half away from zero; `overflow` when it has more
    /// than `precision` digits then.
    public static func parse(_ text: Span<UInt8>, precision: Int, scale: Int) -> ParsedText<Int128> {
        let bytes = ASCII.trimmed(text)
        let count = bytes.count
        guard count > 0 else { return .malformed }
        let negative = bytes[0] == UInt8(ascii: "-")
        var index = negative || bytes[0] == UInt8(ascii: "+") ? 1 : 0
        let first = index
        var exponent = 0
        var seenDigit = false
        while index < count, ASCII.isDigit(bytes[index]) || bytes[index] == UInt8(ascii: ".") {
            seenDigit = seenDigit || bytes[index] != UInt8(ascii: ".")
            index += 1
        }
        let end = index
        guard seenDigit else { return .malformed }
        if index < count {
            guard bytes[index] | 0x20 == UInt8(ascii: "e"), index + 1 < count else { return .malformed }
            guard case .value(let value) = exponentValue(bytes.extracting((index + 1)..<count)) else {
                return .malformed
            }
            exponent = value
        }
        return assemble(
            bytes.extracting(first..<end), negative: negative, exponent: exponent, precision: precision, scale: scale)
    }

    private static func exponentValue(_ bytes: Span<UInt8>) -> ParsedText<Int> {
        guard !ASCII.isBlank(bytes[0]) else { return .malformed }
        switch IntegerText.parse(bytes, as: Int32.self) {
        case .value(let value): return .value(Int(value))
        case .overflow: return .value(bytes[0] == UInt8(ascii: "-") ? -1_000_000 : 1_000_000)
        case .malformed: return .malformed
        }
    }

    /// Sums digits up to the last place that counts; the one behind it decides the rounding.
    private static func assemble(
        _ digits: Span<UInt8>, negative: Bool, exponent: Int, precision: Int, scale: Int
    ) -> ParsedText<Int128> {
        var point = digits.count
        var points = 0
        for index in digits.indices where digits[index] == UInt8(ascii: ".") {
            point = index
            points += 1
        }
        guard points <= 1 else { return .malformed }
        // How many digits count: those before the point, shifted by the exponent, and `scale` behind it.
        let wanted = point + exponent + scale
        var magnitude: Int128 = 0
        var taken = 0
        for index in digits.indices {
            let byte = digits[index]
            if byte == UInt8(ascii: ".") { continue }
            if taken >= wanted {
                if taken == wanted, byte >= UInt8(ascii: "5") { magnitude += 1 }
                taken = wanted + 1
                break
            }
            guard magnitude < limit(precision: 38) / 10 else { return .overflow }
            magnitude = magnitude * 10 + Int128(byte &- 0x30)
            taken += 1
        }
        if magnitude != 0 {
            while taken < wanted {
                guard magnitude < limit(precision: 38) / 10 else { return .overflow }
                magnitude *= 10
                taken += 1
            }
        }
        guard magnitude < limit(precision: precision) else { return .overflow }
        return .value(negative ? -magnitude : magnitude)
    }

    /// 10^precision, for 0…38: the first magnitude with more digits.
    @inlinable
    public static func limit(precision: Int) -> Int128 { powers[precision] }

    /// 10^0 … 10^38.
    @usableFromInline
    static let powers: [Int128] = {
        var powers: [Int128] = [1]
        for _ in 0..<38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// A quotient rounded half away from zero; the divisor must be positive.
    @inlinable
    public static func dividedHalfUp(_ value: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        // 2·|r| ≥ d, without doubling a remainder that may fill the type.
        guard remainder.magnitude >= (divisor - Int128(remainder.magnitude)).magnitude else { return quotient }
        return value < 0 ? quotient - 1 : quotient + 1
    }

    /// An unscaled number brought from one scale to another, half away from zero; `nil` when it has more than `precision` digits.
    @inlinable
    public static func rescaled(_ value: Int128, from: Int, to: Int, precision: Int) -> Int128? {
        var result = value
        if to > from {
            let (product, overflow) = value.multipliedReportingOverflow(by: powers[to - from])
            if overflow { return nil }
            result = product
        } else if to < from {
            result = from - to > 38 ? 0 : dividedHalfUp(value, by: powers[from - to])
        }
        return result.magnitude < powers[precision].magnitude ? result : nil
    }

    /// Appends an unscaled number with exactly `scale` digits behind the point.
    public static func write(_ value: Int128, scale: Int, to output: inout BufferBuilder<UInt8>) {
        if value < 0 { output.append(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        let power = UInt128(powers[min(scale, 38)])
        appendWide(magnitude / power, width: 1, to: &output)
        guard scale > 0 else { return }
        output.append(UInt8(ascii: "."))
        appendWide(magnitude % power, width: scale, to: &output)
    }

    private static func appendWide(_ number: UInt128, width: Int, to output: inout BufferBuilder<UInt8>) {
        let half: UInt128 = 10_000_000_000_000_000_000
        if let small = UInt64(exactly: number) {
            return output.appendDigits(small, width: width)
        }
        appendWide(number / half, width: max(width - 19, 0), to: &output)
        output.appendDigits(UInt64(number % half), width: 19)
    }
}
