// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// How bytes stand in text, for `to_binary` and `to_char`.
enum ByteText: String {
    case hexadecimal = "hex"
    case base64
    case utf8 = "utf-8"
    /// The same under another name.
    case utf8Short = "utf8"

    /// What there is, for messages.
    static let expected = "one of 'hex', 'base64' and 'utf-8', as a literal"

    /// Appends bytes as text.
    func write(_ bytes: Span<UInt8>, _ out: inout TextSink) {
        switch self {
        case .base64: Base64.encode(bytes, &out)
        case .utf8, .utf8Short: UTF8Validation.repair(bytes, &out)
        case .hexadecimal:
            for index in bytes.indices {
                out.bytes.append(Self.digit(bytes[index] >> 4))
                out.bytes.append(Self.digit(bytes[index] & 15))
            }
        }
    }

    /// Appends the bytes that a text stands for; `false` when it is malformed.
    func read(_ text: Span<UInt8>, _ out: inout TextSink) -> Bool {
        switch self {
        case .base64: return Self.isBase64(text) && Base64.decode(text, &out)
        case .utf8, .utf8Short: out.append(text)
        case .hexadecimal:
            // An odd number of digits has a zero before it.
            var high: UInt8? = text.count % 2 == 1 ? 0 : nil
            for index in text.indices {
                guard let value = JSONScanner.hexadecimal(text[index]) else { return false }
                if let first = high { out.bytes.append(first << 4 | UInt8(value)) }
                high = high == nil ? UInt8(value) : nil
            }
        }
        return true
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    /// Whether a text is of the alphabet, blanks and, at its end, the signs that fill its last group.
    private static func isBase64(_ text: Span<UInt8>) -> Bool {
        var (letters, fill, hasEnded) = (0, 0, false)
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: "=") {
                if hasEnded { return false }
                fill += 1
            } else if ASCII.isBlank(byte) {
                hasEnded = fill > 0
            } else if fill == 0, Base64.value(of: byte) != nil {
                letters += 1
            } else {
                return false
            }
        }
        return fill == 0 ? letters % 4 != 1 : fill <= 2 && (letters + fill) % 4 == 0
    }
}

extension StringFunctions {
    /// Bytes out of text.
    static let bytes: [FunctionDefinition] = [
        conversion("to_binary", "an error when it is malformed", isStrict: true),
        conversion("try_to_binary", "NULL when it is malformed", isStrict: false),
    ]

    private static func conversion(_ name: String, _ otherwise: String, isStrict: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, group: .conversion, usage: "\(name)(str[, format])",
            summary: "The bytes that a text in 'hex' (the default), 'base64' or 'utf-8' stands for; \(otherwise)."
        ) { arguments throws(FunctionBindingError) in
            var types = try Signature(.string, optional: [.string]).types(of: arguments)
            var form = ByteText.hexadecimal
            if arguments.count == 2 {
                types[1] = .string
                if arguments[1].constant == .null { return LayoutFunctions.nothing(name, types, .binary) }
                guard arguments[1].type == .string, case .string(let text)? = arguments[1].constant,
                    let named = ByteText(rawValue: text.lowercased())
                else { throw .argumentValue(index: 1, expected: ByteText.expected) }
                form = named
            }
            return .strict(name, types, of: arguments, to: .binary, givesNull: !isStrict) { [form] call, errors in
                let texts = call.text(0)
                return call.texts(as: .binary, &errors) { row, out, errors in
                    guard !form.read(texts[row], &out) else { return }
                    out.clearRow()
                    if isStrict {
                        errors.add(
                            row: row, .invalidCast, "'\(texts[row].text.prefix(80))' is no text in \(form.rawValue)")
                    } else {
                        out.isNull = true
                    }
                }
            }
        }
    }
}
