// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Where the parts of a URI stand in it, by RFC 3986 appendix B; characters that no URI may have make it none.
struct ParsedURL {
    private let scheme, authority, userInfo, host, path, query, fragment: Range<Int>?

    /// The parts of a text; `nil` when it is no URI.
    init?(_ text: Span<UInt8>) {
        for index in text.indices {
            switch text[index] {
            case 0x00...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"),
                UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
                return nil
            case UInt8(ascii: "%"):
                guard index + 2 < text.count, Self.isHexadecimal(text[index + 1]), Self.isHexadecimal(text[index + 2])
                else { return nil }
            default: continue
            }
        }
        func first(_ characters: StaticString, _ range: Range<Int>) -> Int? {
            range.first { index in Self.contains(characters, text[index]) }
        }
        var end = text.count
        var fragment: Range<Int>?
        if let mark = first("#", 0..<end) {
            fragment = (mark + 1)..<end
            end = mark
        }
        self.fragment = fragment
        var start = 0
        var scheme: Range<Int>?
        if let colon = first(":/?", 0..<end), text[colon] == UInt8(ascii: ":") {
            if colon == 0 || !Self.isLetter(text[0]) { return nil }
            scheme = 0..<colon
            start = colon + 1
            if start == end { return nil }
        }
        self.scheme = scheme
        let isOpaque = scheme != nil && text[start] != UInt8(ascii: "/")
        var query: Range<Int>?
        if let mark = first("?", start..<end) {
            query = (mark + 1)..<end
            end = mark
        }
        self.query = query
        var (authority, userInfo, host): (Range<Int>?, Range<Int>?, Range<Int>?)
        if end - start >= 2, text[start] == UInt8(ascii: "/"), text[start + 1] == UInt8(ascii: "/") {
            let slash = first("/", (start + 2)..<end) ?? end
            if slash > start + 2 {
                authority = (start + 2)..<slash
                var hostStart = start + 2
                if let at = ((start + 2)..<slash).last(where: { text[$0] == UInt8(ascii: "@") }) {
                    userInfo = (start + 2)..<at
                    hostStart = at + 1
                }
                let hostEnd =
                    text.count > hostStart && hostStart < slash && text[hostStart] == UInt8(ascii: "[")
                    ? (first("]", hostStart..<slash).map { $0 + 1 } ?? slash) : (first(":", hostStart..<slash) ?? slash)
                if hostEnd > hostStart, Self.isHost(text.extracting(hostStart..<hostEnd)) {
                    host = hostStart..<hostEnd
                } else {
                    userInfo = nil
                }
            }
            start = slash
        }
        (self.authority, self.userInfo, self.host) = (authority, userInfo, host)
        if (start..<end).contains(where: { Self.contains("[]", text[$0]) }) { return nil }
        path = isOpaque ? nil : start..<end
    }

    /// Whether a name may be a server's: letters, digits, `-` and `.`, or an address in brackets.
    private static func isHost(_ name: Span<UInt8>) -> Bool {
        if name[0] == UInt8(ascii: "[") { return name[name.count - 1] == UInt8(ascii: "]") }
        for index in name.indices {
            let byte = name[index]
            if !isLetter(byte) && !ASCII.isDigit(byte) && byte != UInt8(ascii: "-") && byte != UInt8(ascii: ".") {
                return false
            }
        }
        return true
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
    }

    private static func contains(_ characters: StaticString, _ byte: UInt8) -> Bool {
        characters.description.utf8.contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }

    /// Where a part stands; `nil` when the URI has none, or the name is no part's.
    func range(of part: Span<UInt8>) -> Range<Int>? {
        switch part.text {
        case "HOST": return host
        case "PATH": return path
        case "QUERY": return query
        case "REF": return fragment
        case "PROTOCOL": return scheme
        case "FILE":
            guard let path else { return nil }
            return path.lowerBound..<(query?.upperBound ?? path.upperBound)
        case "AUTHORITY": return authority
        case "USERINFO": return userInfo
        default: return nil
        }
    }

    /// Where the value of a key of the query stands.
    func value(of key: Span<UInt8>, in text: Span<UInt8>) -> Range<Int>? {
        guard let query else { return nil }
        var start = query.lowerBound
        while start < query.upperBound {
            let end = (start..<query.upperBound).first { text[$0] == UInt8(ascii: "&") } ?? query.upperBound
            let isKey = text.extracting(start..<end).starts(with: key)
            if isKey, start + key.count < end, text[start + key.count] == UInt8(ascii: "=") {
                return (start + key.count + 1)..<end
            }
            start = end + 1
        }
        return nil
    }
}
