// SPDX-License-Identifier: Apache-2.0

/// A path with wildcards: `*` and `?` within a name, `[a-z]`, `{one,other}`, and `**` for any number of directories.
///
/// Hidden names (`_x`, `.x`) match only where the pattern's name begins like them.
struct PathPattern: Sendable {
    /// The directory that no wildcard stands above.
    let root: String
    /// What stands below the root, one list of names for each alternative.
    let alternatives: [[String]]

    /// A pattern; `nil` when the path has no wildcard.
    init?(_ path: String) {
        guard path.contains(where: { "*?[{".contains($0) }) else { return nil }
        let parts = Self.components(of: path)
        let fixed = parts.prefix { part in !part.contains { "*?[{".contains($0) } }
        root = "/" + fixed.joined(separator: "/")
        let rest = parts.dropFirst(fixed.count).joined(separator: "/")
        alternatives = Self.expandingBraces(rest).map { $0.split(separator: "/").map(String.init) }
    }

    /// Splits at slashes that stand outside braces.
    private static func components(of path: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        for character in path {
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if character == "/" && depth <= 0 {
                if !part.isEmpty { parts.append(part) }
                part = ""
            } else {
                part.append(character)
            }
        }
        if !part.isEmpty { parts.append(part) }
        return parts
    }

    private static func expandingBraces(_ text: String) -> [String] {
        guard let open = text.firstIndex(of: "{") else { return [text] }
        var depth = 0
        var choices: [String] = [""]
        var index = text.index(after: open)
        while index < text.endIndex {
            let character = text[index]
            if character == "}" && depth == 0 {
                let (head, tail) = (String(text[..<open]), String(text[text.index(after: index)...]))
                return choices.flatMap { expandingBraces(head + $0 + tail) }
            }
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if character == "," && depth == 0 {
                choices.append("")
            } else {
                choices[choices.count - 1].append(character)
            }
            index = text.index(after: index)
        }
        return [text]
    }

    /// Whether a name matches one part of a pattern.
    static func matches(_ name: some StringProtocol, _ pattern: String) -> Bool {
        if let first = name.first, first == "_" || first == ".", pattern.first != first { return false }
        return matches(Array(name)[...], Array(pattern)[...])
    }

    private static func matches(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        var (text, rest) = (name, pattern)
        // Where to go on when a later part does not match: after the last star, one more character swallowed.
        var retry: (text: ArraySlice<Character>, rest: ArraySlice<Character>)?
        while true {
            if rest.first == "*" {
                rest = rest.drop { $0 == "*" }
                retry = (text, rest)
            } else if let character = text.first, let after = step(character, rest) {
                (text, rest) = (text.dropFirst(), after)
            } else if text.isEmpty && rest.isEmpty {
                return true
            } else if let again = retry, !again.text.isEmpty {
                text = again.text.dropFirst()
                rest = again.rest
                retry = (text, rest)
            } else {
                return false
            }
        }
    }

    /// What is left of the pattern when its first element takes the character.
    private static func step(_ character: Character, _ pattern: ArraySlice<Character>) -> ArraySlice<Character>? {
        guard let first = pattern.first else { return nil }
        let rest = pattern.dropFirst()
        switch first {
        case "?": return rest
        case "[":
            guard let close = rest.dropFirst().firstIndex(of: "]") else { return character == "[" ? rest : nil }
            return isMember(character, of: rest[..<close]) ? rest[(close + 1)...] : nil
        default: return first == character ? rest : nil
        }
    }

    private static func isMember(_ character: Character, of set: ArraySlice<Character>) -> Bool {
        let negated = set.first == "!" || set.first == "^"
        var members = negated ? set.dropFirst() : set
        var found = false
        while let low = members.first {
            members = members.dropFirst()
            if members.first == "-", let high = members.dropFirst().first {
                members = members.dropFirst(2)
                if low <= high && (low...high).contains(character) { found = true }
            } else if low == character {
                found = true
            }
        }
        return found != negated
    }
}
