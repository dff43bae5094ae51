// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Walks over one JSON text without building anything: every method moves behind what it read, or answers that it is not there.
///
/// Texts in single quotes and the numbers NaN, Infinity and -Infinity are taken, as Spark takes them. Nesting is bounded.
struct JSONScanner {
    /// How deep values may be nested.
    static let maxDepth = 500

    /// Where reading goes on.
    var position = 0

    /// What kind of value starts at a byte.
    enum Kind {
        case object, array, string, number, trueValue, falseValue, nullValue
    }

    /// Moves behind blanks.
    @inline(__always)
    mutating func skipBlanks(_ text: Span<UInt8>) {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// The kind of the value behind blanks; `nil` when none starts there.
    mutating func kind(_ text: Span<UInt8>) -> Kind? {
        skipBlanks(text)
        guard position < text.count else { return nil }
        switch text[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string
        case UInt8(ascii: "t"): return .trueValue
        case UInt8(ascii: "f"): return .falseValue
        case UInt8(ascii: "n"): return .nullValue
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "N"), UInt8(ascii: "I"):
            return .number
        default: return nil
        }
    }

    /// Moves behind a byte that stands behind blanks; `false` when another does.
    mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        skipBlanks(text)
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    /// Moves behind a string; its inside, and whether it has escapes.
    mutating func string(_ text: Span<UInt8>) -> (inside: Range<Int>, isEscaped: Bool)? {
        skipBlanks(text)
        guard position < text.count else { return nil }
        let quote = text[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let start = position + 1
        var (index, isEscaped) = (start, false)
        while index < text.count {
            let byte = text[index]
            if byte == quote {
                position = index + 1
                return (start..<index, isEscaped)
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                guard let next = Self.escapeEnd(text, index) else { return nil }
                index = next
            } else if byte < 0x20 {
                return nil
            } else {
                index += 1
            }
        }
        return nil
    }

    /// Where an escape ends; `nil` when it is none.
    private static func escapeEnd(_ text: Span<UInt8>, _ index: Int) -> Int? {
        guard index + 1 < text.count else { return nil }
        switch text[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "'"):
            return index + 2
        case UInt8(ascii: "u"):
            guard index + 6 <= text.count else { return nil }
            for digit in (index + 2)..<(index + 6) where hexadecimal(text[digit]) == nil { return nil }
            return index + 6
        default: return nil
        }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte) - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 0x37
        default: nil
        }
    }

    /// Moves behind a number; its bytes.
    mutating func number(_ text: Span<UInt8>) -> Range<Int>? {
        skipBlanks(text)
        let start = position
        var index = position
        func digits() -> Bool {
            let first = index
            while index < text.count && ASCII.isDigit(text[index]) { index += 1 }
            return index > first
        }
        if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        if index < text.count, !ASCII.isDigit(text[index]) { return special(text, start, index) }
        let first = index
        guard digits(), text[first] != UInt8(ascii: "0") || index == first + 1 else { return nil }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() else { return nil }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            guard digits() else { return nil }
        }
        position = index
        return start..<index
    }

    /// NaN, Infinity and -Infinity.
    private mutating func special(_ text: Span<UInt8>, _ start: Int, _ index: Int) -> Range<Int>? {
        let rest = text.extracting(index..<text.count)
        let names: [StaticString] = start == index ? ["NaN", "Infinity"] : ["Infinity"]
        for name in names where starts(rest, name) {
            position = index + name.utf8CodeUnitCount
            return start..<position
        }
        return nil
    }

    private func starts(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count >= word.utf8CodeUnitCount else { return false }
        let name = word.description
        for (index, byte) in name.utf8.enumerated() where text[index] != byte { return false }
        return true
    }

    /// Moves behind `true`, `false` or `null`.
    mutating func word(_ word: StaticString, _ text: Span<UInt8>) -> Bool {
        skipBlanks(text)
        guard starts(text.extracting(position..<text.count), word) else { return false }
        position += word.utf8CodeUnitCount
        return true
    }

    /// Moves behind a value of any kind; `false` when it is malformed.
    mutating func skipValue(_ text: Span<UInt8>, depth: Int = 0) -> Bool {
        guard depth < Self.maxDepth, let kind = kind(text) else { return false }
        switch kind {
        case .string: return string(text) != nil
        case .number: return number(text) != nil
        case .trueValue: return word("true", text)
        case .falseValue: return word("false", text)
        case .nullValue: return word("null", text)
        case .array: return members(text, close: UInt8(ascii: "]")) { $0.skipValue(text, depth: depth + 1) }
        case .object:
            return members(text, close: UInt8(ascii: "}")) { scanner in
                scanner.key(text) != nil && scanner.skipValue(text, depth: depth + 1)
            }
        }
    }

    /// Moves behind a key and its colon; its inside, and whether it has escapes.
    mutating func key(_ text: Span<UInt8>) -> (inside: Range<Int>, isEscaped: Bool)? {
        guard let key = string(text), take(UInt8(ascii: ":"), text) else { return nil }
        return key
    }

    /// Moves behind an array or object, calling `member` where each of its members starts; `false` when it is malformed, or
    /// `member` is `false`.
    @inline(__always)
    mutating func members(
        _ text: Span<UInt8>, close: UInt8, _ member: (inout JSONScanner) -> Bool
    ) -> Bool {
        position += 1
        if take(close, text) { return true }
        while true {
            guard member(&self) else { return false }
            if take(close, text) { return true }
            guard take(UInt8(ascii: ","), text) else { return false }
        }
    }
}
