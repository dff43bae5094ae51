// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// How long a text is, and what stands at its start.
    static let lengths: [FunctionDefinition] = [
        .strict(
            "length", aliases: ["char_length", "character_length", "len"], usage: "length(expr)",
            summary: "How many code points a text or how many bytes a BINARY has.", Signature(.bytes), to: .int
        ) { call, errors in
            let text = call.text(0)
            let byBytes = call.arguments[0].type == .binary || text.isASCII
            return call.ints(&errors) { row, _ in
                Int32(byBytes ? text[row].count : text[row].codePointCount)
            }
        },
        .strict(
            "octet_length", usage: "octet_length(expr)", summary: "How many bytes a text or BINARY has.",
            Signature(.bytes), to: .int
        ) { call, errors in
            let text = call.text(0)
            return call.ints(&errors) { row, _ in Int32(text[row].count) }
        },
        .strict(
            "bit_length", usage: "bit_length(expr)", summary: "How many bits a text or BINARY has.",
            Signature(.bytes), to: .int
        ) { call, errors in
            let text = call.text(0)
            return call.ints(&errors) { row, _ in Int32(truncatingIfNeeded: text[row].count * 8) }
        },
        .strict(
            "ascii", usage: "ascii(str)", summary: "The code point of the first character; 0 for an empty text.",
            Signature(.string), to: .int
        ) { call, errors in
            let text = call.text(0)
            return call.ints(&errors) { row, _ in
                text[row].isEmpty ? 0 : Int32(text[row].scalar(at: 0).value)
            }
        },
        .strict(
            "chr", aliases: ["char"], usage: "chr(expr)",
            summary: "The character of a code point, modulo 256; empty for a negative one.", Signature(.bigint),
            to: .string
        ) { call, errors in
            let codes = call.bigint(0)
            return call.texts(&errors) { row, out, _ in
                if codes[row] >= 0 { out.append(Unicode.Scalar(UInt8(truncatingIfNeeded: codes[row]))) }
            }
        },
        .strict(
            "luhn_check", usage: "luhn_check(str)",
            summary: "Whether a text of digits ends with the right check digit by the Luhn algorithm.",
            Signature(.string), to: .boolean
        ) { call, errors in
            let text = call.text(0)
            return call.flags(&errors) { row, _ in passesLuhn(text[row]) }
        },
    ]

    private static func passesLuhn(_ digits: Span<UInt8>) -> Bool {
        if digits.isEmpty { return false }
        var total = 0
        for index in digits.indices {
            let digit = Int(digits[index]) - 0x30
            guard digit >= 0 && digit <= 9 else { return false }
            let doubled = (digits.count - index) % 2 == 0 ? digit * 2 : digit
            total += doubled > 9 ? doubled - 9 : doubled
        }
        return total % 10 == 0
    }
}
