// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A format of `to_number` and `to_char`: `[MI|S] [$] [0|9|G|,]… [.|D] [0|9]… [PR|MI|S]`.
///
/// `0` and `9` stand for digits; a run that begins with `0` before the point has exactly as many digits, another at most as many.
/// `.` and `D` are the point, `,` and `G` stand between digits, `$` for itself, `S` for an optional sign, `MI` for an optional
/// minus, and `PR` for angle brackets round a negative number.
struct NumberPattern: Sendable {
    /// A sign before or behind the digits.
    enum Sign: Sendable { case none, minus, any }

    /// A run of digits between separators.
    struct Run: Sendable {
        var digits: Int
        /// Whether a number has all of them.
        var isExact: Bool
    }

    private(set) var leading = Sign.none
    private(set) var trailing = Sign.none
    private(set) var hasBrackets = false
    private(set) var hasDollar = false
    private(set) var hasPoint = false
    /// The runs before the point; a separator stands between each two.
    private(set) var whole: [Run] = []
    /// How many digits stand behind the point.
    private(set) var scale = 0

    /// How many digits stand before the point.
    var wholeDigits: Int { whole.reduce(0) { $0 + $1.digits } }

    /// The type of the numbers that it reads.
    var type: DataType { .decimal(precision: wholeDigits + scale, scale: scale) }

    /// What a format is, for messages.
    static let expected = "a format of 0 or 9, G, D, S, MI, PR and $, such as '$999,990.99S'"

    /// The format that a text says; `nil` when it is none, or has no digits or more than 38.
    init?(_ text: String) {
        var rest = text[...]
        if rest.hasSuffix("PR") { (hasBrackets, rest) = (true, rest.dropLast(2)) }
        leading = Self.takeSign(&rest)
        hasDollar = rest.first == "$"
        if hasDollar { rest = rest.dropFirst() }
        guard takeWhole(&rest) else { return nil }
        if rest.first == "." || rest.first == "D" {
            hasPoint = true
            rest = rest.dropFirst()
            scale = Self.takeDigits(&rest)
        }
        if !hasBrackets { trailing = Self.takeSign(&rest) }
        let isTwice = leading != .none && leading == trailing
        guard rest.isEmpty, !isTwice, 1...38 ~= wholeDigits + scale else { return nil }
    }

    private static func takeSign(_ rest: inout Substring) -> Sign {
        if rest.first == "S" {
            rest = rest.dropFirst()
            return .any
        }
        guard rest.hasPrefix("MI") else { return .none }
        rest = rest.dropFirst(2)
        return .minus
    }

    private static func takeDigits(_ rest: inout Substring) -> Int {
        let digits = rest.prefix { $0 == "0" || $0 == "9" }
        rest = rest.dropFirst(digits.count)
        return digits.count
    }

    /// Runs with one separator between each two; `false` when one stands elsewhere.
    private mutating func takeWhole(_ rest: inout Substring) -> Bool {
        guard rest.first == "0" || rest.first == "9" else { return separator(rest) == nil }
        while true {
            let isExact = rest.first == "0"
            let digits = Self.takeDigits(&rest)
            guard digits > 0 else { return false }
            whole.append(Run(digits: digits, isExact: isExact))
            guard separator(rest) != nil else { return true }
            rest = rest.dropFirst()
        }
    }

    /// The separator that comes first.
    private func separator(_ rest: Substring) -> Character? {
        rest.first == "G" || rest.first == "," ? rest.first : nil
    }
}

// MARK: Reading

extension NumberPattern {
    /// The digits of a text that has this format, as an integer of `scale` places; `nil` when it has another.
    ///
    /// Blanks among digits do not count, and digits behind the point may be left out, with the point.
    func number(in text: Span<UInt8>) -> Int128? {
        var position = 0
        let opens = hasBrackets && take(UInt8(ascii: "<"), text, &position)
        var isNegative = takeSign(leading, text, &position)
        if hasDollar, position < text.count, !take(UInt8(ascii: "$"), text, &position) { return nil }
        var (unscaled, count) = (Int128(0), 0)
        if !whole.isEmpty {
            guard readWhole(text, &position, &unscaled, &count) else { return nil }
        }
        if hasPoint {
            let hasOne = take(UInt8(ascii: "."), text, &position)
            let before = count
            guard readFraction(text, &position, &unscaled, &count), hasOne || count == before else { return nil }
            for _ in (count - before)..<scale { unscaled *= 10 }
        }
        if takeSign(trailing, text, &position) { isNegative.toggle() }
        if hasBrackets, opens != take(UInt8(ascii: ">"), text, &position) { return nil }
        guard position == text.count, count > 0 else { return nil }
        return isNegative != opens ? -unscaled : unscaled
    }

    private func take(_ byte: UInt8, _ text: Span<UInt8>, _ position: inout Int) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    /// Whether the number is negative by its sign.
    private func takeSign(_ sign: Sign, _ text: Span<UInt8>, _ position: inout Int) -> Bool {
        if sign == .any, take(UInt8(ascii: "+"), text, &position) { return false }
        return sign != .none && take(UInt8(ascii: "-"), text, &position)
    }

    /// Runs of digits, the last of which is the last of the format: runs at the start may be missing unless they are exact.
    private func readWhole(
        _ text: Span<UInt8>, _ position: inout Int, _ unscaled: inout Int128, _ count: inout Int
    ) -> Bool {
        var end = position
        var runs = 1
        while end < text.count, isPartOfDigits(text[end]) {
            if text[end] == UInt8(ascii: ",") { runs += 1 }
            end += 1
        }
        guard runs <= whole.count else { return false }
        for missing in whole.dropLast(runs) where missing.isExact { return false }
        for run in whole.suffix(runs) {
            var digits = 0
            while position < end, text[position] != UInt8(ascii: ",") {
                if ASCII.isDigit(text[position]) {
                    digits += 1
                    // A digit too many ends the run before it can overflow.
                    guard digits <= run.digits else { return false }
                    unscaled = unscaled * 10 + Int128(text[position] - 0x30)
                }
                position += 1
            }
            if run.isExact && digits < run.digits { return false }
            count += digits
            if position < end { position += 1 }
        }
        return true
    }

    private func readFraction(
        _ text: Span<UInt8>, _ position: inout Int, _ unscaled: inout Int128, _ count: inout Int
    ) -> Bool {
        var digits = 0
        while position < text.count, isPartOfDigits(text[position]), text[position] != UInt8(ascii: ",") {
            if ASCII.isDigit(text[position]) {
                digits += 1
                guard digits <= scale else { return false }
                unscaled = unscaled * 10 + Int128(text[position] - 0x30)
            }
            position += 1
        }
        count += digits
        return true
    }

    private func isPartOfDigits(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || byte == UInt8(ascii: ",") || byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
