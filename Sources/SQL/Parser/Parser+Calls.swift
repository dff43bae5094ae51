// SPDX-License-Identifier: Apache-2.0

extension Parser {
    private static let timeUnits: Set<String> = [
        "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR", "MINUTE", "SECOND", "MILLISECOND",
        "MICROSECOND",
    ]

    /// Reads the arguments of a call and what may follow them.
    mutating func call(_ name: [IdentifierSyntax]) throws(SyntaxFailure) -> ExpressionSyntax {
        try expect(symbol: "(")
        var call = CallSyntax(name, [])
        if take("DISTINCT") {
            call.isDistinct = true
        } else if at("ALL"), !peek(1, is: ")"), !peek(1, is: ",") {
            advance()
        }
        if !at(symbol: ")") {
            call.arguments = try list { (parser) throws(SyntaxFailure) in try parser.argument() }
        }
        if take("IGNORE", "NULLS") { call.ignoresNulls = true } else { _ = take("RESPECT", "NULLS") }
        guard take(symbol: ")") else {
            throw expected("',' or ')' in the arguments of \(name.dotted)()", keywords: Keywords.operators)
        }
        if take("WITHIN", "GROUP") {
            try expect(symbol: "(")
            try expect("ORDER")
            try expect("BY")
            call.withinGroup = try sortKeys()
            try expect(symbol: ")")
        }
        if at("FILTER"), peek(1, is: "(") {
            index += 2
            try expect("WHERE")
            call.filter = try expression()
            try expect(symbol: ")")
        }
        if take("IGNORE", "NULLS") { call.ignoresNulls = true } else { _ = take("RESPECT", "NULLS") }
        if at("OVER") {
            advance()
            call.window = try window()
        }
        return try called(call)
    }

    private func called(_ call: CallSyntax) throws(SyntaxFailure) -> ExpressionSyntax {
        try checked(
            ExpressionSyntax(.call(call), span(from: call.name.span), overAll: call.arguments.map(\.value)))
    }

    private mutating func argument() throws(SyntaxFailure) -> ArgumentSyntax {
        if current.kind == .word || current.kind == .quotedName, peek(1, is: "=>") {
            let name = try identifier()
            try expect(symbol: "=>")
            return ArgumentSyntax(try expression(), name: name)
        }
        if at("TABLE"), peek().kind == .word || peek(1, is: "(") {
            let start = advance().span
            if take(symbol: "(") {
                _ = atQuery ? nil : try qualifiedName()
                if atQuery { _ = try query() }
                try expect(symbol: ")")
            } else {
                _ = try qualifiedName()
            }
            return ArgumentSyntax(ExpressionSyntax(.unsupported("a table as an argument"), span(from: start)))
        }
        let value = try expression()
        if take("AS") { return ArgumentSyntax(value, alias: try identifier("an alias")) }
        return ArgumentSyntax(value)
    }

    /// Reads calls whose arguments are not a plain list; nothing when this one is.
    mutating func specialCall(_ word: Token) throws(SyntaxFailure) -> ExpressionSyntax? {
        switch word.keyword {
        case "EXTRACT" where peek(2).kind != .symbol && peek(3).keyword == "FROM": return try extractCall()
        case "TRIM" where argumentsHave("FROM"): return try trimCall()
        case "SUBSTRING" where argumentsHave("FROM"), "SUBSTR" where argumentsHave("FROM"):
            return try separatedCall(["FROM", "FOR"])
        case "POSITION" where argumentsHave("IN"): return try separatedCall(["IN"])
        case "OVERLAY" where argumentsHave("PLACING"): return try separatedCall(["PLACING", "FROM", "FOR"])
        case "TIMESTAMPADD", "DATEADD", "DATE_ADD": return try unitCall("timestampadd")
        case "TIMESTAMPDIFF", "DATEDIFF", "DATE_DIFF", "TIMEDIFF": return try unitCall("timestampdiff")
        default: return nil
        }
    }

    /// Reads the name of a call and its opening bracket.
    private mutating func opening() throws(SyntaxFailure) -> IdentifierSyntax {
        let name = try identifier()
        try expect(symbol: "(")
        return name
    }

    /// `EXTRACT(field FROM source)`.
    private mutating func extractCall() throws(SyntaxFailure) -> ExpressionSyntax {
        let name = try opening()
        let field = advance()
        try expect("FROM")
        let source = try expression()
        try expect(symbol: ")")
        let unit = ExpressionSyntax(.literal(.string(field.text)), field.span)
        return try called(CallSyntax([name], [ArgumentSyntax(unit), ArgumentSyntax(source)]))
    }

