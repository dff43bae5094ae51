// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// Texts with some characters changed.
    static let replacements: [FunctionDefinition] = [
        .strict(
            "replace", usage: "replace(str, search[, replace])",
            summary: "The text with every search replaced (removed by default).",
            Signature(.string, .string, optional: [.string]), to: .string
        ) { call, errors in
            let (text, wanted) = (call.text(0), call.text(1))
            let new = call.arguments.count == 3 ? call.text(2) : TextInput(.constant(Column(.string, [.string("")])))
            return call.texts(bytes: text.isConstant ? 0 : text.allBytes.count, &errors) { row, out, _ in
                let value = text[row]
                var start = 0
                while !wanted[row].isEmpty, out.rowCount <= TextSink.valueLimit,
                    let found = value.firstIndex(of: wanted[row], from: start)
                {
                    out.append(value.extracting(start..<found))
                    out.append(new[row])
                    start = found + wanted[row].count
                }
                out.append(value.extracting(start..<value.count))
            }
        },
        .strict(
            "translate", usage: "translate(input, from, to)",
            summary:
                "The text with each character of from changed to the one at its place in to, or removed without one.",
            Signature(.string, .string, .string), to: .string
        ) { call, errors in
            let (text, from, to) = (call.text(0), call.text(1), call.text(2))
            return call.texts(bytes: text.isConstant ? 0 : text.allBytes.count, &errors) { row, out, _ in
                translate(text[row], from[row], to[row], &out)
            }
        },
        .strict(
            "quote", usage: "quote(str)", summary: "The text in single quotes, with a backslash before quotes in it.",
            Signature(.string), to: .string
        ) { call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, _ in
                let value = text[row]
                out.append("'" as Unicode.Scalar)
                for index in value.indices {
                    if value[index] == UInt8(ascii: "'") { out.append("\\" as Unicode.Scalar) }
                    out.bytes.append(value[index])
                }
                out.append("'" as Unicode.Scalar)
            }
        },
        Masking.definition,
    ]

    private static func translate(_ text: Span<UInt8>, _ from: Span<UInt8>, _ to: Span<UInt8>, _ out: inout TextSink) {
        var position = 0
        while position < text.count {
            let next = text.next(after: position)
            let character = text.extracting(position..<next)
            position = next
            var (source, target, found) = (0, 0, false)
            while source < from.count {
                let sourceEnd = from.next(after: source)
                if from.extracting(source..<sourceEnd).hasSameBytes(as: character) {
                    found = true
                    break
                }
                source = sourceEnd
                if target < to.count { target = to.next(after: target) }
            }
            if !found {
                out.append(character)
            } else if target < to.count {
                out.append(to.extracting(target..<to.next(after: target)))
            }
        }
    }
}
