// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Turns Java's regular expression syntax, which Spark documents, into RE2's; what RE2 cannot do is refused by name.
enum RegularExpressionSyntax {
    /// The pattern in RE2's syntax.
    static func translated(_ pattern: String) throws(RegularExpression.Mistake) -> String {
        var translation = Translation(Array(pattern.unicodeScalars))
        return try translation.run()
    }

    private struct Translation {
        private let source: [Unicode.Scalar]
        private var position = 0
        private var output = String.UnicodeScalarView()
        private var inClass = false
        private var followsQuantifier = false

        init(_ source: [Unicode.Scalar]) { self.source = source }

        mutating func run() throws(RegularExpression.Mistake) -> String {
            while position < source.count {
                let scalar = source[position]
                if scalar == "\\" {
                    try escape()
                } else if inClass {
                    try insideClass(scalar)
                } else {
                    try outsideClass(scalar)
                }
            }
            return String(output)
        }

        private func refusal(_ name: String) -> RegularExpression.Mistake {
            RegularExpression.Mistake(message: "\(name) (at character \(position + 1)) is not supported")
        }

        private func starts(with text: String) -> Bool {
            source[position...].starts(with: text.unicodeScalars)
        }

        private mutating func copy(_ count: Int = 1) {
            output.append(contentsOf: source[position..<min(position + count, source.count)])
            position += count
        }

        private mutating func outsideClass(_ scalar: Unicode.Scalar) throws(RegularExpression.Mistake) {
            switch scalar {
            case "(": try group()
            case "[":
                inClass = true
                followsQuantifier = false
                copy()
                if position < source.count, source[position] == "^" { copy() }
                if position < source.count, source[position] == "]" {
                    output.append("\\")
                    copy()
                }
            case "*", "?", "+":
                if followsQuantifier && scalar == "+" { throw refusal("a possessive quantifier") }
                followsQuantifier = !followsQuantifier
                copy()
            case "}":
                followsQuantifier = true
                copy()
            default:
                followsQuantifier = false
                copy()
            }
        }

        private mutating func group() throws(RegularExpression.Mistake) {
            followsQuantifier = false
            if starts(with: "(?=") || starts(with: "(?!") { throw refusal("a look-ahead") }
            if starts(with: "(?<=") || starts(with: "(?<!") { throw refusal("a look-behind") }
            if starts(with: "(?>") { throw refusal("an atomic group") }
            if starts(with: "(?<") {
                output.append(contentsOf: "(?P<".unicodeScalars)
                position += 3
            } else {
                copy()
                if position < source.count, source[position] == "?" { copy() }
            }
        }

        private mutating func insideClass(_ scalar: Unicode.Scalar) throws(RegularExpression.Mistake) {
            if scalar == "[" && !starts(with: "[:") { throw refusal("a character class inside another") }
            if starts(with: "&&") { throw refusal("an intersection of character classes") }
            if starts(with: "[:"), let end = source[position...].firstIndex(of: "]") {
                copy(end - position + 1)
                return
            }
            if scalar == "]" { inClass = false }
            copy()
        }

        private mutating func escape() throws(RegularExpression.Mistake) {
            followsQuantifier = false
            guard position + 1 < source.count else {
                throw RegularExpression.Mistake(message: "the pattern ends with a backslash")
            }
            let next = source[position + 1]
            switch next {
            case "1"..."9", "k": throw refusal("a back-reference")
            case "G": throw refusal("\\G")
            case "R", "X": throw refusal("\\\(next)")
            case "Z":
                output.append(contentsOf: "(?:\\n?\\z)".unicodeScalars)
                position += 2
            case "h":
                output.append(contentsOf: (inClass ? " \\t\\x{A0}" : "[ \\t\\x{A0}]").unicodeScalars)
                position += 2
            case "e":
                output.append(contentsOf: "\\x1b".unicodeScalars)
                position += 2
            case "u":
                output.append(contentsOf: "\\x{".unicodeScalars)
                output.append(contentsOf: source[min(position + 2, source.count)..<min(position + 6, source.count)])
                output.append("}")
                position += 6
            case "p", "P": property(next)
            case "Q":
                position += 2
                while position < source.count && !starts(with: "\\E") {
                    if !isWord(source[position]) { output.append("\\") }
                    copy()
                }
                position += 2
            default:
                if next.value >= 0x80 { position += 1 } else { output.append("\\") }
                if next.value < 0x80 { position += 1 }
                copy()
            }
        }

        private func isWord(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value >= 0x80 || scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar)
        }

        /// `\p{Alpha}` and its like become POSIX classes; scripts and categories lose Java's prefixes.
        private mutating func property(_ kind: Unicode.Scalar) {
            guard position + 2 < source.count, source[position + 2] == "{",
                let end = source[position...].firstIndex(of: "}")
            else {
                copy(2)
                return
            }
            var name = String(String.UnicodeScalarView(source[(position + 3)..<end]))
            let posix = [
                "Alpha", "Digit", "Alnum", "Upper", "Lower", "Punct", "Graph", "Print", "Blank", "Cntrl", "XDigit",
                "Space",
                "ASCII",
            ]
            if posix.contains(name) {
                let inner = "[:\(kind == "P" ? "^" : "")\(name.lowercased()):]"
                output.append(contentsOf: (inClass ? inner : "[\(inner)]").unicodeScalars)
            } else {
                if name == "IsAlphabetic" { name = "L" }
                if name.hasPrefix("Is") || name.hasPrefix("In") { name.removeFirst(2) }
                output.append(contentsOf: "\\\(kind){\(name)}".unicodeScalars)
            }
            position = end + 1
        }
    }
}
