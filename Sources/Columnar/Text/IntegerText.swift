// SPDX-License-Identifier: Apache-2.0

/// Integers as text: an optional sign and decimal digits.
public enum IntegerText {
    /// Reads an integer of any width; blanks at both ends are skipped. Nothing is allocated.
    @inlinable
    public static func parse<Number: FixedWidthInteger & SignedInteger>(
        _ text: Span<UInt8>, as _: Number.Type = Number.self
    ) -> ParsedText<Number> {
        let bytes = ASCII.trimmed(text)
        guard bytes.count > 0 else { return .malformed }
        let negative = bytes[0] == UInt8(ascii: "-")
        var index = negative || bytes[0] == UInt8(ascii: "+") ? 1 : 0
        guard index < bytes.count else { return .malformed }
        var magnitude: UInt64 = 0
        var overflow = false
        while index < bytes.count {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return .malformed }
            if magnitude < 1_000_000_000_000_000_000 {
                magnitude = magnitude * 10 + UInt64(digit)
            } else {
                let (tens, overTens) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, overSum) = tens.addingReportingOverflow(UInt64(digit))
                overflow = overflow || overTens || overSum
                magnitude = sum
            }
            index += 1
        }
        if overflow { return .overflow }
        if negative {
            guard magnitude <= Number.min.magnitude else { return .overflow }
            return .value(Number(truncatingIfNeeded: 0 &- magnitude))
        }
        guard magnitude <= Number.max.magnitude else { return .overflow }
        return .value(Number(truncatingIfNeeded: magnitude))
    }

    /// Appends an integer in decimal.
    public static func write<Number: FixedWidthInteger & SignedInteger>(
        _ number: Number, to output: inout BufferBuilder<UInt8>
    ) {
        if number < 0 { output.append(UInt8(ascii: "-")) }
        output.appendDigits(UInt64(number.magnitude), width: 1)
    }
}
