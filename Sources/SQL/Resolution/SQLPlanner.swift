// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import StreamCore

/// Turns SQL text into plans: parses it, resolves names and types, and refuses what is wrong with all mistakes at once.
public struct SQLPlanner: Sendable {
    /// Computes an expression that reads no columns; `nil` when it fails.
    ///
    /// Must not be asked about clocks or chance.
    public typealias Folding = @Sendable (Expression) -> Value?
    /// Gives the columns of a table of files.
    public typealias Tables = @Sendable (LookupPlan.TableReference) throws(PipelineError) -> Schema

    let registry: FunctionRegistry
    let relations: [String: RelationSchema]
    let folding: Folding
    /// Which rows the groups of a query give in an epoch; `nil` for a query over rows that are all there from the start.
    let outputMode: OutputMode?
    /// Whether the input comes to an end, so that groups without a window can be given there.
    let isBounded: Bool
    let tables: Tables?

    /// A planner over named relations.
    ///
    /// - Parameters:
    ///   - registry: the functions and operators.
    ///   - relations: what FROM can name; names are matched exactly, then without regard to case.
    ///   - outputMode: which rows groups give in an epoch: decides what needs a window; `nil` for a query over rows that
    ///     are all there from the start.
    ///   - tables: looks up tables of files (`` delta.`path` ``) that streams are joined with; `nil` where there are none.
    ///   - isBounded: whether the input comes to an end, at which groups that no window closes can be given.
    ///   - folding: computes constants, so that functions see patterns and formats as literals.
    public init(
        registry: FunctionRegistry = .standard, relations: [String: RelationSchema] = [:],
        outputMode: OutputMode? = nil, isBounded: Bool = false, tables: Tables? = nil,
        folding: @escaping Folding = ExpressionEvaluator.foldConstant
    ) {
        self.registry = registry
        self.relations = relations
        self.folding = folding
        self.outputMode = outputMode
        self.isBounded = isBounded
        self.tables = tables
    }

    /// The plan of a query.
    ///
    /// - Throws: all mistakes that one pass finds.
    public func plan(_ sql: String) throws(SQLErrors) -> RelationPlan { try resolve(sql).plan }

    /// The plan of a query, and its columns as a later query names them.
    ///
    /// - Throws: all mistakes that one pass finds.
    public func resolve(_ sql: String) throws(SQLErrors) -> (plan: RelationPlan, columns: RelationSchema) {
        var parser = Parser(sql)
        let query = parser.wholeQuery()
        var resolver = Resolver(self, bytes: parser.bytes)
        let result = query.map { resolver.resolve($0) }
        let plan = try outcome(result?.plan, parser, resolver)
        let eventTimes = (result?.columns ?? []).indices.filter { result?.columns[$0].isEventTime == true }
        return (plan, RelationSchema(plan.schema, eventTimes: Set(eventTimes)))
    }

    /// A BOOLEAN condition over the rows of a relation (`RelationSchema.rowSchema`), for expectations.
    ///
    /// - Throws: all mistakes that one pass finds.
    public func plan(condition sql: String, over relation: RelationSchema) throws(SQLErrors) -> Expression {
        try plan(sql, over: relation, isCondition: true)
    }

    /// A scalar expression over the rows of a relation (`RelationSchema.rowSchema`).
    ///
    /// - Throws: all mistakes that one pass finds.
    public func plan(expression sql: String, over relation: RelationSchema) throws(SQLErrors) -> Expression {
        try plan(sql, over: relation, isCondition: false)
    }

    private func plan(
        _ sql: String, over relation: RelationSchema, isCondition: Bool
    ) throws(SQLErrors) -> Expression {
        var parser = Parser(sql)
        let syntax = parser.wholeExpression()
        let planner = SQLPlanner(registry: registry, relations: ["": relation], folding: folding)
        var resolver = Resolver(planner, bytes: parser.bytes)
        let rows = resolver.resolve(relation: [IdentifierSyntax("", SourceSpan(0, 0))]).named([]).scope
        let scope = rows.used(for: .rows(of: isCondition ? "a condition" : "an expression over rows"))
        let result = syntax.flatMap {
            isCondition
                ? resolver.resolve(condition: $0, "a condition", in: scope) : resolver.resolve($0, in: scope)
        }
        return try outcome(result, parser, resolver)
    }

    /// The result, or the mistakes of both passes. A result that is missing without a mistake is one of ours.
    private func outcome<Result>(_ result: Result?, _ parser: Parser, _ resolver: Resolver) throws(SQLErrors) -> Result
    {
        let errors = parser.errors + resolver.errors
        guard errors.isEmpty, let result else {
            let whole = SQLPosition(SourceSpan(0, parser.bytes.count), in: parser.bytes)
            let unknown = SQLError(
                position: whole, code: .internalError, message: "this SQL could not be planned, and no reason was found"
            )
            throw SQLErrors(errors.isEmpty ? [unknown] : errors)
        }
        return result
    }

    /// The relations a query reads, as written, in the order of the text, without those it defines itself (WITH).
    ///
    /// Positions are those of the first mention.
    ///
    /// Of a text that is wrong, what can be read.
    public static func inputs(of sql: String) -> [(name: String, position: SQLPosition)] {
        var parser = Parser(sql)
        guard let query = parser.wholeQuery() else { return [] }
        var seen: Set<String> = []
        return RelationMentions(query).names.filter { seen.insert($0.dotted).inserted }.map {
            ($0.dotted, SQLPosition($0.span, in: parser.bytes))
        }
    }

    /// All names in a text in lower case, whatever they name: tells which metadata columns a query may mention.
    public static func names(in sql: String) -> Set<String> {
        Set(Lexer(sql).tokens.filter { $0.kind == .word || $0.kind == .quotedName }.map { $0.text.lowercased() })
    }
}
