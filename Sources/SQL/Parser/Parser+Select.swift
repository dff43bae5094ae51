// SPDX-License-Identifier: Apache-2.0
import Failures

extension Parser {
    /// Reads SELECT with all its clauses.
    mutating func select() throws(SyntaxFailure) -> SelectSyntax {
        var select = SelectSyntax(span: current.span)
        try columns(of: &select)
        if take("FROM") { select.from = try tables(&select) }
        try clauses(of: &select)
        select.span = span(from: select.span)
        return select
    }

    /// Reads FROM before SELECT, as Hive allows.
    mutating func selectFrom() throws(SyntaxFailure) -> SelectSyntax {
        var select = SelectSyntax(span: current.span)
        try expect("FROM")
        select.from = try tables(&select)
        if at("SELECT") {
            try columns(of: &select)
        } else {
            select.items = [
                SelectItemSyntax(value: ExpressionSyntax(.star([], except: []), select.span), aliases: [])
            ]
        }
        try clauses(of: &select)
        select.span = span(from: select.span)
        return select
    }

    private mutating func columns(of select: inout SelectSyntax) throws(SyntaxFailure) {
        try expect("SELECT")
        let quantifier = current.span
        if at("TRANSFORM"), peek(1, is: "("), peek(afterBracket(1)).keyword == "USING" {
            throw SyntaxFailure(span: quantifier, code: .unsupported, message: "TRANSFORM scripts are not supported")
        }
        if take("DISTINCT") {
            select.isDistinct = true
            select.clauses.append(ClauseSyntax(name: "DISTINCT", span: quantifier))
        } else if at("ALL"), !peek(1, is: "."), !peek(1, is: ",") {
            advance()
        }
        repeat { select.items.append(item()) } while take(symbol: ",")
    }

    /// Reads one column with its alias. What cannot be read is reported and skipped.
    private mutating func item() -> SelectItemSyntax {
        let start = current.span
        do throws(SyntaxFailure) {
            let value = try expression()
            let aliases = try aliases()
            if current.kind != .end, !at(symbol: ","), !at(symbol: ")"), !at(symbol: ";"), !at(symbol: "|>"),
                !atAny(Keywords.clauses)
            {
                throw misplaced(after: aliases)
            }
            return SelectItemSyntax(value: value, aliases: aliases)
        } catch {
            report(error)
            skip(until: Keywords.clauses)
            return SelectItemSyntax(value: ExpressionSyntax(.invalid, span(from: start)), aliases: [])
        }
    }

    /// A mistake behind a column: a misspelt keyword may have been taken for an alias.
    private func misplaced(after aliases: [IdentifierSyntax]) -> SyntaxFailure {
        if let alias = aliases.last,
            let keyword = Suggestion.nearest(to: alias.text.uppercased(), among: Keywords.clauses)
        {
            return SyntaxFailure(
                span: alias.span, message: "expected ',', FROM or another clause, found '\(alias.text)'",
                hint: "Did you mean \(keyword)?")
        }
        return expected(
            "',', FROM or another clause", keywords: Keywords.clauses.union(Keywords.operators).union(["AS"]))
    }

    private mutating func aliases() throws(SyntaxFailure) -> [IdentifierSyntax] {
        if take("AS") {
            return at(symbol: "(") ? try namesInBrackets() : [try identifier("an alias")]
        }
        if current.kind == .quotedName { return [try identifier()] }
        if current.kind == .word, !Keywords.notAnAlias.contains(current.keyword) || aliasIsObvious {
            return [try identifier()]
        }
        return []
    }

    /// Whether the next word, though it may begin a clause, can only be an alias.
    private var aliasIsObvious: Bool {
        guard ["LIMIT", "OFFSET", "WINDOW", "LEFT", "RIGHT", "FULL", "ANTI", "SEMI"].contains(current.keyword) else {
            return false
        }
        return peek().kind == .end || peek(1, is: ",") || peek(1, is: ")") || peek().keyword == "FROM"
    }

    // MARK: Clauses behind FROM

