// SPDX-License-Identifier: Apache-2.0

extension Lexer {
    /// Skips blanks and comments; false at the end of the text.
    mutating func skipBlanks() -> Bool {
        while position < bytes.count {
            switch byte() {
            case 0x20, 0x09...0x0D: position += 1
            case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"): lineComment()
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"): blockComment()
            case 0x80...:
                guard let scalar = scalar(), scalar.properties.isWhitespace || scalar == "\u{FEFF}" else { return true }
                position += UTF8.width(scalar)
            default: return true
            }
        }
        return false
    }

    /// To the end of the line; a backslash before the line's end continues it.
    private mutating func lineComment() {
        while position < bytes.count, byte() != 0x0A {
            position += byte() == UInt8(ascii: "\\") && byte(1) == 0x0A ? 2 : 1
        }
        position = min(position, bytes.count)
    }

    /// Block comments nest.
    ///
    /// Hints (`/*+ … */`) are comments too.
    private mutating func blockComment() {
        let start = position
        var depth = 0
        while position < bytes.count {
            if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                depth += 1
                position += 2
            } else if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                position += 1
            }
        }
        position = bytes.count
        mistakes.append(
            Mistake(span: SourceSpan(start, start + 2), message: "the comment that starts here has no closing */"))
    }
}
