// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension StringFunctions {
    /// Parts of a text, by position or by separator.
    static let substrings: [FunctionDefinition] = [
        .strict(
            "substring", aliases: ["substr", "mid"], usage: "substring(str, pos[, len])",
            summary: "The part of a text or BINARY from position pos (from 1; negative from the end), len long.",
            Signature(.bytes, .int, optional: [.int]), result: { $0[0] }
        ) { call, errors in
            let (text, position) = (call.text(0), call.int(1))
            let length = call.arguments.count == 3 ? call.int(2) : NumberInput(Buffer([Int32.max]), isConstant: true)
            let type = call.arguments[0].type
            let byBytes = type == .binary || text.isASCII
            return call.texts(as: type, bytes: text.isConstant ? 0 : text.allBytes.count, &errors) { row, out, _ in
                let value = text[row]
                out.append(
                    value.extracting(
                        value.substringRange(
                            position: Int(position[row]), length: Int(length[row]), byBytes: byBytes)))
            }
        },
        .strict(
            "left", usage: "left(str, len)", summary: "The first len characters; empty when len is not above 0.",
            Signature(.bytes, .int), result: { $0[0] }
        ) { call, errors in
            let (text, length, type) = (call.text(0), call.int(1), call.arguments[0].type)
            return call.texts(as: type, &errors) { row, out, _ in
                let value = text[row]
                out.append(
                    value.extracting(
                        value.substringRange(position: 1, length: Int(length[row]), byBytes: type == .binary)))
            }
        },
        .strict(
            "right", usage: "right(str, len)", summary: "The last len characters; empty when len is not above 0.",
            Signature(.string, .int), to: .string
        ) { call, errors in
            let (text, length) = (call.text(0), call.int(1))
            return call.texts(&errors) { row, out, _ in
                let value = text[row]
                let start = value.offset(ofCodePointFromEnd: max(Int(length[row]), 0))
                out.append(value.extracting(start..<value.count))
            }
        },
        .strict(
            "substring_index", usage: "substring_index(str, delim, count)",
            summary: "What stands before the count-th delimiter from the left, or behind the -count-th from the right.",
            Signature(.string, .string, .int), to: .string
        ) { call, errors in
            let (text, delimiter, count) = (call.text(0), call.text(1), call.int(2))
            return call.texts(&errors) { row, out, _ in
                out.append(text[row].extracting(indexed(text[row], delimiter[row], Int(count[row]))))
            }
        },
        .strict(
            "split_part", usage: "split_part(str, delimiter, partNum)",
            summary: "One part of a text split at a delimiter: from 1, negative from the end; empty beyond the last.",
            Signature(.string, .string, .int), to: .string
        ) { call, errors in
            let (text, delimiter, number) = (call.text(0), call.text(1), call.int(2))
            return call.texts(&errors) { row, out, errors in
                if number[row] == 0 {
                    errors.add(row: row, .invalidIndex, "split_part counts its parts from 1; 0 is none")
                } else {
                    out.append(text[row].extracting(part(text[row], delimiter[row], Int(number[row]))))
                }
            }
        },
        .strict(
            "overlay", usage: "overlay(input, replace, pos[, len])",
            summary: "The text with the len characters (as many as replace has by default) at position pos replaced.",
            Signature(.bytes, .bytes, .int, optional: [.int]), result: { $0[0] }
        ) { call, errors in
            let (text, replacement, position) = (call.text(0), call.text(1), call.int(2))
            let length = call.arguments.count == 4 ? call.int(3) : NumberInput(Buffer([Int32(-1)]), isConstant: true)
            let type = call.arguments[0].type
            let byBytes = type == .binary
            return call.texts(as: type, &errors) { row, out, _ in
                let (value, new, start) = (text[row], replacement[row], Int(position[row]))
                let width = length[row] >= 0 ? Int(length[row]) : byBytes ? new.count : new.codePointCount
                out.append(value.extracting(value.substringRange(position: 1, length: start - 1, byBytes: byBytes)))
                out.append(new)
                out.append(
                    value.extracting(
                        value.substringRange(position: start + width, length: Int(Int32.max), byBytes: byBytes)))
            }
        },
    ]

    private static func indexed(_ text: Span<UInt8>, _ delimiter: Span<UInt8>, _ count: Int) -> Range<Int> {
        if delimiter.isEmpty || count == 0 { return 0..<0 }
        if count > 0 {
            var found = -1
            for _ in 0..<count {
                guard found < text.count, let next = text.firstIndex(of: delimiter, from: found + 1) else {
                    return 0..<text.count
                }
                found = next
            }
            return 0..<found
        }
        var found = text.count - delimiter.count + 1
        for _ in 0..<(-count) {
            guard let next = text.lastIndex(of: delimiter, from: found - 1) else { return 0..<text.count }
            found = next
        }
        return (found + delimiter.count)..<text.count
    }

    private static func part(_ text: Span<UInt8>, _ delimiter: Span<UInt8>, _ number: Int) -> Range<Int> {
        if delimiter.isEmpty { return number == 1 || number == -1 ? 0..<text.count : 0..<0 }
        var wanted = number - 1
        if number < 0 {
            var parts = 1
            var position = 0
            while let found = text.firstIndex(of: delimiter, from: position) {
                parts += 1
                position = found + delimiter.count
            }
            wanted = parts + number
            if wanted < 0 { return 0..<0 }
        }
        var start = 0
        while wanted > 0 {
            guard let found = text.firstIndex(of: delimiter, from: start) else { return 0..<0 }
            start = found + delimiter.count
            wanted -= 1
        }
        return start..<(text.firstIndex(of: delimiter, from: start) ?? text.count)
    }
}
