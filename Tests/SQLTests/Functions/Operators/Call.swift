// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

@testable import SQL

/// A call as the resolver makes it: bound, arguments cast, rewritten where the function asks for it, evaluated.
enum Call {
    /// The expression of a call whose arguments are columns, or literals at `constants`.
    static func expression(
        _ name: String, _ types: [DataType], _ row: [Value] = [], constants: Set<Int> = []
    ) throws -> Expression {
        guard let definition = FunctionRegistry.standard[name] else { throw PipelineError(.unknownName, name) }
        let arguments = types.indices.map { index in
            FunctionArgument(
                type: types[index], nullable: true, constant: constants.contains(index) ? row[index] : nil)
        }
        let bound = try definition.bind(arguments)
        let operands = types.indices.map { index -> Expression in
            let kind: Expression.Kind = constants.contains(index) ? .literal(row[index]) : .column(index)
            let argument = Expression(kind, type: types[index], nullable: true)
            let target = bound.parameterTypes[index]
            return target == types[index]
                ? argument : Expression(.cast(argument, .ansi), type: target, nullable: true)
        }
        switch bound.implementation {
        case .scalar(let function):
            return Expression(.call(function, operands), type: bound.resultType, nullable: bound.nullable, text: name)
        case .rewrite(let rewrite): return rewrite(operands)
        }
    }

    /// Values and codes of failed rows, with columns as arguments.
    static func rows(_ name: String, _ types: [DataType], _ rows: [[Value]]) throws -> Outcome {
        let expression = try expression(name, types)
        let batch = ColumnBatch(
            schema: Schema(types.map { Field("c", $0) }),
            columns: types.indices.map { index in Column(types[index], rows.map { $0[index] }) }, rowCount: rows.count)
        return evaluate(expression, batch)
    }

    static func evaluate(_ expression: Expression, _ batch: ColumnBatch) -> Outcome {
        var errors = RowErrors()
        let column = ExpressionEvaluator(expression).column(
            batch, context: EvaluationContext(epochMicros: 1_700_000_000_123_456), errors: &errors)
        var outcome = Outcome(values: column.values, failures: [:])
        for entry in errors.entries where outcome.failures[Int(entry.row)] == nil {
            outcome.failures[Int(entry.row)] = entry.code
            outcome.values[Int(entry.row)] = .null
        }
        return outcome
    }

    /// A call over one row of columns and the same over literals, which must agree.
    static func outcome(_ name: String, _ arguments: [Value], _ types: [DataType]? = nil) throws -> Outcome {
        let types = types ?? arguments.map(\.impliedType)
        let literal = evaluate(
            try expression(name, types, arguments, constants: Set(types.indices)),
            ColumnBatch(schema: Schema([]), columns: [], rowCount: 1))
        return literal
    }
}

/// The value of a call over literals; throws what the row failed with.
func value(_ name: String, _ arguments: Value...) throws -> Value {
    let outcome = try Call.outcome(name, arguments)
    if let code = outcome.failures[0] { throw PipelineError(code, name) }
    return outcome.values[0]
}

/// The value of a call over literals of given types.
func value(_ name: String, types: [DataType], _ arguments: Value...) throws -> Value {
    let outcome = try Call.outcome(name, arguments, types)
    if let code = outcome.failures[0] { throw PipelineError(code, name) }
    return outcome.values[0]
}

/// The code that a call over literals fails with; `nil` when it does not.
func failureCode(_ name: String, _ arguments: Value...) throws -> PipelineError.Code? {
    try Call.outcome(name, arguments).failures[0]
}
