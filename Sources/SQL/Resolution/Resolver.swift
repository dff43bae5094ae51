// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Gives names and types to one syntax tree. Mistakes are collected; what depends on a mistake is left out silently.
struct Resolver {
    let planner: SQLPlanner
    let bytes: [UInt8]
    private(set) var errors: [SQLError] = []
    /// Common tables that can be named here, by name in lower case.
    var commonTables: [String: ResolvedRelation] = [:]
    /// How much the aliases used by the current column stand for.
    var inlinedSize = 0
    /// The groups of the SELECT at hand, if it has some.
    var grouping: Grouping?
    /// Which rows groups give in an epoch; `nil` where all rows are there from the start.
    var outputMode: OutputMode?
    /// The conditions of the WHERE behind the FROM at hand.
    var whereConditions = WhereConditions()

    init(_ planner: SQLPlanner, bytes: [UInt8]) {
        self.planner = planner
        self.bytes = bytes
        outputMode = planner.outputMode
    }

    /// Resolves something whose mistakes do not count.
    mutating func quietly<Result>(_ body: (inout Resolver) -> Result) -> Result {
        let known = errors
        defer { errors = known }
        return body(&self)
    }

    /// Resolves something; all that keeps state in it appends when a later step follows.
    mutating func resolve<Result>(beforeStep isEarlier: Bool, _ body: (inout Resolver) -> Result) -> Result {
        let mode = outputMode
        defer { outputMode = mode }
        if isEarlier, mode != nil { outputMode = .append }
        return body(&self)
    }

    /// Notes a mistake. Gives nothing, for callers to return.
    mutating func report(
        _ code: PipelineError.Code, _ span: SourceSpan, _ message: String, hint: String = ""
    ) {
        let error = SQLError(position: SQLPosition(span, in: bytes), code: code, message: message, hint: hint)
        if !errors.contains(error) { errors.append(error) }
    }

    /// Notes that something is not planned yet or never.
    mutating func refuse(_ what: String, _ span: SourceSpan, hint: String = "") {
        report(.unsupported, span, "\(what) is not supported here", hint: hint)
    }

    /// The text of a piece, for messages and dead letters.
    func text(_ span: SourceSpan) -> String {
        let text = String(decoding: bytes[span.start..<min(span.end, bytes.count)], as: UTF8.self)
        return text.count <= 200 ? text : "\(text.prefix(199))…"
    }

    /// The expression as a literal when it reads no columns and can be computed now.
    func folded(_ expression: Expression) -> Expression {
        guard let value = planner.folding(expression) else { return expression }
        return Expression(.literal(value), type: expression.type, nullable: value == .null, text: expression.text)
    }

    /// An argument as functions see it: its type, and its value when it is a constant that they may see.
    func argument(_ operand: Operand, isVisible: Bool) -> FunctionArgument {
        let expression = operand.expression
        var constant: Value?
        if isVisible, case .literal(let value) = expression.kind { constant = value }
        return FunctionArgument(type: expression.type, nullable: expression.nullable, constant: constant)
    }

    /// The value cast to a type where they differ by more than what may be NULL.
    func cast(_ expression: Expression, to type: DataType, mode: CastMode = .ansi, text: String = "") -> Expression {
        if Self.sameButForNulls(expression.type, type) { return expression }
        let nullable = expression.nullable || mode == .lenient
        let cast = Expression(.cast(expression, mode), type: type, nullable: nullable, text: text)
        if case .literal = expression.kind { return folded(cast) }
        return cast
    }

    /// Whether two types differ at most in what may be NULL.
    static func sameButForNulls(_ left: DataType, _ right: DataType) -> Bool {
        switch (left, right) {
        case (.array(let one, _), .array(let other, _)): sameButForNulls(one, other)
        case (.map(let oneKey, let oneValue, _), .map(let otherKey, let otherValue, _)):
            sameButForNulls(oneKey, otherKey) && sameButForNulls(oneValue, otherValue)
        case (.structure(let ones), .structure(let others)):
            ones.count == others.count
                && zip(ones, others).allSatisfy { $0.name == $1.name && sameButForNulls($0.type, $1.type) }
        default: left == right
        }
    }
}
