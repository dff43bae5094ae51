// SPDX-License-Identifier: Apache-2.0
import Columnar

extension Parser {
    /// Whether INTERVAL begins a literal here, and is not a name.
    var startsInterval: Bool {
        var ahead = 1
        if peek(1, is: "-") || peek(1, is: "+") { ahead = 2 }
        let value = peek(ahead)
        if value.kind == .string && ahead == 1 { return true }
        return (value.kind == .number || value.kind == .string) && IntervalUnit(peek(ahead + 1).keyword) != nil
    }

    /// Reads `INTERVAL '…'`, `INTERVAL 1 DAY 2 HOURS` or `INTERVAL '1 02:03' DAY TO MINUTE`.
    mutating func intervalLiteral() throws(SyntaxFailure) -> ExpressionSyntax {
        let start = advance().span
        if current.kind == .string, IntervalUnit(peek().keyword) == nil {
            let token = advance()
            guard let interval = IntervalText.units(token.text) else {
                throw Self.wrongInterval(token.text, token.span)
            }
            return try literal(interval, from: start)
        }
        let first = try signedText()
        let unit = try intervalUnit()
        if take("TO") {
            let lastToken = current
            let last = try intervalUnit()
            guard last > unit, last.isYearMonth == unit.isYearMonth, last <= .second, unit != .week else {
                throw SyntaxFailure(
                    span: lastToken.span, message: "an interval cannot go to \(lastToken.keyword) here",
                    hint: "YEAR TO MONTH, or from DAY, HOUR or MINUTE to HOUR, MINUTE or SECOND")
            }
            guard let amount = IntervalText.range(first.text, from: unit, to: last) else {
                throw Self.wrongInterval(first.text, first.span)
            }
            var interval = IntervalText()
            interval.add(amount, of: unit)
            return try literal(interval, from: start)
        }
        var interval = IntervalText()
        var amount = first
        var next: IntervalUnit = unit
        while true {
            guard interval.add(amount.text, next) else { throw Self.wrongInterval(amount.text, amount.span) }
            let signed = at(symbol: "-") || at(symbol: "+")
            let value = peek(signed ? 1 : 0)
            guard value.kind == .number || value.kind == .string, IntervalUnit(peek(signed ? 2 : 1).keyword) != nil
            else {
                break
            }
            amount = try signedText()
            next = try intervalUnit()
        }
        return try literal(interval, from: start)
    }

    /// Reads a number or string with its sign.
    private mutating func signedText() throws(SyntaxFailure) -> (text: String, span: SourceSpan) {
        let start = current.span
        let negative = at(symbol: "-")
        if negative || at(symbol: "+") { advance() }
        guard current.kind == .number || current.kind == .string else { throw expected("an amount of time") }
        let text = advance().text
        guard negative else { return (text, span(from: start)) }
        return (text.hasPrefix("-") ? String(text.dropFirst()) : "-" + text, span(from: start))
    }

    private mutating func intervalUnit() throws(SyntaxFailure) -> IntervalUnit {
        guard let unit = IntervalUnit(current.keyword) else {
            throw expected(
                "a unit of time", keywords: ["YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"])
        }
        advance()
        return unit
    }

    private func literal(_ interval: IntervalText, from start: SourceSpan) throws(SyntaxFailure) -> ExpressionSyntax {
        let span = span(from: start)
        if interval.hasMonths, interval.hasMicros {
            throw SyntaxFailure(
                span: span, message: "an interval cannot have both years or months and days or times",
                hint: "Add two intervals one after the other")
        }
        if interval.hasMonths {
            guard let months = Int32(exactly: interval.months) else { throw Self.wrongInterval(text(span), span) }
            return ExpressionSyntax(.literal(.interval(.yearMonthInterval(months), .yearMonthInterval)), span)
        }
        return ExpressionSyntax(.literal(.interval(.dayTimeInterval(interval.micros), .dayTimeInterval)), span)
    }

    private static func wrongInterval(_ text: String, _ span: SourceSpan) -> SyntaxFailure {
        SyntaxFailure(
            span: span, message: "'\(text)' is not an interval, or outside the range of one",
            hint: "Examples: INTERVAL '10 minutes', INTERVAL 1 DAY, INTERVAL '1 02:03:04' DAY TO SECOND")
    }
}