    /// `TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)`.
    ///
    /// Becomes btrim, ltrim or rtrim; the last two take the characters first, as Spark's do.
    private mutating func trimCall() throws(SyntaxFailure) -> ExpressionSyntax {
        let name = try opening()
        var side: String?
        if atAny(["BOTH", "LEADING", "TRAILING"]), !peek(1, is: "."), !peek(1, is: "(") { side = advance().keyword }
        let characters = at("FROM") && side != nil ? nil : try operators()
        try expect("FROM")
        let text = try expression()
        try expect(symbol: ")")
        let function =
            side == "LEADING" ? "ltrim" : side == "TRAILING" ? "rtrim" : characters == nil ? "trim" : "btrim"
        var arguments = [ArgumentSyntax(text)]
        if let characters { arguments.insert(ArgumentSyntax(characters), at: function == "btrim" ? 1 : 0) }
        return try called(CallSyntax([IdentifierSyntax(function, name.span)], arguments))
    }

    /// Arguments with keywords between: `SUBSTRING(text FROM start FOR length)`.
    private mutating func separatedCall(_ separators: [String]) throws(SyntaxFailure) -> ExpressionSyntax {
        let name = try opening()
        var arguments = [ArgumentSyntax(try operators())]
        for separator in separators where take(separator) { arguments.append(ArgumentSyntax(try operators())) }
        guard take(symbol: ")") else { throw expected("')'", keywords: Set(separators)) }
        return try called(CallSyntax([name], arguments))
    }

    /// `TIMESTAMPADD(unit, n, time)` and its like, whose first argument is a bare word.
    private mutating func unitCall(_ function: String) throws(SyntaxFailure) -> ExpressionSyntax? {
        guard Self.timeUnits.contains(peek(2).keyword), peek(3, is: ",") else { return nil }
        let name = try opening()
        let unit = advance()
        try expect(symbol: ",")
        let others = try list { (parser) throws(SyntaxFailure) in ArgumentSyntax(try parser.expression()) }
        try expect(symbol: ")")
        let first = ArgumentSyntax(ExpressionSyntax(.literal(.string(unit.text)), unit.span))
        var call = CallSyntax([IdentifierSyntax(function, name.span)], [first] + others)
        call.hasUnit = true
        return try called(call)
    }

    // MARK: Windows and sorting

    /// Reads `name`, or `(PARTITION BY … ORDER BY … frame)`.
    mutating func window() throws(SyntaxFailure) -> WindowSyntax {
        var window = WindowSyntax(span: current.span)
        guard take(symbol: "(") else {
            window.name = try identifier("a window")
            return window
        }
        if current.kind == .word, !atAny(["PARTITION", "DISTRIBUTE", "ORDER", "SORT", "CLUSTER", "ROWS", "RANGE"]) {
            window.name = try identifier("a window")
        }
        if take("PARTITION", "BY") || take("DISTRIBUTE", "BY") || take("CLUSTER", "BY") {
            window.partitionBy = try list { (parser) throws(SyntaxFailure) in try parser.expression() }
        }
        if take("ORDER", "BY") || take("SORT", "BY") { window.orderBy = try sortKeys() }
        if atAny(["ROWS", "RANGE"]) { window.frame = try frame() }
        try expect(symbol: ")")
        window.span = span(from: window.span)
        return window
    }

    private mutating func frame() throws(SyntaxFailure) -> WindowSyntax.Frame {
        let isRange = advance().keyword == "RANGE"
        guard take("BETWEEN") else { return WindowSyntax.Frame(isRange: isRange, start: try bound(), end: nil) }
        let start = try bound()
        try expect("AND")
        return WindowSyntax.Frame(isRange: isRange, start: start, end: try bound())
    }

    private mutating func bound() throws(SyntaxFailure) -> WindowSyntax.Bound {
        if take("UNBOUNDED", "PRECEDING") { return .unboundedPreceding }
        if take("UNBOUNDED", "FOLLOWING") { return .unboundedFollowing }
        if take("CURRENT", "ROW") { return .currentRow }
        let distance = try expression()
        if take("PRECEDING") { return .preceding(distance) }
        if take("FOLLOWING") { return .following(distance) }
        throw expected("PRECEDING or FOLLOWING", keywords: ["PRECEDING", "FOLLOWING"])
    }

    /// Reads the keys of an ORDER BY.
    mutating func sortKeys() throws(SyntaxFailure) -> [SortSyntax] {
        try list { (parser) throws(SyntaxFailure) in
            let key = try parser.expression()
            let descending = parser.take("DESC")
            if !descending { _ = parser.take("ASC") }
            var nullsFirst: Bool?
            if parser.take("NULLS") {
                nullsFirst = parser.take("FIRST")
                if nullsFirst == false { try parser.expect("LAST") }
            }
            return SortSyntax(key: key, descending: descending, nullsFirst: nullsFirst)
        }
    }
}
