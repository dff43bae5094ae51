// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// Upper, lower and title case, by Unicode's full mappings.
    static let cases: [FunctionDefinition] = [
        .strict(
            "upper", aliases: ["ucase"], usage: "upper(str)", summary: "The text in upper case.", Signature(.string),
            to: .string
        ) { call, errors in
            let text = call.text(0)
            return asciiMapped(call, text, from: UInt8(ascii: "a"), to: UInt8(ascii: "z"))
                ?? call.texts(bytes: text.allBytes.count, &errors) { row, out, _ in CaseMapping.upper(text[row], &out) }
        },
        .strict(
            "lower", aliases: ["lcase"], usage: "lower(str)", summary: "The text in lower case.", Signature(.string),
            to: .string
        ) { call, errors in
            let text = call.text(0)
            return asciiMapped(call, text, from: UInt8(ascii: "A"), to: UInt8(ascii: "Z"))
                ?? call.texts(bytes: text.allBytes.count, &errors) { row, out, _ in CaseMapping.lower(text[row], &out) }
        },
        .strict(
            "initcap", usage: "initcap(str)",
            summary:
                "The text with each word's first letter in title case and the rest in lower case; words end at blanks.",
            Signature(.string), to: .string
        ) { call, errors in
            let text = call.text(0)
            return call.texts(bytes: text.allBytes.count, &errors) { row, out, _ in
                CaseMapping.title(text[row], &out)
            }
        },
    ]

    /// The whole column with one bit turned in the letters of a range, where every byte is ASCII: lengths stay as they are.
    private static func asciiMapped(
        _ call: FunctionCall, _ text: TextInput, from low: UInt8, to high: UInt8
    ) -> Column? {
        guard !text.isConstant, text.isASCII else { return nil }
        var offsets = text.offsets
        if offsets[0] != 0 {
            let first = offsets[0]
            offsets = Elementwise.map(offsets) { $0 - first }
        }
        let mapped = Elementwise.map(text.allBytes) { $0 >= low && $0 <= high ? $0 ^ 0x20 : $0 }
        return Column(
            call.arguments[0].type, count: call.rowCount, validity: call.valid,
            storage: .bytes(offsets: offsets, bytes: mapped))
    }
}
