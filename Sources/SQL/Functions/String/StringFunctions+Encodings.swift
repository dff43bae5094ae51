// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension StringFunctions {
    /// Base64.
    static let encodings: [FunctionDefinition] = [
        .strict(
            "base64", usage: "base64(bin)", summary: "The bytes in Base64, in lines of 76 characters (RFC 2045).",
            Signature(.binary),
            to: .string
        ) { call, errors in
            let bytes = call.text(0)
            return call.texts(&errors) { row, out, _ in Base64.encode(bytes[row], &out) }
        },
        .strict(
            "unbase64", usage: "unbase64(str)",
            summary: "The bytes that a text in Base64 stands for; characters outside the alphabet are skipped.",
            Signature(.string), to: .binary
        ) { call, errors in
            let text = call.text(0)
            return call.texts(as: .binary, &errors) { row, out, errors in
                if !Base64.decode(text[row], &out) {
                    out.clearRow()
                    errors.add(row: row, .invalidFunctionArgument, "'\(text[row].text)' is no Base64")
                }
            }
        },
    ]
}

/// Base64 by RFC 2045 §6.8: lines of 76 characters, and foreign characters skipped when read.
enum Base64 {
    private static let alphabet = Buffer<UInt8>(
        Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8))

    /// Appends the Base64 of bytes, with padding, and line ends between lines where wanted.
    static func encode(_ bytes: Span<UInt8>, lines: Bool = true, _ out: inout TextSink) {
        let letters = alphabet.span
        var position = 0
        while position < bytes.count {
            let left = bytes.count - position
            if lines && position > 0 && position % 57 == 0 { out.append("\r\n") }
            let group =
                UInt32(bytes[position]) << 16 | (left > 1 ? UInt32(bytes[position + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[position + 2]) : 0)
            out.bytes.append(letters[Int(group >> 18)])
            out.bytes.append(letters[Int(group >> 12 & 63)])
            out.bytes.append(left > 1 ? letters[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            out.bytes.append(left > 2 ? letters[Int(group & 63)] : UInt8(ascii: "="))
            position += 3
        }
    }

    /// Appends the bytes; `false` when a group is cut off, or is padded wrongly.
    static func decode(_ text: Span<UInt8>, _ out: inout TextSink) -> Bool {
        var (group, digits, padding) = (UInt32(0), 0, 0)
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard let value = value(of: byte) else { continue }
            if padding > 0 { return false }
            group = group << 6 | value
            digits += 1
            if digits == 4 {
                out.bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                out.bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                out.bytes.append(UInt8(truncatingIfNeeded: group))
                (group, digits) = (0, 0)
            }
        }
        switch digits {
        case 0: return padding == 0
        case 2 where padding == 0 || padding == 2: out.bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3 where padding <= 1:
            out.bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            out.bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default: return false
        }
        return true
    }

    /// The six bits of a letter; `nil` outside the alphabet.
    static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
