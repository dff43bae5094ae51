// SPDX-License-Identifier: Apache-2.0

/// Cuts a SQL text into tokens, by the lexical rules of Spark SQL.
///
/// Never fails: mistakes are listed and skipped.
struct Lexer {
    /// The longest text that is read, in bytes.
    static let maximumBytes = 1 << 20

    /// A mistake with its place.
    struct Mistake {
        let span: SourceSpan
        let message: String
        var hint = ""
    }

    let bytes: [UInt8]
    var position = 0
    private(set) var tokens: [Token] = []
    var mistakes: [Mistake] = []

    /// Cuts `text` whole.
    init(_ text: String) {
        let utf8 = text.utf8
        if utf8.count > Self.maximumBytes {
            bytes = []
            mistakes.append(
                Mistake(
                    span: SourceSpan(0, 0),
                    message: "the SQL text has \(utf8.count) bytes, more than \(Self.maximumBytes)"))
        } else {
            bytes = Array(utf8)
        }
        while skipBlanks() { next() }
        tokens.append(Token(.end, SourceSpan(bytes.count, bytes.count), ""))
    }

    /// The byte at a distance from the position; 0 beyond the end.
    func byte(_ ahead: Int = 0) -> UInt8 {
        position + ahead < bytes.count ? bytes[position + ahead] : 0
    }

    mutating func add(_ kind: Token.Kind, from start: Int, _ text: String) {
        tokens.append(Token(kind, SourceSpan(start, position), text))
    }

    func slice(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

    private mutating func next() {
        switch byte() {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): string(raw: false)
        case UInt8(ascii: "`"): quotedName()
        case UInt8(ascii: "r"), UInt8(ascii: "R"):
            if byte(1) == UInt8(ascii: "'") || byte(1) == UInt8(ascii: "\"") { string(raw: true) } else { word() }
        case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
        case UInt8(ascii: ".") where Self.isDigit(byte(1)) && !endsWithName: number()
        case let byte where Self.isWordByte(byte): word()
        case 0x80...: foreignCharacter()
        default: symbol()
        }
    }

    /// Whether the token just before, without a blank between, is one that `.field` can follow.
    private var endsWithName: Bool {
        guard let last = tokens.last, last.span.end == position else { return false }
        switch last.kind {
        case .word, .quotedName: return true
        case .symbol: return last.text == ")" || last.text == "]"
        default: return false
        }
    }

    private mutating func word() {
        let start = position
        while true {
            if Self.isWordByte(byte()) {
                position += 1
            } else if let scalar = scalar(), scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                position += UTF8.width(scalar)
            } else {
                break
            }
        }
        add(.word, from: start, slice(start, position))
    }

    private mutating func foreignCharacter() {
        guard let scalar = scalar() else {
            position += 1
            return
        }
        if scalar.properties.isAlphabetic { return word() }
        let start = position
        position += UTF8.width(scalar)
        let quote = "‘’“”′".unicodeScalars.contains(scalar)
        mistakes.append(
            Mistake(
                span: SourceSpan(start, position), message: "unexpected character '\(scalar)'",
                hint: quote ? "Use ' around strings and ` around names" : ""))
    }

    /// The scalar at the position when it is not ASCII.
    func scalar() -> Unicode.Scalar? {
        guard byte() >= 0x80 else { return nil }
        return slice(position, min(position + 4, bytes.count)).unicodeScalars.first
    }

    private mutating func quotedName() {
        let start = position
        var name: [UInt8] = []
        position += 1
        while position < bytes.count {
            if byte() == UInt8(ascii: "`") {
                if byte(1) != UInt8(ascii: "`") {
                    position += 1
                    add(.quotedName, from: start, String(decoding: name, as: UTF8.self))
                    return
                }
                position += 1
            }
            name.append(byte())
            position += 1
        }
        mistakes.append(
            Mistake(span: SourceSpan(start, start + 1), message: "the name that starts here has no closing `"))
        add(.quotedName, from: start, String(decoding: name, as: UTF8.self))
    }

    /// The symbols by their first byte, the longest first.
    private static let symbols = Dictionary(
        grouping: [
            "<=>", ">>>", "<=", ">=", "<>", "!=", "!<", "!>", "==", "||", "::", "->", "=>", "<<", ">>", "|>", "=", "<",
            ">", "!", "+", "-", "*", "/", "%", "&", "|", "^", "~", "(", ")", "[", "]", ",", ".", ";", ":", "?", "{",
            "}",
            "@", "$",
        ].map { Array($0.utf8) }, by: { $0[0] })

    private mutating func symbol() {
        let start = position
        for symbol in Self.symbols[byte()] ?? [] where symbol.indices.allSatisfy({ byte($0) == symbol[$0] }) {
            position += symbol.count
            add(.symbol, from: start, slice(start, position))
            return
        }
        position += 1
        mistakes.append(
            Mistake(span: SourceSpan(start, position), message: "unexpected character '\(slice(start, position))'"))
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_")
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }
}
