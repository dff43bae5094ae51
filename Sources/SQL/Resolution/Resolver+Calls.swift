// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// Types that are functions too: `int(x)` is `CAST(x AS INT)`.
    static let conversions: [String: DataType] = [
        "boolean": .boolean, "tinyint": .tinyint, "smallint": .smallint, "int": .int, "bigint": .bigint,
        "float": .float, "double": .double, "decimal": .decimal(precision: 10, scale: 0), "string": .string,
        "binary": .binary, "date": .date, "timestamp": .timestamp,
    ]

    /// Functions whose first argument of three is a unit of time as a bare word.
    private static let unitFunctions: Set<String> = [
        "timestampadd", "timestampdiff", "dateadd", "date_add", "datediff", "date_diff", "timediff",
    ]

    /// Operators whose result has digits by those of the operands.
    private static let arithmetic: Set<String> = [
        "+", "-", "*", "/", "%", "div", "mod", "pmod", "try_add", "try_subtract", "try_multiply", "try_divide",
        "try_mod",
    ]

    /// The registry's names of what operators are called in the text.
    private static let operatorFunctions: [String: String] = [
        "<<": "shiftleft", ">>": "shiftright", ">>>": "shiftrightunsigned",
    ]

    mutating func resolve(_ call: CallSyntax, _ span: SourceSpan, in scope: Scope) -> Expression? {
        let name = call.name.last?.key ?? ""
        let qualifier = call.name.dropLast().map(\.key)
        guard [[], ["builtin"], ["system", "builtin"]].contains(qualifier) else {
            report(.unknownName, call.name.span, "there is no function '\(call.name.dotted)'")
            return nil
        }
        let isPlain = refuseDecorations(of: call, name)
        if isPlain, let time = resolve(timeFunction: name, call, span, in: scope) { return time.expression }
        if isPlain, Self.isAggregate(name) {
            return resolve(aggregate: call, name, span, in: scope)
        }
        if Self.isAggregate(name) || RefusedFunctions.windows.contains(name)
            || RefusedFunctions.generators.contains(name)
        {
            return refused(call, name, in: scope)
        }
        if RefusedFunctions.nondeterministic.contains(name) {
            refuse(
                "\(name)(), which gives something else each time,", call.name.span,
                hint: RefusedFunctions.deterministicHint)
            return nil
        }
        if name == "struct" { return structure(call.arguments, span, in: scope, namesColumns: true) }
        if let lambda = call.arguments.first(where: { if case .lambda = $0.value.kind { true } else { false } }) {
            refuse("a lambda function", lambda.value.span)
            return nil
        }
        if let named = call.arguments.first(where: { $0.name != nil }), let argument = named.name {
            refuse("a named argument", argument.span, hint: "Give the arguments of \(name)() in their order")
            return nil
        }
        if let alias = call.arguments.compactMap(\.alias).first {
            report(.invalidSQL, alias.span, "only the arguments of struct() can have names")
            return nil
        }
        if !call.hasUnit, call.arguments.count == 3, Self.unitFunctions.contains(name), let unit = call.arguments.first
        {
            report(
                .invalidFunctionArgument, unit.value.span,
                "\(name)() takes a unit of time such as MONTH here, not \(text(unit.value.span))",
                hint: "Write the unit without quotes")
            return nil
        }
        let arguments = arguments(of: call, in: scope)
        guard let arguments, isPlain else { return nil }
        if name == "coalesce" { return resolve(coalesce: arguments, span) }
        if let type = Self.conversions[name], planner.registry[name] == nil {
            guard arguments.count == 1 else {
                report(.invalidFunctionArgument, span, "\(name)() takes 1 argument, not \(arguments.count)")
                return nil
            }
            return explicitCast(arguments[0].expression, to: type, .ansi, span)
        }
        guard planner.registry[name] != nil else {
            report(
                .unknownName, call.name.span, "there is no function '\(call.name.dotted)'",
                hint: Suggestion.hint(for: name, among: planner.registry.names.filter { $0.first?.isLetter == true }))
            return nil
        }
        return apply(name, arguments, span)
    }

    /// Whether a name is that of an aggregate function, planned or not.
    private static func isAggregate(_ name: String) -> Bool {
        AggregateRegistry.standard[name] != nil || RefusedFunctions.aggregates.contains(name)
    }

    /// Refuses OVER, FILTER and the like; false when there was one.
    private mutating func refuseDecorations(of call: CallSyntax, _ name: String) -> Bool {
        let before = errors.count
        if let window = call.window { refuse("OVER", window.span) }
        if let filter = call.filter, !Self.isAggregate(name) { refuse("FILTER", filter.span) }
        if !call.withinGroup.isEmpty, !Self.isAggregate(name) {
            report(.invalidSQL, call.name.span, "WITHIN GROUP stands only behind aggregate functions, not \(name)()")
        }
        if call.isDistinct, !Self.isAggregate(name) {
            report(.invalidSQL, call.name.span, "DISTINCT stands only in aggregate functions, not in \(name)()")
        }
        return errors.count == before
    }

    /// Refuses a function that needs rows; its arguments are still looked at.
    private mutating func refused(_ call: CallSyntax, _ name: String, in scope: Scope) -> Expression? {
        let kind =
            Self.isAggregate(name)
            ? "the aggregate function"
            : RefusedFunctions.windows.contains(name) ? "the window function" : "the function"
        refuse("\(kind) \(name)()", call.name.span)
        for argument in call.arguments {
            if case .star = argument.value.kind { continue }
            if case .lambda = argument.value.kind { continue }
            _ = resolve(argument.value, in: scope)
        }
        return nil
    }

    /// The arguments of a call, stars expanded.
    mutating func arguments(of call: CallSyntax, in scope: Scope) -> [Operand]? {
        var operands: [Operand] = []
        var isWhole = true
        for argument in call.arguments {
            if case .star(let qualifier, let except) = argument.value.kind {
                guard let columns = expand(star: qualifier, except: except, argument.value.span, in: scope) else {
                    isWhole = false
                    continue
                }
                operands += columns.map { Operand(expression: $0.expression, span: argument.value.span) }
            } else if let expression = resolve(argument.value, in: scope) {
                operands.append(Operand(expression: expression, span: argument.value.span))
            } else {
                isWhole = false
            }
        }
        return isWhole ? operands : nil
    }

    /// `struct(a, b AS c)`: a struct whose fields take the names of columns and aliases, else col1, col2, ….
    mutating func structure(
        _ arguments: [ArgumentSyntax], _ span: SourceSpan, in scope: Scope, namesColumns: Bool
    ) -> Expression? {
        var operands: [Operand] = []
        var isWhole = true
        func add(_ name: String, _ value: Operand) {
            let name = Expression(.literal(.string(name)), type: .string, nullable: false)
            operands += [Operand(expression: name, span: value.span), value]
        }
        for argument in arguments {
            if case .star(let qualifier, let except) = argument.value.kind {
                guard let columns = expand(star: qualifier, except: except, argument.value.span, in: scope) else {
                    isWhole = false
                    continue
                }
                for column in columns {
                    add(column.name, Operand(expression: column.expression, span: argument.value.span))
                }
            } else if let expression = resolve(argument.value, in: scope) {
                var name = argument.alias?.text
                if name == nil, namesColumns { name = ColumnName.own(of: argument.value) }
                add(name ?? "col\(operands.count / 2 + 1)", Operand(expression: expression, span: argument.value.span))
            } else {
                isWhole = false
            }
        }
        return isWhole ? apply("named_struct", operands, span) : nil
    }

    // MARK: Binding

    /// A function or operator over typed arguments, which are cast to its parameters.
    mutating func apply(_ called: String, _ operands: [Operand]?, _ span: SourceSpan) -> Expression? {
        guard let operands else { return nil }
        let name = planner.registry[called] == nil ? Self.operatorFunctions[called] ?? called : called
        guard let definition = planner.registry[name] else {
            refuse("'\(called)'", span)
            return nil
        }
        do throws(FunctionBindingError) {
            // A literal integer beside a decimal takes only the digits it has; a computed one those of its type.
            let isArithmetic = Self.arithmetic.contains(name)
            let bound = try definition.bind(operands.map { argument($0, isVisible: !isArithmetic || $0.isWritten) })
            guard bound.parameterTypes.count == operands.count else {
                report(.unsupported, span, "\(name) cannot be called with \(operands.count) arguments")
                return nil
            }
            var arguments: [Expression] = []
            for (operand, type) in zip(operands, bound.parameterTypes) {
                guard Cast.allows(operand.expression.type, type) else {
                    report(
                        .typeMismatch, operand.span,
                        "\(display(name)) takes \(type) here, not \(operand.expression.type)")
                    return nil
                }
                arguments.append(cast(operand.expression, to: type, text: text(operand.span)))
            }
            return finish(bound, arguments, span)
        } catch {
            report(error, name, operands, span)
            return nil
        }
    }

    private func finish(_ bound: BoundFunction, _ arguments: [Expression], _ span: SourceSpan) -> Expression {
        let result: Expression
        switch bound.implementation {
        case .scalar(let function):
            result = Expression(
                .call(function, arguments), type: bound.resultType, nullable: bound.nullable, text: text(span))
        case .rewrite(let rewrite):
            let rewritten = rewrite(arguments)
            if case .literal = rewritten.kind { return rewritten }
            result = Expression(
                rewritten.kind, type: rewritten.type, nullable: rewritten.nullable, text: text(span))
        }
        let isConstant = arguments.allSatisfy { if case .literal = $0.kind { true } else { false } }
        return isConstant ? folded(result) : result
    }

    private func display(_ name: String) -> String { name.first?.isLetter == true ? "\(name)()" : "'\(name)'" }

    private mutating func report(
        _ error: FunctionBindingError, _ name: String, _ operands: [Operand], _ span: SourceSpan
    ) {
        let usage = planner.registry[name].map { "Usage: \($0.usage)" } ?? ""
        report(error, name, usage: usage, operands, span)
    }

    mutating func report(
        _ error: FunctionBindingError, _ name: String, usage: String, _ operands: [Operand], _ span: SourceSpan
    ) {
        switch error {
        case .argumentCount(let expected):
            report(
                .invalidFunctionArgument, span,
                "\(display(name)) takes \(expected) argument\(expected == "1" ? "" : "s"), not \(operands.count)",
                hint: usage)
        case .argumentType(let index, let expected):
            let place = operands.indices.contains(index) ? operands[index] : nil
            let found = place.map { "\($0.expression.type)" } ?? "nothing"
            report(
                .typeMismatch, place?.span ?? span, "\(display(name)) takes \(expected) here, not \(found)",
                hint: usage)
        case .argumentValue(let index, let expected):
            let place = operands.indices.contains(index) ? operands[index].span : span
            report(
                .invalidFunctionArgument, place, "\(display(name)) takes \(expected) here, not \(text(place))",
                hint: usage)
        }
    }
}
