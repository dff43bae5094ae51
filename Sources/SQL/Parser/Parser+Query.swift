// SPDX-License-Identifier: Apache-2.0
import Failures

extension Parser {
    /// Reads a whole text as one query; nothing is left behind it but a semicolon.
    mutating func wholeQuery() -> QuerySyntax? {
        do throws(SyntaxFailure) {
            let query = try query()
            try ending("the query")
            return query
        } catch {
            report(error)
            return nil
        }
    }

    /// Reads a whole text as one expression.
    mutating func wholeExpression() -> ExpressionSyntax? {
        do throws(SyntaxFailure) {
            let expression = try expression()
            try ending("the expression")
            return expression
        } catch {
            report(error)
            return nil
        }
    }

    private mutating func ending(_ what: String) throws(SyntaxFailure) {
        while take(symbol: ";") {}
        if current.kind == .end { return }
        if at(symbol: "|>") {
            throw SyntaxFailure(
                span: current.span, code: .unsupported, message: "the pipe operator |> is not supported")
        }
        var failure = expected("the end of \(what)", keywords: Keywords.afterTable.union(Keywords.operators))
        // `SELECT a FORM t`: the misspelt keyword was read as an alias.
        if failure.hint.isEmpty, index > 0, tokens[index - 1].kind == .word,
            !Keywords.afterTable.contains(tokens[index - 1].keyword),
            let keyword = Suggestion.nearest(to: tokens[index - 1].keyword, among: Keywords.afterTable)
        {
            failure.hint = "Did you mean \(keyword) instead of '\(tokens[index - 1].text)'?"
        }
        throw failure
    }

    /// Reads WITH, a body, and what orders and cuts its result.
    mutating func query() throws(SyntaxFailure) -> QuerySyntax {
        try nested { (parser) throws(SyntaxFailure) in try parser.unboundedQuery() }
    }

    private mutating func unboundedQuery() throws(SyntaxFailure) -> QuerySyntax {
        let start = current.span
        var commonTables: [CommonTableSyntax] = []
        var clauses: [ClauseSyntax] = []
        if take("WITH") {
            if take("RECURSIVE") { clauses.append(ClauseSyntax(name: "WITH RECURSIVE", span: span(from: start))) }
            commonTables = try list { (parser) throws(SyntaxFailure) in try parser.commonTable() }
        }
        var query = QuerySyntax(commonTables: commonTables, body: try body(), clauses: clauses, span: start)
        try ordering(of: &query)
        query.span = span(from: start)
        return query
    }

    private mutating func commonTable() throws(SyntaxFailure) -> CommonTableSyntax {
        let name = try identifier("a name for the common table")
        let columns = at(symbol: "(") ? try namesInBrackets() : []
        if take("MAX", "RECURSION", "LEVEL") { advance() }
        _ = take("AS")
        try expect(symbol: "(")
        let query = try query()
        try expect(symbol: ")")
        return CommonTableSyntax(name: name, columns: columns, query: query)
    }

    /// Reads `(a, b)`.
    mutating func namesInBrackets() throws(SyntaxFailure) -> [IdentifierSyntax] {
        try expect(symbol: "(")
        let names = try list { (parser) throws(SyntaxFailure) in try parser.identifier("a column name") }
        try expect(symbol: ")")
        return names
    }

    /// Reads ORDER BY, SORT BY and the like, LIMIT, OFFSET.
    private mutating func ordering(of query: inout QuerySyntax) throws(SyntaxFailure) {
        while true {
            let start = current.span
            if take("ORDER", "BY") {
                query.clauses.append(ClauseSyntax(name: "ORDER BY", span: span(from: start)))
                if at("ALL"), !peek(1, is: "("), !peek(1, is: ".") {
                    advance()
                    query.ordersByAll = true
                    if !take("DESC") { _ = take("ASC") }
                    if take("NULLS"), !take("FIRST") { try expect("LAST") }
                } else {
                    query.orderBy = try sortKeys()
                }
            } else if take("SORT", "BY") || take("CLUSTER", "BY") || take("DISTRIBUTE", "BY") {
                query.clauses.append(
                    ClauseSyntax(name: "\(tokens[index - 2].keyword) BY", span: span(from: start)))
                _ = try sortKeys()
            } else if take("LIMIT") {
                query.clauses.append(ClauseSyntax(name: "LIMIT", span: start))
                if !take("ALL") { query.limit = try expression() }
            } else if take("OFFSET") {
                query.clauses.append(ClauseSyntax(name: "OFFSET", span: start))
                query.offset = try expression()
            } else if at("WINDOW"), peek(2).keyword == "AS" {
                advance()
                query.clauses.append(ClauseSyntax(name: "WINDOW", span: start))
                _ = try list { (parser) throws(SyntaxFailure) in try parser.namedWindow() }
            } else {
                return
            }
        }
    }

    // MARK: Bodies

    /// Reads bodies with UNION, EXCEPT and MINUS between; INTERSECT binds tighter.
    private mutating func body() throws(SyntaxFailure) -> BodySyntax {
        var left = try intersection()
        while atAny(["UNION", "EXCEPT", "MINUS", "SETMINUS"]) {
            left = try operation(left, current.keyword == "UNION" ? .union : .except) {
                (parser) throws(SyntaxFailure) in try parser.intersection()
            }
        }
        return left
    }

    private mutating func intersection() throws(SyntaxFailure) -> BodySyntax {
        var left = try simpleBody()
        while at("INTERSECT") {
            left = try operation(left, .intersect) { (parser) throws(SyntaxFailure) in try parser.simpleBody() }
        }
        return left
    }

    private mutating func operation(
        _ left: BodySyntax, _ kind: SetOperationSyntax.Kind,
        _ right: (inout Parser) throws(SyntaxFailure) -> BodySyntax
    ) throws(SyntaxFailure) -> BodySyntax {
        let start = advance().span
        let isAll = take("ALL")
        if !isAll { _ = take("DISTINCT") }
        let isByName = take("BY", "NAME")
        let keywords = span(from: start)
        setOperations += 1
        guard setOperations <= 256 else {
            throw SyntaxFailure(span: start, message: "more than 256 queries are combined")
        }
        return .operation(
            SetOperationSyntax(
                kind: kind, isAll: isAll, isByName: isByName, left: left, right: try right(&self), span: keywords))
    }

    private mutating func simpleBody() throws(SyntaxFailure) -> BodySyntax {
        switch current.keyword {
        case "SELECT": return .select(try select())
        case "FROM": return .select(try selectFrom())
        case "VALUES": return .values(try values())
        case "TABLE":
            advance()
            return .table(try qualifiedName("a relation"))
        case "MAP", "REDUCE":
            throw SyntaxFailure(
                span: current.span, code: .unsupported, message: "\(current.keyword) scripts are not supported")
        default: break
        }
        if take(symbol: "(") {
            let query = try query()
            try expect(symbol: ")")
            return .nested(query)
        }
        throw expected("SELECT, WITH or VALUES", keywords: ["SELECT", "WITH", "VALUES", "FROM", "TABLE"])
    }

    /// Reads VALUES with rows of one or several columns.
    mutating func values() throws(SyntaxFailure) -> ValuesSyntax {
        let start = current.span
        try expect("VALUES")
        let rows = try list { (parser) throws(SyntaxFailure) -> [ExpressionSyntax] in
            let row = try parser.expression()
            if case .tuple(let columns) = row.kind { return columns }
            return [row]
        }
        return ValuesSyntax(rows: rows, span: span(from: start))
    }
}
