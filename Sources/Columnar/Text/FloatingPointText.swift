// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// DOUBLE and FLOAT as text, as Spark and Java write them: `1.0`, `1.0E10`, `NaN`, `Infinity`.
public enum FloatingPointText {
    /// Reads a DOUBLE, correctly rounded: decimal or scientific, `inf`, `infinity`, `nan` in any case, an optional
    /// `d` or `f` behind. Too large is infinite, as in Java. Only numbers beyond 19 digits or far exponents leave the fast path.
    public static func parseDouble(_ text: Span<UInt8>) -> Double? {
        let bytes = ASCII.trimmed(text)
        guard let scanned = ScannedNumber(bytes) else { return parseSpecial(bytes) }
        if !scanned.truncated, scanned.digits <= 1 << 53, let power = exactPower(scanned.exponent) {
            let digits = Double(scanned.digits)
            let value = scanned.exponent < 0 ? digits / power : digits * power
            return scanned.negative ? -value : value
        }
        if scanned.digits == 0 { return scanned.negative ? -0.0 : 0.0 }
        // SAFETY: convert hands over text that ends with a zero.
        return unsafe convert(bytes.extracting(0..<scanned.length)) { unsafe strtod($0, nil) }
    }

    /// Reads a FLOAT, correctly rounded; otherwise as `parseDouble`.
    public static func parseFloat(_ text: Span<UInt8>) -> Float? {
        let bytes = ASCII.trimmed(text)
        guard let scanned = ScannedNumber(bytes) else { return parseSpecial(bytes).map { Float($0) } }
        if !scanned.truncated, scanned.digits <= 1 << 24, abs(scanned.exponent) <= 10,
            let power = exactPower(scanned.exponent)
        {
            let digits = Float(scanned.digits)
            let value = scanned.exponent < 0 ? digits / Float(power) : digits * Float(power)
            return scanned.negative ? -value : value
        }
        if scanned.digits == 0 { return scanned.negative ? -0.0 : 0.0 }
        // SAFETY: convert hands over text that ends with a zero.
        return unsafe convert(bytes.extracting(0..<scanned.length)) { unsafe strtof($0, nil) }
    }

    private static func parseSpecial(_ bytes: Span<UInt8>) -> Double? {
        guard bytes.count >= 3 else { return nil }
        let negative = bytes[0] == UInt8(ascii: "-")
        let signed = negative || bytes[0] == UInt8(ascii: "+")
        let word = signed ? bytes.extracting(1..<bytes.count) : bytes
        if ASCII.matches(word, "inf") || ASCII.matches(word, "infinity") {
            return negative ? -Double.infinity : .infinity
        }
        return !signed && ASCII.matches(word, "nan") ? .nan : nil
    }

    /// 10 to the power of the magnitude, where a DOUBLE holds it exactly.
    private static func exactPower(_ exponent: Int) -> Double? {
        switch exponent.magnitude {
        case 0: 1
        case 1: 1e1
        case 2: 1e2
        case 3: 1e3
        case 4: 1e4
        case 5: 1e5
        case 6: 1e6
        case 7: 1e7
        case 8: 1e8
        case 9: 1e9
        case 10: 1e10
        case 11: 1e11
        case 12: 1e12
        case 13: 1e13
        case 14: 1e14
        case 15: 1e15
        case 16: 1e16
        case 17: 1e17
        case 18: 1e18
        case 19: 1e19
        case 20: 1e20
        case 21: 1e21
        case 22: 1e22
        default: nil
        }
    }

    /// Hands bytes to C's correctly rounding reader with a zero behind them, from the stack when they are short.
    private static func convert<Number>(_ bytes: Span<UInt8>, _ read: (UnsafePointer<CChar>) -> Number) -> Number {
        // SAFETY: bytes.count + 1 bytes are reserved, all are written, the last is zero, and read keeps no pointer.
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { copy in
            for index in bytes.indices {
                unsafe copy.initializeElement(at: index, to: CChar(bitPattern: bytes[index]))
            }
            unsafe copy.initializeElement(at: bytes.count, to: 0)
            guard let start = copy.baseAddress else {
                preconditionFailure("an allocation of one byte or more has a start")
            }
            return unsafe read(UnsafePointer(start))
        }
    }

    /// Appends a DOUBLE with the fewest digits that read back as the same number.
    public static func write(_ value: Double, to output: inout BufferBuilder<UInt8>) {
        guard value.isFinite, value != 0 else { return writeSpecial(value, to: &output) }
        let shortest = ShortestDecimal(value)
        write(shortest, negative: value < 0, to: &output)
    }

    /// Appends a FLOAT with the fewest digits that read back as the same number.
    public static func write(_ value: Float, to output: inout BufferBuilder<UInt8>) {
        guard value.isFinite, value != 0 else { return writeSpecial(Double(value), to: &output) }
        write(ShortestDecimal(value), negative: value < 0, to: &output)
    }

    private static func writeSpecial(_ value: Double, to output: inout BufferBuilder<UInt8>) {
        if value.isNaN { return output.append("NaN") }
        if value.sign == .minus { output.append(UInt8(ascii: "-")) }
        output.append(value == 0 ? "0.0" : "Infinity")
    }

    /// Java's form: plain between 10⁻³ and 10⁷, else one digit, a point, the rest, `E` and the exponent.
    private static func write(_ number: ShortestDecimal, negative: Bool, to output: inout BufferBuilder<UInt8>) {
        if negative { output.append(UInt8(ascii: "-")) }
        let length = number.digitCount
        // The number is 0.d₁d₂… × 10^point.
        let point = length + number.exponent
        if point > -3 && point <= 0 {
            output.append("0.")
            output.append(repeating: 0x30, count: -point)
            output.appendDigits(number.digits, width: length)
        } else if point > 0 && point <= 7 {
            if number.exponent >= 0 {
                output.appendDigits(number.digits, width: length)
                output.append(repeating: 0x30, count: number.exponent)
                output.append(".0")
            } else {
                let divisor = ShortestDecimal.powerOfTen(-number.exponent)
                output.appendDigits(number.digits / divisor, width: point)
                output.append(UInt8(ascii: "."))
                output.appendDigits(number.digits % divisor, width: -number.exponent)
            }
        } else {
            let divisor = ShortestDecimal.powerOfTen(length - 1)
            output.appendDigits(number.digits / divisor, width: 1)
            output.append(UInt8(ascii: "."))
            output.appendDigits(number.digits % divisor, width: max(length - 1, 1))
            output.append(UInt8(ascii: "E"))
            IntegerText.write(Int64(point - 1), to: &output)
        }
    }
}
