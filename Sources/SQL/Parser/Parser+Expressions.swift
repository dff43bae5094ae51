// SPDX-License-Identifier: Apache-2.0
import StreamCore

extension Parser {
    /// How tall an expression may grow by operators in a row; AND and OR in a row do not count.
    static let maximumHeight = 160

    /// Reads a whole expression: OR over AND over NOT over predicates over operators.
    mutating func expression() throws(SyntaxFailure) -> ExpressionSyntax {
        try nested { (parser) throws(SyntaxFailure) in try parser.disjunction() }
    }

    private mutating func disjunction() throws(SyntaxFailure) -> ExpressionSyntax {
        var parts = [try conjunction()]
        while take("OR") { parts.append(try conjunction()) }
        return try checked(Self.balanced(parts[...]) { .or($0, $1) })
    }

    private mutating func conjunction() throws(SyntaxFailure) -> ExpressionSyntax {
        var parts = [try negation()]
        while take("AND") { parts.append(try negation()) }
        return try checked(Self.balanced(parts[...]) { .and($0, $1) })
    }

    /// Makes a flat tree of a long chain: AND and OR are associative, errors included.
    private static func balanced(
        _ parts: ArraySlice<ExpressionSyntax>, _ join: (ExpressionSyntax, ExpressionSyntax) -> ExpressionSyntax.Kind
    ) -> ExpressionSyntax {
        if parts.count <= 8 {
            return parts.dropFirst().reduce(parts[parts.startIndex]) { left, right in
                ExpressionSyntax(join(left, right), left.span.to(right.span), over: left, right)
            }
        }
        let middle = parts.startIndex + parts.count / 2
        let (left, right) = (balanced(parts[..<middle], join), balanced(parts[middle...], join))
        return ExpressionSyntax(join(left, right), left.span.to(right.span), over: left, right)
    }

    private mutating func negation() throws(SyntaxFailure) -> ExpressionSyntax {
        let start = current.span
        // `NOT` is also a name only where nothing could be negated; Spark reserves it.
        guard take("NOT") || take(symbol: "!") else { return try predicate() }
        let value = try nested { (parser) throws(SyntaxFailure) in try parser.negation() }
        return try checked(ExpressionSyntax(.not(value), span(from: start), over: value))
    }

