// SPDX-License-Identifier: Apache-2.0

extension Lexer {
    /// A string in single or double quotes; the quote doubled stands for itself.
    mutating func string(raw: Bool) {
        let start = position
        if raw { position += 1 }
        let quote = byte()
        var value: [UInt8] = []
        position += 1
        while position < bytes.count {
            let current = byte()
            if current == quote {
                position += 1
                guard !raw, byte() == quote, position < bytes.count else {
                    add(.string, from: start, String(decoding: value, as: UTF8.self))
                    return
                }
                value.append(quote)
                position += 1
            } else if current == UInt8(ascii: "\\"), !raw, position + 1 < bytes.count {
                escape(into: &value)
            } else {
                value.append(current)
                position += 1
            }
        }
        mistakes.append(
            Mistake(
                span: SourceSpan(start, start + 1),
                message: "the string that starts here has no closing \(Unicode.Scalar(quote))"))
        add(.string, from: start, String(decoding: value, as: UTF8.self))
    }

    /// A backslash and what follows.
    ///
    /// `\%` and `\_` keep the backslash, for LIKE; an unknown letter stands for itself.
    private mutating func escape(into value: inout [UInt8]) {
        let letter = byte(1)
        switch letter {
        case UInt8(ascii: "u"): if codePoint(digits: 4, into: &value) { return }
        case UInt8(ascii: "U"): if codePoint(digits: 8, into: &value) { return }
        case UInt8(ascii: "0")...UInt8(ascii: "1"):
            let octal = UInt8(ascii: "0")...UInt8(ascii: "7")
            if octal.contains(byte(2)), octal.contains(byte(3)) {
                let code = (letter & 7) << 6 | (byte(2) & 7) << 3 | byte(3) & 7
                value.append(contentsOf: Array(String(Unicode.Scalar(code)).utf8))
                position += 4
                return
            }
        default: break
        }
        position += 2
        switch letter {
        case UInt8(ascii: "0"): value.append(0)
        case UInt8(ascii: "b"): value.append(8)
        case UInt8(ascii: "n"): value.append(10)
        case UInt8(ascii: "r"): value.append(13)
        case UInt8(ascii: "t"): value.append(9)
        case UInt8(ascii: "Z"): value.append(26)
        case UInt8(ascii: "%"), UInt8(ascii: "_"):
            value.append(UInt8(ascii: "\\"))
            value.append(letter)
        default: value.append(letter)
        }
    }

    private mutating func codePoint(digits: Int, into value: inout [UInt8]) -> Bool {
        guard var code = hex(at: position + 2, digits: digits) else { return false }
        var end = position + 2 + digits
        // Two escapes of four digits may be the halves of one code point.
        if (0xD800...0xDBFF).contains(code), end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\\"),
            bytes[end + 1] == UInt8(ascii: "u"), let low = hex(at: end + 2, digits: 4), (0xDC00...0xDFFF).contains(low)
        {
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            end += 6
        }
        value.append(contentsOf: Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8))
        position = end
        return true
    }

    private func hex(at start: Int, digits: Int) -> UInt32? {
        guard start + digits <= bytes.count else { return nil }
        let text = bytes[start..<start + digits]
        guard text.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: text, as: UTF8.self), radix: 16)
    }

    /// A number: digits, fraction, exponent, suffix `L S Y D F BD`.
    ///
    /// Digits that letters follow are a name.
    mutating func number() {
        let start = position
        skipDigits()
        var isWhole = true
        if byte() == UInt8(ascii: "."), position == start || byte(1) != UInt8(ascii: ".") {
            isWhole = false
            position += 1
            skipDigits()
        }
        if byte() | 0x20 == UInt8(ascii: "e") {
            let signed = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-")
            if Self.isDigit(byte(signed ? 2 : 1)) {
                isWhole = false
                position += signed ? 2 : 1
                skipDigits()
            }
        }
        let afterDigits = position
        while Self.isWordByte(byte()) { position += 1 }
        let suffix = slice(afterDigits, position).uppercased()
        if suffix.isEmpty || ["D", "F", "BD"].contains(suffix) || (isWhole && ["L", "S", "Y"].contains(suffix)) {
            return add(.number, from: start, slice(start, position))
        }
        if isWhole { return add(.word, from: start, slice(start, position)) }
        mistakes.append(
            Mistake(
                span: SourceSpan(start, position), message: "'\(slice(start, position))' is not a number",
                hint: "Suffixes are L, S, Y for integers and D, F, BD for others"))
        add(.number, from: start, slice(start, afterDigits))
    }

    private mutating func skipDigits() {
        while Self.isDigit(byte()) { position += 1 }
    }
}
