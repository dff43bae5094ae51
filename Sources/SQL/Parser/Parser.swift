// SPDX-License-Identifier: Apache-2.0
import Failures

/// Reads Spark SQL into a syntax tree by recursive descent.
///
/// Mistakes are collected; reading goes on behind them
/// where a list or clause gives a place to go on.
///
/// Nesting is bounded, so that no text can exhaust the stack.
///
struct Parser {
    /// How deep expressions, queries and types may nest.
    static let maximumDepth = 96

    let bytes: [UInt8]
    let tokens: [Token]
    var index = 0
    var depth = 0
    /// How many UNION, EXCEPT and INTERSECT have been read.
    var setOperations = 0
    /// How many joins have been read.
    var joins = 0
    /// How many of the `>` of the current token have been read.
    var closedAngles = 0
    private(set) var errors: [SQLError] = []

    init(_ text: String) {
        let lexer = Lexer(text)
        bytes = lexer.bytes
        tokens = lexer.tokens
        for mistake in lexer.mistakes {
            report(SyntaxFailure(span: mistake.span, message: mistake.message, hint: mistake.hint))
        }
    }

    // MARK: Looking

    /// The token to be read next.
    var current: Token { tokens[index] }

    /// The token `ahead` places on; the end stays the end.
    func peek(_ ahead: Int = 1) -> Token { tokens[min(index + ahead, tokens.count - 1)] }

    /// Whether the next tokens are these keywords.
    func at(_ keywords: String...) -> Bool {
        keywords.indices.allSatisfy { peek($0).keyword == keywords[$0] }
    }

    /// Whether the next token is one of these keywords.
    func atAny(_ keywords: Set<String>) -> Bool { current.kind == .word && keywords.contains(current.keyword) }

    /// Whether the next token is this symbol.
    func at(symbol: String) -> Bool { current.kind == .symbol && current.text == symbol }

    /// Whether the token `ahead` places on is this symbol.
    func peek(_ ahead: Int, is symbol: String) -> Bool { peek(ahead).kind == .symbol && peek(ahead).text == symbol }

    /// From the start of a token read before to the end of the last one read.
    func span(from start: SourceSpan) -> SourceSpan {
        SourceSpan(start.start, max(start.end, index > 0 ? tokens[index - 1].span.end : 0))
    }

    /// The text of a span.
    func text(_ span: SourceSpan) -> String { String(decoding: bytes[span.start..<span.end], as: UTF8.self) }

    // MARK: Reading

    @discardableResult
    mutating func advance() -> Token {
        let token = current
        if token.kind != .end { index += 1 }
        return token
    }

    /// Reads these keywords if they come next.
    mutating func take(_ keywords: String...) -> Bool {
        guard keywords.indices.allSatisfy({ peek($0).keyword == keywords[$0] }) else { return false }
        index += keywords.count
        return true
    }

    /// Reads this symbol if it comes next.
    mutating func take(symbol: String) -> Bool {
        guard at(symbol: symbol) else { return false }
        index += 1
        return true
    }

    /// Reads a keyword that must come next.
    mutating func expect(_ keyword: String) throws(SyntaxFailure) {
        if !take(keyword) { throw expected("'\(keyword)'", keywords: [keyword]) }
    }

    /// Reads a symbol that must come next.
    @discardableResult
    mutating func expect(symbol: String) throws(SyntaxFailure) -> SourceSpan {
        guard at(symbol: symbol) else { throw expected("'\(symbol)'") }
        return advance().span
    }

    /// Reads a name: any word or a name in backticks.
    mutating func identifier(_ what: String = "a name") throws(SyntaxFailure) -> IdentifierSyntax {
        guard current.kind == .word || current.kind == .quotedName else { throw expected(what) }
        if current.text.isEmpty { throw SyntaxFailure(span: current.span, message: "a name cannot be empty") }
        let token = advance()
        return IdentifierSyntax(token.text, token.span)
    }

    /// Reads what `element` reads, once or more, with commas between.
    mutating func list<Element>(
        _ element: (inout Parser) throws(SyntaxFailure) -> Element
    ) throws(SyntaxFailure) -> [Element] {
        var elements = [try element(&self)]
        while take(symbol: ",") { elements.append(try element(&self)) }
        return elements
    }

    /// Reads something that may contain itself, refusing hostile depth.
    mutating func nested<Result>(
        _ body: (inout Parser) throws(SyntaxFailure) -> Result
    ) throws(SyntaxFailure) -> Result {
        guard depth < Self.maximumDepth else {
            throw SyntaxFailure(span: current.span, message: "nested more than \(Self.maximumDepth) levels deep")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: Mistakes

    /// `expected X, found Y` at the next token, with a hint when it looks like a misspelt keyword.
    func expected(_ what: String, keywords: Set<String> = []) -> SyntaxFailure {
        var hint = ""
        if current.kind == .word, !keywords.contains(current.keyword) {
            hint = Suggestion.nearest(to: current.keyword, among: keywords).map { "Did you mean \($0)?" } ?? ""
        }
        return SyntaxFailure(span: current.span, message: "expected \(what), found \(current.described)", hint: hint)
    }

    mutating func report(_ failure: SyntaxFailure) {
        // A text that is too long has no tokens: what that leads to is no news.
        if bytes.isEmpty, !errors.isEmpty { return }
        errors.append(
            SQLError(
                position: SQLPosition(failure.span, in: bytes), code: failure.code, message: failure.message,
                hint: failure.hint))
    }

    /// Goes to the next comma, closing bracket or one of the keywords, over everything in brackets.
    ///
    /// Ends at the end.
    mutating func skip(until keywords: Set<String> = []) {
        var open = 0
        while current.kind != .end {
            if current.kind == .symbol {
                switch current.text {
                case "(", "[", "{": open += 1
                case ")", "]", "}":
                    if open == 0 { return }
                    open -= 1
                case ",", ";": if open == 0 { return }
                default: break
                }
            } else if open == 0, atAny(keywords) {
                return
            }
            advance()
        }
    }

    /// Goes to the next comma or closing angle of a list of fields, over everything in brackets.
    mutating func skipField() {
        var open = 0
        closedAngles = 0
        while current.kind != .end {
            if current.kind == .symbol {
                switch current.text {
                case "(", "<": open += 1
                case ")": open -= 1
                case ">", ">>", ">>>":
                    if open < current.text.count {
                        closedAngles = open
                        return
                    }
                    open -= current.text.count
                case ",": if open <= 0 { return }
                default: break
                }
            }
            advance()
        }
    }
}
