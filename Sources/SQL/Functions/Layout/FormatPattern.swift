// SPDX-License-Identifier: Apache-2.0

/// A format of `format_string` in Java's notation: `%[n$][-0+ ,(][width][.precision]conversion`.
struct FormatPattern: Sendable {
    /// How a value is written.
    enum Kind: Character {
        case integer = "d"
        case hexadecimal = "x"
        case octal = "o"
        case fixed = "f"
        case scientific = "e"
        case text = "s"
        case truth = "b"
        case character = "c"
    }

    /// The place of a value.
    struct Place: Sendable {
        /// Which value, from 0.
        var argument: Int
        var kind = Kind.text
        var isUpperCase = false
        var flags: Set<Character> = []
        var width = 0
        var precision: Int?
    }

    /// What stands between two places, and the place behind it.
    struct Piece: Sendable {
        var text: String
        var place: Place?
    }

    private(set) var pieces: [Piece] = []

    /// Why a text is no format: an end of the sentence "takes … here".
    struct Mistake: Error { var expected: String }

    /// The format of a text.
    init(_ format: String) throws(Mistake) {
        var rest = format[...]
        var next = 0
        var text = ""
        while let index = rest.firstIndex(of: "%") {
            text += rest[..<index]
            rest = rest[rest.index(after: index)...]
            switch rest.first {
            case "%", "n":
                text += rest.first == "n" ? "\n" : "%"
                rest = rest.dropFirst()
            default:
                pieces.append(Piece(text: text, place: try Self.place(&rest, &next)))
                text = ""
            }
        }
        pieces.append(Piece(text: text + rest, place: nil))
    }

    private static func place(_ rest: inout Substring, _ next: inout Int) throws(Mistake) -> Place {
        var place = Place(argument: -1)
        let digits = rest.prefix(while: \.isWholeNumber)
        if let number = Int(digits), number > 0, rest.dropFirst(digits.count).first == "$" {
            place.argument = number - 1
            rest = rest.dropFirst(digits.count + 1)
        }
        while let flag = rest.first, "-0+ ,(".contains(flag) {
            place.flags.insert(flag)
            rest = rest.dropFirst()
        }
        place.width = number(&rest) ?? 0
        if rest.first == "." {
            rest = rest.dropFirst()
            guard let precision = number(&rest) else { throw Mistake(expected: "a format with digits behind '%.'") }
            place.precision = precision
        }
        guard let letter = rest.first, let kind = Kind(rawValue: Character(letter.lowercased())),
            letter.isLowercase || [.hexadecimal, .scientific, .truth].contains(kind)
        else {
            throw Mistake(expected: "a format of %d, %x, %o, %f, %e, %s, %b, %c, %n and %%, not '%\(rest.prefix(1))'")
        }
        (place.kind, place.isUpperCase) = (kind, letter.isUppercase)
        rest = rest.dropFirst()
        if place.argument < 0 { (place.argument, next) = (next, next + 1) }
        try check(place)
        return place
    }

    private static func number(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix(while: \.isWholeNumber).prefix(9)
        rest = rest.dropFirst(digits.count)
        return Int(digits)
    }

    /// Refuses what Java refuses: flags that a conversion has no use for, or that contradict each other.
    private static func check(_ place: Place) throws(Mistake) {
        let allowed: Set<Character> =
            switch place.kind {
            case .integer, .fixed: ["-", "0", "+", " ", ",", "("]
            case .scientific: ["-", "0", "+", " ", "("]
            case .hexadecimal, .octal: ["-", "0"]
            case .text, .truth, .character: ["-"]
            }
        let letter = place.kind.rawValue
        if let flag = place.flags.subtracting(allowed).min() {
            throw Mistake(expected: "a format without '\(flag)' in %\(letter)")
        }
        for pair in [["-", "0"], ["+", " "]] as [Set<Character>] where place.flags.isSuperset(of: pair) {
            throw Mistake(
                expected: "a format without both '\(pair.min() ?? " ")' and '\(pair.max() ?? " ")' in %\(letter)")
        }
        if !place.flags.isDisjoint(with: ["-", "0"]), place.width == 0 {
            throw Mistake(expected: "a format with a width behind '%-' and '%0'")
        }
        let hasPrecision: Set<Kind> = [.fixed, .scientific, .text, .truth]
        if place.precision != nil, !hasPrecision.contains(place.kind) {
            throw Mistake(expected: "a format without a precision in %\(letter)")
        }
    }
}
