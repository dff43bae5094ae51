// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The names of result columns that have no alias, as Spark gives them: `(a + 1)`, `CAST(a AS INT)`, `upper(a)`.
struct ColumnName {
    /// Where names are looked up, so that those of columns lose their qualifier.
    let scope: Scope

    /// The name that a column or field brings along; `nil` for other expressions.
    static func own(of syntax: ExpressionSyntax) -> String? {
        switch syntax.kind {
        case .name(let parts): parts.last?.text
        case .field(_, let name): name.text
        default: nil
        }
    }

    /// The name of a result column.
    static func of(_ syntax: ExpressionSyntax, in scope: Scope = .empty) -> String {
        if case .name(let parts) = syntax.kind { return parts.last?.text ?? "" }
        return ColumnName(scope: scope).pretty(syntax)
    }

    private func text(_ parts: [IdentifierSyntax]) -> String {
        let (found, used) = scope.candidates(for: parts)
        return (found.isEmpty ? parts : Array(parts.dropFirst(used - 1))).dotted
    }

    private func pretty(_ syntax: ExpressionSyntax) -> String {
        switch syntax.kind {
        case .literal(let literal): text(literal)
        case .name(let parts): text(parts)
        case .star(let qualifier, _): (qualifier + [IdentifierSyntax("*", syntax.span)]).dotted
        case .unary(let name, let value):
            name == "~" ? "~\(pretty(value))" : "(\(name == "unary-" ? "-" : "+") \(pretty(value)))"
        case .binary("<>", let left, let right): "(NOT (\(pretty(left)) = \(pretty(right))))"
        case .binary("||", let left, let right): "concat(\(pretty(left)), \(pretty(right)))"
        case .binary(let name, let left, let right): "(\(pretty(left)) \(name) \(pretty(right)))"
        case .and(let left, let right): "(\(pretty(left)) AND \(pretty(right)))"
        case .or(let left, let right): "(\(pretty(left)) OR \(pretty(right)))"
        case .not(let value): "(NOT \(pretty(value)))"
        case .isTest(let value, let test, let negated):
            test == .null || test == .unknown
                ? "(\(pretty(value)) IS \(negated ? "NOT " : "")NULL)"
                : negate("(\(pretty(value)) <=> \(test == .true_))", negated)
        case .isDistinct(let left, let right, let negated): negate("(\(pretty(left)) <=> \(pretty(right)))", !negated)
        case .between(let value, let low, let high, let negated):
            negate("between(\(pretty(value)), \(pretty(low)), \(pretty(high)))", negated)
        case .inList(let value, let list, let negated):
            negate("(\(pretty(value)) IN (\(list.map(pretty).joined(separator: ", "))))", negated)
        case .inQuery(let value, _, let negated): negate("(\(pretty(value)) IN (listquery()))", negated)
        case .like(let like): text(like)
        case .cast(let value, let type, let mode): "\(mode == .ansi ? "CAST" : "TRY_CAST")(\(pretty(value)) AS \(type))"
        case .conditional(let operand, let branches, let otherwise): text(operand, branches, otherwise)
        case .call(let call): text(call)
        case .field(let value, let name): "\(pretty(value)).\(name.text)"
        case .element(let value, let index): "\(pretty(value))[\(pretty(index))]"
        case .lambda(let names, let body):
            "lambdafunction(\(pretty(body)), \(names.map(\.text).joined(separator: ", ")))"
        case .tuple(let elements): "struct(\(elements.map(pretty).joined(separator: ", ")))"
        case .exists: "exists()"
        case .query: "scalarsubquery()"
        case .unsupported(let what): what
        case .invalid: ""
        }
    }

    private func negate(_ text: String, _ negated: Bool) -> String { negated ? "(NOT \(text))" : text }

    private func text(_ like: LikeSyntax) -> String {
        let (value, patterns) = (pretty(like.value), like.patterns.map(pretty).joined(separator: ", "))
        if let quantifier = like.quantifier {
            let name = "\(like.negated ? "not" : "")\(like.function)\(quantifier.rawValue.lowercased())"
            return "\(name)(\(value), \(patterns))"
        }
        if like.function == "rlike" { return negate("RLIKE(\(value), \(patterns))", like.negated) }
        if like.function == "ilike" { return negate("ilike(\(value), \(patterns))", like.negated) }
        let escape = like.escape.map { " ESCAPE '\(pretty($0))'" } ?? ""
        return negate("\(value) LIKE \(patterns)\(escape)", like.negated)
    }

