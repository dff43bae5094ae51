// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension StringFunctions {
    /// URLs and their parts.
    static let urls: [FunctionDefinition] = [
        .strict(
            "url_encode", usage: "url_encode(str)",
            summary: "The text as application/x-www-form-urlencoded: blanks as '+', other special bytes as %XX.",
            Signature(.string), to: .string
        ) { call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, _ in URLEncoding.encode(text[row], &out) }
        },
        .strict(
            "url_decode", usage: "url_decode(str)",
            summary: "The text that application/x-www-form-urlencoded stands for; an error when it is malformed.",
            Signature(.string), to: .string
        ) { call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, errors in
                if !URLEncoding.decode(text[row], &out) {
                    out.clearRow()
                    errors.add(row: row, .invalidFunctionArgument, "'\(text[row].text)' is not URL-encoded")
                }
            }
        },
        .strict(
            "try_url_decode", usage: "try_url_decode(str)",
            summary: "The text that application/x-www-form-urlencoded stands for; NULL when it is malformed.",
            Signature(.string), to: .string, givesNull: true
        ) { call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, _ in
                if !URLEncoding.decode(text[row], &out) {
                    out.clearRow()
                    out.isNull = true
                }
            }
        },
        parse(
            "parse_url",
            summary:
                "One part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO, or a QUERY key's value; an error when it is no URL.",
            isLenient: false),
        parse(
            "try_parse_url", summary: "One part of a URL as parse_url gives it; NULL when it is no URL.",
            isLenient: true),
    ]

    private static func parse(_ name: String, summary: String, isLenient: Bool) -> FunctionDefinition {
        .strict(
            name, usage: "\(name)(url, part[, key])", summary: summary,
            Signature(.string, .string, optional: [.string]), to: .string, givesNull: true
        ) { call, errors in
            let (urls, parts) = (call.text(0), call.text(1))
            let keys = call.arguments.count == 3 ? call.text(2) : nil
            let queryName = TextInput(.constant(Column(.string, [.string("QUERY")])))
            return call.texts(&errors) { row, out, errors in
                let url = urls[row]
                guard let parsed = ParsedURL(url) else {
                    if !isLenient {
                        errors.add(row: row, .invalidFunctionArgument, "'\(url.text)' is no URL")
                    }
                    out.isNull = true
                    return
                }
                if let keys {
                    let isQuery = parts[row].hasSameBytes(as: queryName[0])
                    guard isQuery, let range = parsed.value(of: keys[row], in: url) else {
                        out.isNull = true
                        return
                    }
                    out.append(url.extracting(range))
                } else if let range = parsed.range(of: parts[row]) {
                    out.append(url.extracting(range))
                } else {
                    out.isNull = true
                }
            }
        }
    }
}

/// application/x-www-form-urlencoded.
enum URLEncoding {
    /// Appends the encoding of a text.
    static func encode(_ text: Span<UInt8>, _ out: inout TextSink) {
        for index in text.indices {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "*"),
                UInt8(ascii: "_"):
                out.bytes.append(byte)
            case 0x20: out.bytes.append(UInt8(ascii: "+"))
            default:
                out.bytes.append(UInt8(ascii: "%"))
                out.bytes.append(digit(byte >> 4))
                out.bytes.append(digit(byte & 15))
            }
        }
    }

    /// Appends the text; `false` when a `%` is not followed by two hexadecimal digits.
    static func decode(_ text: Span<UInt8>, _ out: inout TextSink) -> Bool {
        var position = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "+"):
                out.bytes.append(0x20)
                position += 1
            case UInt8(ascii: "%"):
                guard position + 2 < text.count, let high = value(text[position + 1]),
                    let low = value(text[position + 2])
                else { return false }
                out.bytes.append(high << 4 | low)
                position += 3
            default:
                out.bytes.append(text[position])
                position += 1
            }
        }
        return true
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 0x37
        default: nil
        }
    }
}