    /// Reads operators and at most one predicate (IS, IN, BETWEEN, LIKE, …) behind them.
    private mutating func predicate() throws(SyntaxFailure) -> ExpressionSyntax {
        let value = try operators()
        if take("IS") { return try isPredicate(value) }
        let negated = at("NOT") && ["IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "REGEXP"].contains(peek().keyword)
        if negated { advance() }
        switch current.keyword {
        case "BETWEEN":
            advance()
            let low = try operators()
            try expect("AND")
            let high = try operators()
            return try checked(
                ExpressionSyntax(
                    .between(value, low, high, negated: negated), value.span.to(high.span), over: value, low, high))
        case "IN":
            advance()
            return try inPredicate(value, negated: negated)
        case "LIKE", "ILIKE", "RLIKE", "REGEXP":
            return try likePredicate(value, negated: negated)
        default:
            return value
        }
    }

    private mutating func isPredicate(_ value: ExpressionSyntax) throws(SyntaxFailure) -> ExpressionSyntax {
        let negated = take("NOT")
        if take("DISTINCT") {
            try expect("FROM")
            let other = try operators()
            return try checked(
                ExpressionSyntax(
                    .isDistinct(value, other, negated: negated), value.span.to(other.span), over: value, other))
        }
        guard let test = ExpressionSyntax.Test(rawValue: current.keyword) else {
            throw expected(
                "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS",
                keywords: ["NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT", "NOT"])
        }
        advance()
        return ExpressionSyntax(.isTest(value, test, negated: negated), span(from: value.span), over: value)
    }

    private mutating func inPredicate(
        _ value: ExpressionSyntax, negated: Bool
    ) throws(SyntaxFailure) -> ExpressionSyntax {
        try expect(symbol: "(")
        if atQuery {
            let query = try query()
            try expect(symbol: ")")
            return ExpressionSyntax(.inQuery(value, query, negated: negated), span(from: value.span), over: value)
        }
        let list = try list { (parser) throws(SyntaxFailure) in try parser.expression() }
        try expect(symbol: ")")
        return try checked(
            ExpressionSyntax(.inList(value, list, negated: negated), span(from: value.span), overAll: [value] + list))
    }

    private mutating func likePredicate(
        _ value: ExpressionSyntax, negated: Bool
    ) throws(SyntaxFailure) -> ExpressionSyntax {
        let keyword = advance().keyword
        let function = keyword == "REGEXP" ? "rlike" : keyword.lowercased()
        var quantifier: LikeSyntax.Quantifier?
        var patterns: [ExpressionSyntax] = []
        var escape: ExpressionSyntax?
        if function != "rlike", atAny(["ANY", "SOME", "ALL"]), peek(1, is: "(") {
            quantifier = advance().keyword == "ALL" ? .all : .any
            try expect(symbol: "(")
            if at(symbol: ")") { throw expected("a pattern") }
            patterns = try list { (parser) throws(SyntaxFailure) in try parser.expression() }
            try expect(symbol: ")")
        } else {
            patterns = [try operators()]
            if function != "rlike", take("ESCAPE") {
                guard current.kind == .string, current.text.unicodeScalars.count == 1 else {
                    throw expected("one character in quotes after ESCAPE")
                }
                let token = advance()
                escape = ExpressionSyntax(.literal(.string(token.text)), token.span)
            }
        }
        let like = LikeSyntax(
            function: function, value: value, patterns: patterns, quantifier: quantifier, escape: escape,
            negated: negated)
        return try checked(ExpressionSyntax(.like(like), span(from: value.span), overAll: [value] + patterns))
    }

    // MARK: Operators

    /// The operator at the next token: its name in the registry and how tightly it binds, from 1.
    private var binaryOperator: (name: String, binding: Int)? {
        if current.kind == .word { return current.keyword == "DIV" ? ("div", 7) : nil }
        guard current.kind == .symbol else { return nil }
        switch current.text {
        case "=", "<", "<=", ">", ">=", "<=>", "<>": return (current.text, 1)
        case "==": return ("=", 1)
        case "!=": return ("<>", 1)
        case "!<": return (">=", 1)
        case "!>": return ("<=", 1)
        case "|": return ("|", 2)
        case "^": return ("^", 3)
        case "&": return ("&", 4)
        case "<<", ">>", ">>>": return (current.text, 5)
        case "+", "-", "||": return (current.text, 6)
        case "*", "/", "%": return (current.text, 7)
        default: return nil
        }
    }

    /// Reads operands with the operators that bind at least as tightly as `minimum`; all are left-associative.
    mutating func operators(minimum: Int = 1) throws(SyntaxFailure) -> ExpressionSyntax {
        var left = try operand()
        while let (name, binding) = binaryOperator, binding >= minimum {
            advance()
            let right = try operators(minimum: binding + 1)
            left = try checked(
                ExpressionSyntax(.binary(name, left, right), left.span.to(right.span), over: left, right))
        }
        return left
    }

    /// Reads an operand with its sign. A minus before a number belongs to the number.
    private mutating func operand() throws(SyntaxFailure) -> ExpressionSyntax {
        let start = current.span
        if at(symbol: "-"), peek().kind == .number {
            advance()
            let number = try numberLiteral(negative: true, from: start)
            return try postfix(number)
        }
        for (symbol, name) in [("-", "unary-"), ("+", "unary+"), ("~", "~")] where take(symbol: symbol) {
            let value = try nested { (parser) throws(SyntaxFailure) in try parser.operand() }
            return try checked(ExpressionSyntax(.unary(name, value), span(from: start), over: value))
        }
        return try postfix(try primary())
    }

    /// Reads what follows an operand directly: `.field`, `[index]`, `::type`.
    private mutating func postfix(_ operand: ExpressionSyntax) throws(SyntaxFailure) -> ExpressionSyntax {
        var value = operand
        while current.kind == .symbol || at("COLLATE") {
            if take(symbol: "[") {
                let index = try expression()
                try expect(symbol: "]")
                value = ExpressionSyntax(.element(value, index), span(from: operand.span), over: value, index)
            } else if take(symbol: "::") {
                let type = try type()
                value = ExpressionSyntax(.cast(value, type, .ansi), span(from: operand.span), over: value)
            } else if at(symbol: "."), peek().kind == .word || peek().kind == .quotedName {
                advance()
                let name = try identifier("a field name")
                value = ExpressionSyntax(.field(value, name), span(from: operand.span), over: value)
            } else if at(symbol: "."), peek(1, is: "*") {
                index += 2
                value = ExpressionSyntax(.unsupported("* on an expression"), span(from: operand.span), over: value)
            } else if at(symbol: ":") {
                value = try variantPath(value)
            } else if take("COLLATE") {
                _ = try identifier("a collation")
                if take(symbol: ".") { _ = try identifier("a collation") }
                value = ExpressionSyntax(.unsupported("COLLATE"), span(from: operand.span), over: value)
            } else {
                break
            }
            value = try checked(value)
        }
        return value
    }

    /// Reads `value:field.field[index]`, which takes a VARIANT apart.
    private mutating func variantPath(_ value: ExpressionSyntax) throws(SyntaxFailure) -> ExpressionSyntax {
        try expect(symbol: ":")
        if take(symbol: "[") {
            _ = try expression()
            try expect(symbol: "]")
        } else {
            _ = try identifier("a field name")
        }
        return ExpressionSyntax(.unsupported("the path of a VARIANT"), span(from: value.span), over: value)
    }

    /// Refuses expressions that are too tall for the stack.
    func checked(_ expression: ExpressionSyntax) throws(SyntaxFailure) -> ExpressionSyntax {
        guard expression.height <= Self.maximumHeight else {
            throw SyntaxFailure(
                span: expression.span, message: "the expression has more than \(Self.maximumHeight) levels",
                hint: "Compute a part of it in a sub-query")
        }
        return expression
    }
}
