// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// What stands at the ends is taken away: blanks, or the characters of a set.
    static let trims: [FunctionDefinition] = [
        trim(
            "trim", usage: "trim([trimStr,] str)",
            summary: "The text without blanks, or characters of trimStr, at both ends.", start: true, end: true,
            setFirst: true),
        trim(
            "ltrim", usage: "ltrim([trimStr,] str)",
            summary: "The text without blanks, or characters of trimStr, at its start.", start: true, end: false,
            setFirst: true),
        trim(
            "rtrim", usage: "rtrim([trimStr,] str)",
            summary: "The text without blanks, or characters of trimStr, at its end.", start: false, end: true,
            setFirst: true),
        trim(
            "btrim", usage: "btrim(str[, trimStr])",
            summary: "The text without blanks, or characters of trimStr, at both ends.", start: true, end: true,
            setFirst: false),
    ]

    private static func trim(
        _ name: String, usage: String, summary: String, start: Bool, end: Bool, setFirst: Bool
    ) -> FunctionDefinition {
        .strict(
            name, usage: usage, summary: summary, Signature(.bytes, optional: [.bytes]),
            result: { $0[0] }
        ) { call, errors in
            let text = call.text(setFirst ? call.arguments.count - 1 : 0)
            let type = call.arguments[0].type
            if call.arguments.count == 1 {
                return call.texts(as: type, bytes: text.allBytes.count, &errors) { row, out, _ in
                    out.append(text[row].extracting(withoutBlanks(text[row], start, end)))
                }
            }
            let set = call.text(setFirst ? 0 : 1)
            return call.texts(as: type, bytes: text.allBytes.count, &errors) { row, out, _ in
                out.append(text[row].extracting(without(set[row], text[row], start, end)))
            }
        }
    }

    private static func withoutBlanks(_ text: Span<UInt8>, _ start: Bool, _ end: Bool) -> Range<Int> {
        var (low, high) = (0, text.count)
        if start { while low < high && text[low] == 0x20 { low += 1 } }
        if end { while high > low && text[high - 1] == 0x20 { high -= 1 } }
        return low..<high
    }

    private static func without(_ set: Span<UInt8>, _ text: Span<UInt8>, _ start: Bool, _ end: Bool) -> Range<Int> {
        var (low, high) = (0, text.count)
        while start && low < high {
            let next = text.next(after: low)
            guard contains(set, text.extracting(low..<next)) else { break }
            low = next
        }
        while end && high > low {
            let previous = text.previous(before: high)
            guard contains(set, text.extracting(previous..<high)) else { break }
            high = previous
        }
        return low..<high
    }

    /// Whether a set of characters has this one.
    private static func contains(_ set: Span<UInt8>, _ character: Span<UInt8>) -> Bool {
        var position = 0
        while position < set.count {
            let next = set.next(after: position)
            if set.extracting(position..<next).hasSameBytes(as: character) { return true }
            position = next
        }
        return false
    }
}
