// SPDX-License-Identifier: Apache-2.0
public import Failures

extension JSONValue {
    /// Parses one strict JSON document (RFC 8259). Nesting is bounded by 512. O(bytes).
    ///
    /// - Throws: `malformedRecord` with the line and column of the first mistake.
    public init(parsing text: String) throws(PipelineError) {
        self = try JSONValue(parsing: Array(text.utf8))
    }

    /// Parses one strict JSON document in UTF-8.
    public init(parsing bytes: [UInt8]) throws(PipelineError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }
}

/// A line and column, both from 1; the column counts characters.
public struct TextPosition: Hashable, Sendable {
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// The position of a byte offset in a text.
    public init(of offset: Int, in bytes: [UInt8]) {
        var (line, column) = (1, 1)
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}

/// Recursive descent over UTF-8 bytes.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private static let maxDepth = 512

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(PipelineError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try self.value()
        skipBlanks()
        guard position == bytes.count else { throw failure("unexpected text after the end of the JSON value") }
        return value
    }

    private func failure(_ what: String) -> PipelineError {
        let place = TextPosition(of: position, in: bytes)
        return PipelineError(
            .malformedRecord, what, at: [.init("line", "\(place.line)"), .init("column", "\(place.column)")])
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func value() throws(PipelineError) -> JSONValue {
        skipBlanks()
        let start = position
        guard let first = next else { throw failure("the JSON text ends where a value is expected") }
        switch first {
        case UInt8(ascii: "{"): return JSONValue(.object(try members()), offset: start)
        case UInt8(ascii: "["): return JSONValue(.array(try elements()), offset: start)
        case UInt8(ascii: "\""): return JSONValue(.string(try string()), offset: start)
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return JSONValue(.number(try number()), offset: start)
        default: throw failure("a JSON value is expected here")
        }
    }

    private mutating func word(_ word: String, _ kind: JSONValue.Kind) throws(PipelineError) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw failure("a JSON value is expected here") }
        defer { position += word.utf8.count }
        return JSONValue(kind, offset: position)
    }

    private mutating func enter() throws(PipelineError) {
        depth += 1
        position += 1
        guard depth <= Self.maxDepth else { throw failure("JSON nested deeper than \(Self.maxDepth) levels") }
        skipBlanks()
    }

    /// After an element: true for a comma, false for the closing bracket.
    private mutating func goesOn(until close: UInt8) throws(PipelineError) -> Bool {
        skipBlanks()
        guard let byte = next, byte == close || byte == UInt8(ascii: ",") else {
            throw failure("',' or '\(Character(UnicodeScalar(close)))' is expected here")
        }
        position += 1
        if byte == close { depth -= 1 }
        return byte != close
    }

    private mutating func members() throws(PipelineError) -> [JSONValue.Member] {
        try enter()
        var members: [JSONValue.Member] = []
        if next == UInt8(ascii: "}") {
            (position, depth) = (position + 1, depth - 1)
            return members
        }
        repeat {
            skipBlanks()
            let nameOffset = position
            guard next == UInt8(ascii: "\"") else { throw failure("a member name in double quotes is expected here") }
            let name = try string()
            skipBlanks()
            guard next == UInt8(ascii: ":") else { throw failure("':' is expected after the member name") }
            position += 1
            members.append(.init(name, try value(), nameOffset: nameOffset))
        } while try goesOn(until: UInt8(ascii: "}"))
        return members
    }

    private mutating func elements() throws(PipelineError) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        if next == UInt8(ascii: "]") {
            (position, depth) = (position + 1, depth - 1)
            return elements
        }
        repeat { elements.append(try value()) } while try goesOn(until: UInt8(ascii: "]"))
        return elements
    }

    private mutating func number() throws(PipelineError) -> String {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(PipelineError) {
        let start = position
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        guard position > start else { throw failure("a digit is expected here") }
    }

    private mutating func string() throws(PipelineError) -> String {
        position += 1
        var text: [UInt8] = []
        while true {
            let start = position
            while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
                position += 1
            }
            text.append(contentsOf: bytes[start..<position])
            guard let byte = next else { throw failure("a string that starts earlier is not closed") }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let valid = String(validating: text, as: UTF8.self) else {
                    throw failure("a string is not valid UTF-8")
                }
                return valid
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            default: throw failure("a control character in a string must be escaped")
            }
        }
    }

    private mutating func escape() throws(PipelineError) -> [UInt8] {
        position += 1
        guard let byte = next else { throw failure("a string that starts earlier is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
        default: throw failure("'\\\(Character(UnicodeScalar(byte)))' is no JSON escape")
        }
    }

    private mutating func unicodeEscape() throws(PipelineError) -> UnicodeScalar {
        var code = try hexDigits()
        if code >= 0xD800 && code < 0xDC00 && bytes[position...].starts(with: "\\u".utf8) {
            position += 2
            let low = try hexDigits()
            guard low >= 0xDC00 && low < 0xE000 else { throw failure("an unpaired surrogate in a string") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = UnicodeScalar(code) else { throw failure("an unpaired surrogate in a string") }
        return scalar
    }

    private mutating func hexDigits() throws(PipelineError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("four hexadecimal digits are expected after '\\u'") }
        position += 4
        return code
    }
}