    private func text(
        _ operand: ExpressionSyntax?, _ branches: [BranchSyntax], _ otherwise: ExpressionSyntax?
    ) -> String {
        let subject = operand.map(pretty)
        var text = "CASE"
        for branch in branches {
            let condition = subject.map { "(\($0) = \(pretty(branch.condition)))" } ?? pretty(branch.condition)
            text += " WHEN \(condition) THEN \(pretty(branch.result))"
        }
        return text + (otherwise.map { " ELSE \(pretty($0))" } ?? "") + " END"
    }

    private func text(_ call: CallSyntax) -> String {
        let name = call.name.last?.key ?? ""
        let arguments = call.arguments.map { argument in
            let value = pretty(argument.value)
            if let alias = argument.alias { return "\(value) AS \(alias.text)" }
            return argument.name.map { "\($0.text) => \(value)" } ?? value
        }
        let list = arguments.joined(separator: ", ")
        // A conversion written as a function leaves its argument's name.
        if Resolver.conversions[name] != nil, arguments.count == 1 { return list }
        if name == "window" || name == "session_window" { return name }
        if name == "if", arguments.count == 3 { return "(IF(\(list)))" }
        let distinct = call.isDistinct ? "DISTINCT " : ""
        let filter = call.filter.map { " FILTER (WHERE \(pretty($0)))" } ?? ""
        let nulls = call.ignoresNulls ? " ignore nulls" : ""
        return "\(name)(\(distinct)\(name == "count" && list == "*" ? "1" : list))\(nulls)\(filter)"
    }

    private func text(_ literal: LiteralSyntax) -> String {
        switch literal {
        case .null: "NULL"
        case .boolean(let value): "\(value)"
        case .string(let text): text
        case .binary(let bytes): "X'" + bytes.map { Self.hex($0) }.joined() + "'"
        case .typed(let type, let text): "\(type) '\(text)'"
        case .interval(let value, let type): Self.interval(value, type)
        case .number(let value, _): Self.number(value)
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }

    private static func number(_ value: Value) -> String {
        switch value {
        case .tinyint(let number): "\(number)"
        case .smallint(let number): "\(number)"
        case .int(let number): "\(number)"
        case .bigint(let number): "\(number)"
        case .float(let number): java("\(number)")
        case .double(let number): java("\(number)")
        case .decimal(let unscaled, let scale): decimal(unscaled, scale)
        default: ""
        }
    }

    /// Digits in Java's notation, which has an E from 10^7 on and below 10^-3.
    private static func java(_ swift: String) -> String {
        let parts = swift.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return swift }
        return "\(parts[0])\(parts[0].contains(".") ? "" : ".0")E\(exponent)"
    }

    private static func decimal(_ unscaled: Int128, _ scale: Int) -> String {
        guard scale > 0 else { return "\(unscaled)" }
        var digits = String(unscaled.magnitude)
        if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
        return (unscaled < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
    }

    private static func interval(_ value: Value, _ type: DataType) -> String {
        switch value {
        case .yearMonthInterval(let months):
            let size = months.magnitude
            return "INTERVAL '\(months < 0 ? "-" : "")\(size / 12)-\(size % 12)' YEAR TO MONTH"
        case .dayTimeInterval(let micros):
            let (seconds, fraction) = micros.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
            let two = { (number: UInt64) in number < 10 ? "0\(number)" : "\(number)" }
            var text = "INTERVAL '\(micros < 0 ? "-" : "")\(seconds / 86_400) "
            text += "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
            if fraction > 0 {
                var digits = String("00000\(fraction)".suffix(6))
                while digits.hasSuffix("0") { digits.removeLast() }
                text += ".\(digits)"
            }
            return text + "' DAY TO SECOND"
        default: return "\(type)"
        }
    }
}
