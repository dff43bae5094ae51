// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension Parser {
    /// Types whose name before a string makes a literal.
    private static let typedLiterals: [String: DataType] = [
        "DATE": .date, "TIMESTAMP": .timestamp, "TIMESTAMP_LTZ": .timestamp, "TIMESTAMP_NTZ": .timestampNTZ,
    ]

    /// Whether a query begins here, behind any number of opening brackets.
    var atQuery: Bool {
        var ahead = 0
        while peek(ahead, is: "(") { ahead += 1 }
        switch peek(ahead).keyword {
        case "SELECT", "WITH": return true
        case "VALUES": return peek(ahead + 1, is: "(") || peek(ahead + 1).kind != .symbol
        case "FROM", "TABLE": return ahead == 0 && (peek(1).kind == .word || peek(1).kind == .quotedName)
        default: return false
        }
    }

    /// Reads an operand without what follows it.
    mutating func primary() throws(SyntaxFailure) -> ExpressionSyntax {
        let start = current
        switch start.kind {
        case .number: return try numberLiteral(negative: false, from: start.span)
        case .string: return stringLiteral()
        case .symbol:
            if at(symbol: "(") { return try bracketed() }
            if take(symbol: "*") {
                return ExpressionSyntax(.star([], except: try exceptNames()), span(from: start.span))
            }
            if at(symbol: "?") || at(symbol: ":") {
                advance()
                if start.text == ":", current.kind == .word { advance() }
                return ExpressionSyntax(.unsupported("a parameter marker"), span(from: start.span))
            }
            throw expected("an expression")
        case .quotedName: return try nameOrCall()
        case .word: return try wordPrimary(start)
        case .end: throw expected("an expression")
        }
    }

    private mutating func wordPrimary(_ word: Token) throws(SyntaxFailure) -> ExpressionSyntax {
        if peek().kind == .string, let literal = try typedLiteral(word) { return literal }
        if peek(1, is: "->") { return try lambda([try identifier()]) }
        let calls = peek(1, is: "(")
        switch word.keyword {
        case "NULL" where !calls: return literal(.null)
        case "TRUE" where !calls: return literal(.boolean(true))
        case "FALSE" where !calls: return literal(.boolean(false))
        case "CASE" where !peek(1, is: ".") && !peek(1, is: ","): return try conditional()
        case "INTERVAL" where startsInterval: return try intervalLiteral()
        case "CAST" where calls, "TRY_CAST" where calls: return try cast()
        case "EXISTS"
        where calls && peek(2).keyword != "" && ["SELECT", "WITH", "VALUES", "FROM"].contains(peek(2).keyword):
            advance()
            try expect(symbol: "(")
            let query = try query()
            try expect(symbol: ")")
            return ExpressionSyntax(.exists(query), span(from: word.span))
        default: break
        }
        if calls, let special = try specialCall(word) { return special }
        if !calls, !peek(1, is: "."), Keywords.notAnOperand.contains(word.keyword) { throw expected("an expression") }
        return try nameOrCall()
    }

    private mutating func literal(_ value: LiteralSyntax) -> ExpressionSyntax {
        ExpressionSyntax(.literal(value), advance().span)
    }

    /// Reads one string, or several in a row as one.
    private mutating func stringLiteral() -> ExpressionSyntax {
        let start = current.span
        var text = ""
        while current.kind == .string { text += advance().text }
        return ExpressionSyntax(.literal(.string(text)), span(from: start))
    }

    private mutating func typedLiteral(_ word: Token) throws(SyntaxFailure) -> ExpressionSyntax? {
        if let type = Self.typedLiterals[word.keyword] {
            advance()
            let text = advance().text
            return ExpressionSyntax(.literal(.typed(type, text)), span(from: word.span))
        }
        if word.keyword == "TIME" {
            index += 2
            return ExpressionSyntax(.unsupported("the type TIME"), span(from: word.span))
        }
        guard word.keyword == "X" else { return nil }
        advance()
        let token = advance()
        let digits = Array(token.text.utf8)
        let padded = digits.count % 2 == 1 ? [UInt8(ascii: "0")] + digits : digits
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: padded.count, by: 2) {
            let pair = String(decoding: padded[index..<index + 2], as: UTF8.self)
            guard pair.allSatisfy(\.isHexDigit), let byte = UInt8(pair, radix: 16) else {
                throw SyntaxFailure(span: token.span, message: "'\(token.text)' is not made of hexadecimal digits")
            }
            bytes.append(byte)
        }
        return ExpressionSyntax(.literal(.binary(bytes)), span(from: word.span))
    }

    /// Reads `(query)`, `(a, b) -> …`, `(a, b)` or `(a)`.
    private mutating func bracketed() throws(SyntaxFailure) -> ExpressionSyntax {
        let start = current.span
        if atQuery, let query = try queryInBrackets() {
            return ExpressionSyntax(.query(query), span(from: start))
        }
        if let names = lambdaParameters() { return try lambda(names) }
        try expect(symbol: "(")
        var elements: [ExpressionSyntax] = []
        var isTuple = false
        repeat {
            let element = try expression()
            elements.append(element)
            if take("AS") {
                _ = try identifier()
                isTuple = true
            }
        } while take(symbol: ",")
        try expect(symbol: ")")
        if elements.count == 1, !isTuple { return elements[0] }
        return ExpressionSyntax(.tuple(elements), span(from: start), overAll: elements)
    }

    /// Reads a sub-query in brackets; nothing when the brackets hold an expression that begins with a sub-query.
    private mutating func queryInBrackets() throws(SyntaxFailure) -> QuerySyntax? {
        guard bracketHoldsQuery else { return nil }
        try expect(symbol: "(")
        let query = try query()
        try expect(symbol: ")")
        return query
    }

    /// Whether the bracket here, in which a query begins, holds nothing but the query.
    ///
    /// `((SELECT 1) UNION …)` does, `((SELECT 1) + 1)` and `((SELECT 1) a JOIN b)` do not: what follows the inner bracket tells.
    var bracketHoldsQuery: Bool {
        guard peek(1, is: "(") else { return true }
        let next = afterBracket(1)
        let follower = peek(next)
        return peek(next, is: ")")
            || ["UNION", "EXCEPT", "MINUS", "INTERSECT", "ORDER", "LIMIT", "OFFSET"].contains(follower.keyword)
    }

    /// How far ahead the token behind the bracket that opens `ahead` places on is.
    func afterBracket(_ ahead: Int) -> Int {
        var open = 0
        var place = ahead
        repeat {
            if peek(place, is: "(") { open += 1 } else if peek(place, is: ")") { open -= 1 }
            place += 1
        } while open > 0 && peek(place).kind != .end
        return place
    }

    /// Whether a keyword stands directly in the brackets that open at the next token but one.
    func argumentsHave(_ keyword: String) -> Bool {
        var open = 0
        var place = 1
        repeat {
            if peek(place, is: "(") {
                open += 1
            } else if peek(place, is: ")") {
                open -= 1
            } else if open == 1, peek(place).keyword == keyword {
                return true
            }
            place += 1
        } while open > 0 && peek(place).kind != .end
        return false
    }

    // MARK: Lambda functions

    /// Reads `(a, b) ->` up to the arrow if it stands here.
    private mutating func lambdaParameters() -> [IdentifierSyntax]? {
        var ahead = 1
        var names: [IdentifierSyntax] = []
        while peek(ahead).kind == .word || peek(ahead).kind == .quotedName {
            names.append(IdentifierSyntax(peek(ahead).text, peek(ahead).span))
            ahead += 1
            guard peek(ahead, is: ",") else { break }
            ahead += 1
        }
        guard !names.isEmpty, peek(ahead, is: ")"), peek(ahead + 1, is: "->") else { return nil }
        index += ahead + 1
        return names
    }

    private mutating func lambda(_ names: [IdentifierSyntax]) throws(SyntaxFailure) -> ExpressionSyntax {
        try expect(symbol: "->")
        let body = try expression()
        return try checked(ExpressionSyntax(.lambda(names, body), names.span.to(body.span), over: body))
    }

    // MARK: Names and calls

    /// Reads `a.b.c`, `a.b.*` or `f(…)`.
    private mutating func nameOrCall() throws(SyntaxFailure) -> ExpressionSyntax {
        var parts = [try identifier("an expression")]
        while at(symbol: ".") {
            if peek(1, is: "*") {
                index += 2
                return ExpressionSyntax(.star(parts, except: try exceptNames()), span(from: parts.span))
            }
            guard peek().kind == .word || peek().kind == .quotedName else { break }
            advance()
            parts.append(try identifier("a name"))
        }
        if at(symbol: "(") { return try call(parts) }
        return ExpressionSyntax(.name(parts), parts.span)
    }

    /// Reads the names behind a star's EXCEPT.
    private mutating func exceptNames() throws(SyntaxFailure) -> [[IdentifierSyntax]] {
        // EXCEPT in brackets of its own may also be the set operation over a query.
        guard at("EXCEPT"), peek(1, is: "("), !["SELECT", "VALUES", "WITH", "FROM", "TABLE"].contains(peek(2).keyword),
            !peek(2, is: "(")
        else { return [] }
        index += 2
        let names = try list { (parser) throws(SyntaxFailure) in try parser.qualifiedName("a column to leave out") }
        try expect(symbol: ")")
        return names
    }

    /// Reads `a.b.c`.
    mutating func qualifiedName(_ what: String = "a name") throws(SyntaxFailure) -> [IdentifierSyntax] {
        var parts = [try identifier(what)]
        while at(symbol: "."), peek().kind == .word || peek().kind == .quotedName {
            advance()
            parts.append(try identifier(what))
        }
        return parts
    }

    // MARK: CASE and CAST

    private mutating func conditional() throws(SyntaxFailure) -> ExpressionSyntax {
        let start = advance().span
        let operand = at("WHEN") ? nil : try expression()
        var branches: [BranchSyntax] = []
        var parts: [ExpressionSyntax] = operand.map { [$0] } ?? []
        while take("WHEN") {
            let condition = try expression()
            try expect("THEN")
            let result = try expression()
            branches.append(BranchSyntax(condition: condition, result: result))
            parts += [condition, result]
        }
        if branches.isEmpty { throw expected("'WHEN'", keywords: ["WHEN"]) }
        var otherwise: ExpressionSyntax?
        if take("ELSE") {
            let value = try expression()
            parts.append(value)
            otherwise = value
        }
        if !take("END") { throw expected("'WHEN', 'ELSE' or 'END'", keywords: ["WHEN", "ELSE", "END"]) }
        return try checked(
            ExpressionSyntax(
                .conditional(operand: operand, branches, otherwise: otherwise), span(from: start), overAll: parts))
    }

    private mutating func cast() throws(SyntaxFailure) -> ExpressionSyntax {
        let word = advance()
        try expect(symbol: "(")
        let value = try expression()
        try expect("AS")
        let type = try type()
        try expect(symbol: ")")
        let mode: CastMode = word.keyword == "CAST" ? .ansi : .lenient
        return try checked(ExpressionSyntax(.cast(value, type, mode), span(from: word.span), over: value))
    }
}
