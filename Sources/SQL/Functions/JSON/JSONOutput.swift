// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Writes the pieces of JSON texts.
enum JSONOutput {
    /// Appends what the inside of a JSON string stands for; halves of surrogate pairs alone become U+FFFD.
    static func unescape(_ inside: Span<UInt8>, _ out: inout BufferBuilder<UInt8>) {
        var index = 0
        while index < inside.count {
            let byte = inside[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < inside.count else {
                out.append(byte)
                index += 1
                continue
            }
            switch inside[index + 1] {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"):
                var value = unit(inside, index + 2)
                if value & 0xFC00 == 0xD800, index + 12 <= inside.count, inside[index + 6] == UInt8(ascii: "\\"),
                    inside[index + 7] == UInt8(ascii: "u"), unit(inside, index + 8) & 0xFC00 == 0xDC00
                {
                    value = 0x10000 + (value & 0x3FF) << 10 + (unit(inside, index + 8) & 0x3FF)
                    index += 6
                }
                let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
                for byte in Unicode.UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { out.append(byte) }
                index += 4
            default: out.append(inside[index + 1])
            }
            index += 2
        }
    }

    private static func unit(_ bytes: Span<UInt8>, _ start: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in start..<min(start + 4, bytes.count) {
            value = value << 4 | (JSONScanner.hexadecimal(bytes[index]) ?? 0)
        }
        return value
    }

    /// Appends a text as a JSON string.
    static func quote(_ text: Span<UInt8>, _ out: inout BufferBuilder<UInt8>) {
        out.append(UInt8(ascii: "\""))
        for index in text.indices {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0x08: out.append("\\b")
            case 0x09: out.append("\\t")
            case 0x0A: out.append("\\n")
            case 0x0C: out.append("\\f")
            case 0x0D: out.append("\\r")
            case 0..<0x20:
                out.append("\\u00")
                out.append(UInt8(ascii: "0") + byte >> 4)
                out.append(byte & 15 < 10 ? 0x30 + byte & 15 : 0x37 + byte & 15)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a number as Spark writes it: integers with their digits, others as the DOUBLE they are read as.
    static func number(_ digits: Span<UInt8>, _ out: inout BufferBuilder<UInt8>) {
        var isInteger = true
        for index in digits.indices where !ASCII.isDigit(digits[index]) && digits[index] != UInt8(ascii: "-") {
            isInteger = false
        }
        if isInteger {
            if digits.count == 2 && digits[0] == UInt8(ascii: "-") && digits[1] == UInt8(ascii: "0") {
                out.append(UInt8(ascii: "0"))
            } else {
                out.append(contentsOf: digits)
            }
        } else if let value = FloatingPointText.parseDouble(digits), value.isFinite {
            FloatingPointText.write(value, to: &out)
        } else {
            quote(digits, &out)
        }
    }

    /// Appends a value without blanks, its strings and numbers written anew, and moves behind it; `false` when it is malformed.
    static func copy(
        _ text: Span<UInt8>, _ scanner: inout JSONScanner, _ scratch: inout BufferBuilder<UInt8>,
        _ out: inout BufferBuilder<UInt8>, depth: Int = 0
    ) -> Bool {
        guard depth < JSONScanner.maxDepth, let kind = scanner.kind(text) else { return false }
        switch kind {
        case .string:
            guard let string = scanner.string(text) else { return false }
            requote(text.extracting(string.inside), string.isEscaped, &scratch, &out)
            return true
        case .number:
            guard let range = scanner.number(text) else { return false }
            number(text.extracting(range), &out)
            return true
        case .trueValue:
            out.append("true")
            return scanner.word("true", text)
        case .falseValue:
            out.append("false")
            return scanner.word("false", text)
        case .nullValue:
            out.append("null")
            return scanner.word("null", text)
        case .array, .object:
            let isObject = kind == .object
            out.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
            var isFirst = true
            let isWhole = scanner.members(text, close: isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) { scanner in
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                if isObject {
                    guard let key = scanner.key(text) else { return false }
                    requote(text.extracting(key.inside), key.isEscaped, &scratch, &out)
                    out.append(UInt8(ascii: ":"))
                }
                return copy(text, &scanner, &scratch, &out, depth: depth + 1)
            }
            out.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            return isWhole
        }
    }

    private static func requote(
        _ inside: Span<UInt8>, _ isEscaped: Bool, _ scratch: inout BufferBuilder<UInt8>,
        _ out: inout BufferBuilder<UInt8>
    ) {
        if isEscaped {
            scratch.removeAll()
            unescape(inside, &scratch)
            quote(scratch.span, &out)
        } else {
            quote(inside, &out)
        }
    }
}
