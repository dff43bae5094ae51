// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Changes the case of one text into a sink. ASCII costs a comparison per byte; other code points go through Unicode's
/// full mappings (`ß` becomes `SS`), with the Greek final sigma in lower case.
enum CaseMapping {
    /// Appends the text in upper case.
    static func upper(_ text: Span<UInt8>, _ out: inout TextSink) {
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte < 0x80 {
                out.bytes.append(byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte)
                position += 1
            } else {
                out.append(text.scalar(at: position).properties.uppercaseMapping)
                position = text.next(after: position)
            }
        }
    }

    /// Appends the text in lower case.
    static func lower(_ text: Span<UInt8>, _ out: inout TextSink) {
        var position = 0
        while position < text.count { position = lowerOne(text, position, &out) }
    }

    /// Appends the text with the first letter behind each blank in title case and all others in lower case.
    static func title(_ text: Span<UInt8>, _ out: inout TextSink) {
        var (position, startsWord) = (0, true)
        while position < text.count {
            let byte = text[position]
            if !startsWord {
                position = lowerOne(text, position, &out)
            } else if byte < 0x80 {
                out.bytes.append(byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte)
                position += 1
            } else {
                out.append(text.scalar(at: position).properties.titlecaseMapping)
                position = text.next(after: position)
            }
            startsWord = byte == UInt8(ascii: " ")
        }
    }

    private static func lowerOne(_ text: Span<UInt8>, _ position: Int, _ out: inout TextSink) -> Int {
        let byte = text[position]
        if byte < 0x80 {
            out.bytes.append(byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte)
            return position + 1
        }
        let scalar = text.scalar(at: position)
        if scalar == "\u{3A3}" {
            out.append(endsWord(text, position) ? "\u{3C2}" as Unicode.Scalar : "\u{3C3}")
        } else {
            out.append(scalar.properties.lowercaseMapping)
        }
        return text.next(after: position)
    }

    /// Whether a cased letter stands before and none behind, apart from case-ignorable marks: Unicode's Final_Sigma.
    private static func endsWord(_ text: Span<UInt8>, _ position: Int) -> Bool {
        var before = position
        var follows = false
        while before > 0 {
            before = text.previous(before: before)
            let properties = text.scalar(at: before).properties
            if properties.isCaseIgnorable { continue }
            follows = properties.isCased
            break
        }
        guard follows else { return false }
        var behind = text.next(after: position)
        while behind < text.count {
            let properties = text.scalar(at: behind).properties
            if !properties.isCaseIgnorable { return !properties.isCased }
            behind = text.next(after: behind)
        }
        return true
    }
}
