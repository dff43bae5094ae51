// SPDX-License-Identifier: Apache-2.0

extension Parser {
    /// Reads the tables of FROM.
    mutating func tables(_ select: inout SelectSyntax) throws(SyntaxFailure) -> [TableSyntax] {
        try list { (parser) throws(SyntaxFailure) in try parser.table() }
    }

    /// Reads a table with what is joined to it.
    private mutating func table() throws(SyntaxFailure) -> TableSyntax {
        try nested { (parser) throws(SyntaxFailure) in try parser.joined() }
    }

    private mutating func joined() throws(SyntaxFailure) -> TableSyntax {
        var left = try tablePrimary()
        while true {
            if atAny(["PIVOT", "UNPIVOT"]),
                peek(1, is: "(") || peek().keyword == "INCLUDE" || peek().keyword == "EXCLUDE"
            {
                left = try pivoted(left)
                continue
            }
            let start = current.span
            guard let (kind, isNatural) = try joinKind() else { return left }
            joins += 1
            guard joins <= 64 else { throw SyntaxFailure(span: start, message: "more than 64 tables are joined") }
            let keywords = span(from: start)
            let right = try tablePrimary()
            var condition: ExpressionSyntax?
            var using: [IdentifierSyntax] = []
            if take("ON") {
                condition = try expression()
            } else if at("USING") {
                advance()
                using = try namesInBrackets()
            }
            let join = JoinSyntax(
                kind: kind, isNatural: isNatural, left: left, right: right, condition: condition, using: using,
                span: keywords)
            left = TableSyntax(kind: .join(join), span: span(from: left.span))
        }
    }

    /// Reads the keywords up to JOIN; nothing when no join follows.
    private mutating func joinKind() throws(SyntaxFailure) -> (JoinSyntax.Kind, isNatural: Bool)? {
        guard atAny(Keywords.joins), !at("ON"), !at("USING") else { return nil }
        let isNatural = take("NATURAL")
        var kind = JoinSyntax.Kind.inner
        switch current.keyword {
        case "INNER": advance()
        case "CROSS":
            advance()
            kind = .cross
        case "LEFT":
            advance()
            kind = take("SEMI") ? .leftSemi : take("ANTI") ? .leftAnti : .left
        case "SEMI":
            advance()
            kind = .leftSemi
        case "ANTI":
            advance()
            kind = .leftAnti
        case "RIGHT":
            advance()
            kind = .right
        case "FULL":
            advance()
            kind = .full
        default: break
        }
        if kind == .left || kind == .right || kind == .full { _ = take("OUTER") }
        try expect("JOIN")
        return (kind, isNatural)
    }

    private mutating func pivoted(_ table: TableSyntax) throws(SyntaxFailure) -> TableSyntax {
        let keyword = advance()
        if take("INCLUDE", "NULLS") || take("EXCLUDE", "NULLS") {}
        try skipBrackets()
        var result = TableSyntax(kind: .unsupported(keyword.keyword), span: keyword.span)
        try alias(of: &result)
        return result
    }

    // MARK: One table

    private mutating func tablePrimary() throws(SyntaxFailure) -> TableSyntax {
        let start = current.span
        let isLateral = at("LATERAL") && peek().keyword != "VIEW" && take("LATERAL")
        var table = TableSyntax(kind: .unsupported(""), span: start)
        if at("VALUES"), peek(1, is: "(") || peek().kind == .number || peek().kind == .string || peek().kind == .word {
            table.kind = .values(try values())
        } else if at(symbol: "("), atQuery, bracketHoldsQuery {
            table.kind = try queryTable(isLateral: isLateral)
        } else if take(symbol: "(") {
            let inner = try self.table()
            try expect(symbol: ")")
            if current.kind == .word && !at("AS") && Keywords.afterTable.contains(current.keyword)
                || current.kind != .word && current.kind != .quotedName
            {
                return inner
            }
            table = inner
        } else {
            table.kind = try namedTable(isLateral: isLateral)
        }
        try sample(&table)
        try alias(of: &table)
        try sample(&table)
        table.span = span(from: start)
        return table
    }

    /// Reads `(query)`.
    private mutating func queryTable(isLateral: Bool) throws(SyntaxFailure) -> TableSyntax.Kind {
        try expect(symbol: "(")
        let query = try query()
        try expect(symbol: ")")
        return .query(query, isLateral: isLateral)
    }

    private mutating func namedTable(isLateral: Bool) throws(SyntaxFailure) -> TableSyntax.Kind {
        if current.kind == .word, Keywords.clauses.contains(current.keyword) { throw expected("a relation") }
        if at("STREAM"), peek().kind == .word || peek().kind == .quotedName || peek(1, is: "("),
            !Keywords.afterTable.contains(peek().keyword), peek().keyword != "AS"
        {
            advance()
            guard take(symbol: "(") else { return .named(try qualifiedName("a relation")) }
            let name = try qualifiedName("a relation")
            try expect(symbol: ")")
            return .named(name)
        }
        let name = try qualifiedName("a relation")
        if at(symbol: "(") {
            let call = try call(name)
            if case .call(let function) = call.kind, let window = function.window {
                throw SyntaxFailure(span: window.span, message: "OVER cannot stand behind a function in FROM")
            }
            guard case .call(let function) = call.kind else { return .unsupported("a table function") }
            return .function(function, isLateral: isLateral)
        }
        let start = current.span
        let isTime =
            take("FOR", "SYSTEM_TIME", "AS", "OF") || take("SYSTEM_TIME", "AS", "OF")
            || take("FOR", "TIMESTAMP", "AS", "OF")
            || take("TIMESTAMP", "AS", "OF")
        let isVersion =
            !isTime
            && (take("FOR", "VERSION", "AS", "OF") || take("VERSION", "AS", "OF")
                || take("FOR", "SYSTEM_VERSION", "AS", "OF") || take("SYSTEM_VERSION", "AS", "OF"))
        if isTime || isVersion {
            _ = try operators()
            return .unsupported("\(text(span(from: start)))")
        }
        if at("WITH"), peek(1, is: "(") {
            advance()
            try skipBrackets()
            return .unsupported("options of a table")
        }
        return .named(name)
    }

    private mutating func sample(_ table: inout TableSyntax) throws(SyntaxFailure) {
        guard at("TABLESAMPLE") else { return }
        advance()
        try skipBrackets()
        if take("REPEATABLE") { try skipBrackets() }
        table.kind = .unsupported("TABLESAMPLE")
    }

    private mutating func alias(of table: inout TableSyntax) throws(SyntaxFailure) {
        if take("AS") {
            table.alias = try identifier("an alias")
        } else if current.kind == .quotedName
            || (current.kind == .word && !Keywords.notAnAlias.contains(current.keyword))
        {
            table.alias = try identifier()
        }
        if table.alias != nil, at(symbol: "(") { table.columns = try namesInBrackets() }
    }
}
