// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Writes values into the places of a format. Numbers are rounded half up by their decimal digits, as Java does it.
enum FormatField {
    /// Appends a text, cut to the precision in code points.
    static func append(_ text: Span<UInt8>, _ place: FormatPattern.Place, _ out: inout TextSink) {
        guard let limit = place.precision else { return out.append(text) }
        var (position, count) = (0, 0)
        while position < text.count, count < limit {
            position = text.next(after: position)
            count += 1
        }
        out.append(text.extracting(0..<position))
    }

    /// Appends the digits of `bits` in base 2^`shift`.
    static func write(_ bits: UInt64, shift: UInt64, _ out: inout TextSink) {
        let start = out.bytes.count
        var rest = bits
        repeat {
            let digit = UInt8(rest & ((1 << shift) - 1))
            out.bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            rest >>= shift
        } while rest > 0
        out.reverseBytes(from: start)
    }

    /// Turns the letters of ASCII from `start` on into capitals.
    static func raise(from start: Int, _ out: inout TextSink) {
        var all = out.bytes.mutableSpan
        for index in start..<all.count where all[index] &- 0x61 < 26 { all[index] &-= 0x20 }
    }

    /// Appends a DOUBLE.
    static func write(_ value: Double, _ place: FormatPattern.Place, _ out: inout TextSink) {
        guard value.isFinite else {
            let start = out.bytes.count
            let isNegative = value.sign == .minus && !value.isNaN
            if !value.isNaN { sign(isNegative, place, &out) }
            out.append(value.isNaN ? "NaN" : "Infinity")
            if isNegative, place.flags.contains("(") { out.append(")" as Unicode.Scalar) }
            return finish(place, from: start, isNumber: false, &out)
        }
        guard value != 0 else { return write(0, exponent: 0, isNegative: value.sign == .minus, place, &out) }
        let shortest = ShortestDecimal(value)
        write(UInt128(shortest.digits), exponent: shortest.exponent, isNegative: value < 0, place, &out)
    }

    /// Appends `magnitude × 10^exponent` with the places of %f or %e.
    static func write(
        _ magnitude: UInt128, exponent: Int, isNegative: Bool, _ place: FormatPattern.Place, _ out: inout TextSink
    ) {
        let places = place.precision ?? 6
        if place.kind == .fixed {
            let (rounded, unit) = rounded(magnitude, exponent, to: -places)
            return write(rounded, exponent: unit, places: places, isNegative: isNegative, place, &out)
        }
        // The power of ten of the first digit.
        var first = magnitude == 0 ? 0 : digitCount(magnitude) - 1 + exponent
        var (rounded, unit) = rounded(magnitude, magnitude == 0 ? 0 : exponent, to: first - places)
        if rounded > 0, digitCount(rounded) - 1 + unit > first {
            first += 1
            (rounded, unit) = (rounded / 10, unit + 1)
        }
        let start = out.bytes.count
        sign(isNegative, place, &out)
        digits(rounded, exponent: unit - first, places: places, isGrouped: false, &out)
        out.append(first < 0 ? "e-" : "e+")
        if first.magnitude < 10 { out.append("0" as Unicode.Scalar) }
        out.append(decimal: Int(first.magnitude))
        if isNegative, place.flags.contains("(") { out.append(")" as Unicode.Scalar) }
        finish(place, from: start, isNumber: true, &out)
    }

    /// Appends a number that has no more than `places` places.
    static func write(
        _ magnitude: UInt128, exponent: Int, places: Int, isNegative: Bool, _ place: FormatPattern.Place,
        _ out: inout TextSink
    ) {
        let start = out.bytes.count
        sign(isNegative, place, &out)
        digits(magnitude, exponent: exponent, places: places, isGrouped: place.flags.contains(","), &out)
        if isNegative, place.flags.contains("(") { out.append(")" as Unicode.Scalar) }
        finish(place, from: start, isNumber: true, &out)
    }

    private static func sign(_ isNegative: Bool, _ place: FormatPattern.Place, _ out: inout TextSink) {
        if isNegative {
            out.append(place.flags.contains("(") ? "(" : "-")
        } else if place.flags.contains("+") {
            out.append("+" as Unicode.Scalar)
        } else if place.flags.contains(" ") {
            out.append(" " as Unicode.Scalar)
        }
    }

    /// Fills the field, which begins at `start`, up to its width: with zeros behind the sign, or with blanks.
    static func finish(_ place: FormatPattern.Place, from start: Int, isNumber: Bool, _ out: inout TextSink) {
        var length = 0
        for index in start..<out.bytes.count where out.bytes[index] & 0xC0 != 0x80 { length += 1 }
        let missing = place.width - length
        guard missing > 0 else { return }
        if place.flags.contains("-") { return out.bytes.append(repeating: UInt8(ascii: " "), count: missing) }
        let isZero = isNumber && place.flags.contains("0")
        var position = start
        if isZero, !ASCII.isDigit(out.bytes[start]), out.bytes[start] < 0x30 { position += 1 }
        // What is turned round twice stands as before, behind what came between.
        out.reverseBytes(from: position)
        out.bytes.append(repeating: isZero ? UInt8(ascii: "0") : UInt8(ascii: " "), count: missing)
        out.reverseBytes(from: position)
    }

    // MARK: Digits

    private static func digitCount(_ magnitude: UInt128) -> Int {
        var (count, rest) = (0, magnitude)
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }

    /// `magnitude × 10^exponent` as a multiple of `10^unit`, rounded half up; as it is when it is one already.
    private static func rounded(_ magnitude: UInt128, _ exponent: Int, to unit: Int) -> (UInt128, exponent: Int) {
        var cut = unit - exponent
        if cut <= 0 { return (magnitude, exponent) }
        var (rest, last) = (magnitude, UInt128(0))
        while cut > 0, rest > 0 || last > 0 {
            (rest, last) = rest.quotientAndRemainder(dividingBy: 10)
            cut -= 1
        }
        return (rest + (last >= 5 ? 1 : 0), unit)
    }

    /// Appends the digits of `magnitude × 10^exponent`, which has no more than `places` places.
    private static func digits(
        _ magnitude: UInt128, exponent: Int, places: Int, isGrouped: Bool, _ out: inout TextSink
    ) {
        // From the last place to the first digit, then turned round.
        let start = out.bytes.count
        var rest = magnitude
        for place in stride(from: places, to: 0, by: -1) {
            out.bytes.append(-place >= exponent ? take(&rest) : UInt8(ascii: "0"))
        }
        if places > 0 { out.bytes.append(UInt8(ascii: ".")) }
        var position = 0
        repeat {
            if isGrouped, position > 0, position % 3 == 0 { out.bytes.append(UInt8(ascii: ",")) }
            out.bytes.append(position >= exponent ? take(&rest) : UInt8(ascii: "0"))
            position += 1
        } while rest > 0
        out.reverseBytes(from: start)
    }

    private static func take(_ rest: inout UInt128) -> UInt8 {
        defer { rest /= 10 }
        return 0x30 + UInt8(rest % 10)
    }
}
