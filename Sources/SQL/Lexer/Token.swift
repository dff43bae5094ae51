// SPDX-License-Identifier: Apache-2.0

/// The smallest part of a SQL text that has a meaning.
struct Token: Hashable, Sendable {
    /// What a token is.
    enum Kind: Hashable, Sendable {
        /// A keyword or a name without quotes.
        case word
        /// A name in backticks.
        case quotedName
        /// A string; `text` is its value.
        case string
        /// A number with its suffix; `text` is as written.
        case number
        /// An operator or a mark.
        case symbol
        /// The end of the text.
        case end
    }

    /// What it is.
    let kind: Kind
    /// Where it stands.
    let span: SourceSpan
    /// What it says: the name or value without quotes and escapes, else the characters.
    let text: String
    /// Words in upper case, to compare with keywords; empty for others.
    let keyword: String

    init(_ kind: Kind, _ span: SourceSpan, _ text: String) {
        self.kind = kind
        self.span = span
        self.text = text
        keyword = kind == .word ? text.uppercased() : ""
    }

    /// How a message names it.
    var described: String {
        switch kind {
        case .end: "the end of the text"
        case .string: "the string '\(text.prefix(24))\(text.count > 24 ? "…" : "")'"
        case .number: "the number \(text)"
        case .word, .symbol: "'\(text)'"
        case .quotedName: "`\(text)`"
        }
    }
}
