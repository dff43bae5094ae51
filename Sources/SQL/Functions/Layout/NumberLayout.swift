// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Lays decimal numbers out by a format, in memory kept from row to row.
///
/// Digits that a number lacks are zeros in a run that begins with `0` and behind the point, blanks elsewhere; a sign stands right
/// beside the digits. A number that has more digits than the format gives `#` for every digit.
struct NumberLayout: ~Copyable {
    private let pattern: NumberPattern
    /// The digits before the point from the first on, blanks before them, and those behind it.
    private var digits = BufferBuilder<UInt8>()
    private var line = BufferBuilder<UInt8>()

    init(_ pattern: NumberPattern) { self.pattern = pattern }

    /// Appends a number of `scale` places.
    mutating func write(_ unscaled: Int128, scale: Int, _ out: inout TextSink) {
        spread(unscaled.magnitude, scale)
        line.removeAll()
        let isNegative = unscaled < 0
        if pattern.hasBrackets, isNegative { line.append(UInt8(ascii: "<")) }
        writeLeading(isNegative)
        if pattern.hasDollar { line.append(UInt8(ascii: "$")) }
        writeWhole()
        if pattern.hasPoint {
            // A number below 1 has a zero before its point, where the format has a digit.
            let last = line.count - 1
            if last >= 0, line[last] == Self.blank { line[last] = UInt8(ascii: "0") }
            line.append(UInt8(ascii: "."))
            for place in 0..<pattern.scale { line.append(digits[pattern.wholeDigits + place]) }
            // A point without digits behind it is none.
            if pattern.scale == 0 { line[line.count - 1] = Self.blank }
        }
        writeTrailing(isNegative)
        out.append(line.span)
    }

    private static let blank = UInt8(ascii: " ")

    /// Fills `digits`: the number's where they fit, else `#`.
    private mutating func spread(_ magnitude: UInt128, _ scale: Int) {
        let (places, count) = (pattern.scale, pattern.wholeDigits)
        digits.removeAll()
        digits.append(repeating: Self.blank, count: count)
        digits.append(repeating: UInt8(ascii: "0"), count: places)
        var rest = magnitude
        var isWhole = true
        var all = digits.mutableSpan
        for place in stride(from: scale - 1, through: 0, by: -1) {
            let digit = UInt8(rest % 10)
            rest /= 10
            if place < places { all[count + place] = 0x30 + digit } else if digit != 0 { isWhole = false }
        }
        var position = count - 1
        while rest > 0, position >= 0 {
            all[position] = 0x30 + UInt8(rest % 10)
            rest /= 10
            position -= 1
        }
        guard !isWhole || rest > 0 else { return }
        for index in all.indices { all[index] = UInt8(ascii: "#") }
    }

    private mutating func writeLeading(_ isNegative: Bool) {
        switch pattern.leading {
        case .none: break
        case .minus: line.append(isNegative ? UInt8(ascii: "-") : Self.blank)
        case .any: line.append(isNegative ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        }
    }

    private mutating func writeWhole() {
        var index = 0
        for (number, run) in pattern.whole.enumerated() {
            if number > 0 {
                if line.count > 0, ASCII.isDigit(line[line.count - 1]) {
                    line.append(UInt8(ascii: ","))
                } else {
                    appendBlank()
                }
            }
            for _ in 0..<run.digits {
                let digit = digits[index]
                if digit != Self.blank {
                    line.append(digit)
                } else if run.isExact {
                    line.append(UInt8(ascii: "0"))
                } else {
                    appendBlank()
                }
                index += 1
            }
        }
    }

    /// Appends a blank before a sign or bracket that is last, so that it stays beside the digits.
    private mutating func appendBlank() {
        line.append(Self.blank)
        var index = line.count - 1
        while index > 0, Self.isMark(line[index - 1]) {
            line[index] = line[index - 1]
            line[index - 1] = Self.blank
            index -= 1
        }
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "<")
    }

    private mutating func writeTrailing(_ isNegative: Bool) {
        switch pattern.trailing {
        case .none: break
        case .minus: isNegative ? appendMark(UInt8(ascii: "-")) : line.append(Self.blank)
        case .any: appendMark(isNegative ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        }
        guard pattern.hasBrackets else { return }
        if isNegative { appendMark(UInt8(ascii: ">")) } else { line.append(repeating: Self.blank, count: 2) }
    }

    /// Appends a mark before blanks that are last.
    private mutating func appendMark(_ mark: UInt8) {
        var index = line.count
        while index > 0, line[index - 1] == Self.blank { index -= 1 }
        line.append(Self.blank)
        line[index] = mark
    }
}