    private mutating func clauses(of select: inout SelectSyntax) throws(SyntaxFailure) {
        try lateralViews(of: &select)
        if take("WHERE") { select.condition = condition() }
        let start = current.span
        if take("GROUP", "BY") {
            select.clauses.append(ClauseSyntax(name: "GROUP BY", span: span(from: start)))
            select.grouping = try grouping(start)
        }
        if at("HAVING") {
            select.clauses.append(ClauseSyntax(name: "HAVING", span: advance().span))
            select.having = condition()
        }
        if at("QUALIFY") {
            select.clauses.append(ClauseSyntax(name: "QUALIFY", span: advance().span))
            select.qualify = condition()
        }
        if at("WINDOW"), peek(2).keyword == "AS" {
            select.clauses.append(ClauseSyntax(name: "WINDOW", span: advance().span))
            for (name, window) in try list({ (parser) throws(SyntaxFailure) in try parser.namedWindow() }) {
                select.windows[name] = window
            }
        }
    }

    /// Reads `name AS (…)` of a WINDOW clause.
    mutating func namedWindow() throws(SyntaxFailure) -> (IdentifierSyntax, WindowSyntax) {
        let name = try identifier("a name for the window")
        try expect("AS")
        return (name, try window())
    }

    /// Reads a condition. What cannot be read is reported and skipped.
    private mutating func condition() -> ExpressionSyntax {
        let start = current.span
        do throws(SyntaxFailure) {
            let value = try expression()
            if current.kind != .end, !at(symbol: ")"), !at(symbol: ";"), !at(symbol: "|>"), !at(symbol: ","),
                !atAny(Keywords.clauses)
            {
                throw expected("an operator or the next clause", keywords: Keywords.clauses.union(Keywords.operators))
            }
            return value
        } catch {
            report(error)
            skip(until: Keywords.clauses)
            return ExpressionSyntax(.invalid, span(from: start))
        }
    }

    private mutating func grouping(_ start: SourceSpan) throws(SyntaxFailure) -> GroupingSyntax {
        var grouping = GroupingSyntax(span: start)
        if at("ALL"), !peek(1, is: "("), !peek(1, is: "."), !peek(1, is: ",") {
            advance()
            grouping.isAll = true
        } else {
            repeat {
                let keyword = current
                if atAny(["ROLLUP", "CUBE"]), peek(1, is: "(") {
                    advance()
                    try skipBrackets()
                    grouping.analytics = ClauseSyntax(name: keyword.keyword, span: keyword.span)
                } else if !at("GROUPING", "SETS") {
                    grouping.keys.append(try expression())
                }
                if take("GROUPING", "SETS") {
                    try skipBrackets()
                    grouping.analytics = ClauseSyntax(name: "GROUPING SETS", span: keyword.span)
                }
            } while take(symbol: ",")
            let keyword = current.span
            if take("WITH", "ROLLUP") { grouping.analytics = ClauseSyntax(name: "ROLLUP", span: keyword) }
            if take("WITH", "CUBE") { grouping.analytics = ClauseSyntax(name: "CUBE", span: keyword) }
        }
        grouping.span = span(from: start)
        return grouping
    }

    /// Skips `( … )`.
    mutating func skipBrackets() throws(SyntaxFailure) {
        try expect(symbol: "(")
        repeat { skip() } while take(symbol: ",")
        try expect(symbol: ")")
    }

    /// Reads LATERAL VIEW [OUTER] function(…) table [AS columns], which is refused later.
    private mutating func lateralViews(of select: inout SelectSyntax) throws(SyntaxFailure) {
        while at("LATERAL"), peek().keyword == "VIEW" {
            let start = current.span
            index += 2
            select.clauses.append(ClauseSyntax(name: "LATERAL VIEW", span: span(from: start)))
            if at("OUTER"), !peek(1, is: "(") { advance() }
            _ = try call(try qualifiedName("a function"))
            if !at("AS"), !atAny(Keywords.clauses), current.kind == .word || current.kind == .quotedName {
                _ = try identifier()
            }
            if take("AS") {
                _ = try list { (parser) throws(SyntaxFailure) in try parser.identifier("a column name") }
            }
        }
    }
}
