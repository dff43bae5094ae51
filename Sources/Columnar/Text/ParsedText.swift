// SPDX-License-Identifier: Apache-2.0

/// What reading a value from text gave.
public enum ParsedText<Value> {
    case value(Value)
    /// The text is not written as the type asks.
    case malformed
    /// The text is well formed, and its value does not fit.
    case overflow

    /// The value, where there is one.
    @inlinable public var value: Value? { if case .value(let value) = self { value } else { nil } }
}

extension ParsedText: Sendable where Value: Sendable {}
extension ParsedText: Equatable where Value: Equatable {}

/// Small questions about bytes that every reader of text asks.
public enum ASCII {
    /// The bytes without blanks and control characters at both ends, as Spark trims before a cast.
    @inlinable
    @_lifetime(copy bytes)
    public static func trimmed(_ bytes: Span<UInt8>) -> Span<UInt8> {
        var (start, end) = (0, bytes.count)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return start == 0 && end == bytes.count ? bytes : bytes.extracting(start..<end)
    }

    /// Whether a byte is white space or a control character.
    @inlinable @inline(__always)
    public static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

    /// Whether a byte is a decimal digit.
    @inlinable @inline(__always)
    public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// A letter in lower case; other bytes as they are.
    @inlinable @inline(__always)
    public static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Whether the bytes are a word, which is given in lower case, in any case.
    @inlinable
    public static func matches(_ bytes: Span<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in bytes.indices where lowercased(bytes[index]) != byte(of: word, at: index) { return false }
        return true
    }

    @usableFromInline
    static func byte(of word: StaticString, at index: Int) -> UInt8 {
        // SAFETY: the only caller compared the length of the word with the bytes it walks.
        unsafe word.utf8Start[index]
    }
}

extension BufferBuilder where Element == UInt8 {
    /// Appends ASCII text.
    public mutating func append(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { append(ASCII.byte(of: text, at: index)) }
    }

    /// Appends a number in decimal with at least `width` digits, filled with zeros.
    public mutating func appendDigits(_ number: UInt64, width: Int) {
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        let length = Swift.max(width, digits)
        let start = count
        append(repeating: 0x30, count: length)
        var span = mutableSpan
        var value = number
        var position = start + length
        while value > 0 {
            position -= 1
            span[position] = UInt8(truncatingIfNeeded: 0x30 + value % 10)
            value /= 10
        }
    }
}
