// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// Filling up and repeating.
    static let pads: [FunctionDefinition] = [
        pad(
            "lpad", usage: "lpad(str, len[, pad])",
            summary: "The text filled up at its start with pad (blanks, zero bytes for BINARY), or cut, to len.",
            atStart: true),
        pad(
            "rpad", usage: "rpad(str, len[, pad])",
            summary: "The text filled up at its end with pad (blanks, zero bytes for BINARY), or cut, to len.",
            atStart: false),
        .strict(
            "repeat", usage: "repeat(str, n)", summary: "The text n times.", Signature(.string, .int), to: .string
        ) { call, errors in
            let (text, times) = (call.text(0), call.int(1))
            return call.texts(&errors) { row, out, errors in
                let count = max(Int(times[row]), 0)
                guard out.mayAppend(text[row].count * count, row, &errors) else { return }
                for _ in 0..<count { out.append(text[row]) }
            }
        },
        .strict("space", usage: "space(n)", summary: "A text of n blanks.", Signature(.int), to: .string) {
            call, errors in
            let times = call.int(0)
            return call.texts(&errors) { row, out, errors in
                let count = max(Int(times[row]), 0)
                if out.mayAppend(count, row, &errors) { out.bytes.append(repeating: 0x20, count: count) }
            }
        },
    ]

    private static func pad(_ name: String, usage: String, summary: String, atStart: Bool) -> FunctionDefinition {
        .strict(
            name, usage: usage, summary: summary, Signature(.bytes, .int, optional: [.bytes]), result: { $0[0] }
        ) { call, errors in
            let type = call.arguments[0].type
            let (text, length) = (call.text(0), call.int(1))
            let blank: Value = type == .binary ? .binary([0]) : .string(" ")
            let filler = TextInput(call.arguments.count == 3 ? call.arguments[2] : .constant(Column(type, [blank])))
            let byBytes = type == .binary
            return call.texts(as: type, &errors) { row, out, errors in
                let (value, wanted) = (text[row], max(Int(length[row]), 0))
                let have = byBytes ? value.count : value.codePointCount
                if have >= wanted {
                    out.append(value.extracting(0..<(byBytes ? wanted : value.offset(ofCodePoint: wanted))))
                    return
                }
                if !atStart { out.append(value) }
                fill(filler[row], wanted - have, byBytes, row, &out, &errors)
                if atStart { out.append(value) }
            }
        }
    }

    /// Appends `count` characters (or bytes) of a repeated text; nothing when it is empty.
    private static func fill(
        _ filler: Span<UInt8>, _ count: Int, _ byBytes: Bool, _ row: Int, _ out: inout TextSink,
        _ errors: inout RowErrors
    ) {
        let width = byBytes ? filler.count : filler.codePointCount
        if width == 0 { return }
        let (whole, rest) = count.quotientAndRemainder(dividingBy: width)
        guard out.mayAppend((whole + 1) * filler.count, row, &errors) else { return }
        for _ in 0..<whole { out.append(filler) }
        out.append(filler.extracting(0..<(byBytes ? rest : filler.offset(ofCodePoint: rest))))
    }
}
