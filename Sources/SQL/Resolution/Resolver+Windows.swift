// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension Resolver {
    /// Whether the value is the event time that the watermark speaks of, or a window over it.
    func isEventTime(_ expression: Expression, over columns: [Scope.Column]) -> Bool {
        switch expression.kind {
        case .column(let position): columns.indices.contains(position) && columns[position].isEventTime
        case .call(let function, let arguments)
        where arguments.count == 1 && (function.name == "window_time" || function.name == "window"):
            isEventTime(arguments[0], over: columns)
        // The start of a window that stands for moments is the moment.
        case .field(let window, 0) where grouping?.isOfMoments == true: isEventTime(window, over: columns)
        default: false
        }
    }

    /// `window`, `session_window` and `window_time` where they are values of rows; nothing for other functions.
    mutating func resolve(
        timeFunction name: String, _ call: CallSyntax, _ span: SourceSpan, in scope: Scope
    ) -> GroupValue? {
        switch name {
        case "window_time": return GroupValue(expression: windowTime(call, span, in: scope))
        case "window": return GroupValue(expression: tumbling(call, span, in: scope))
        case "session_window":
            report(
                .invalidSQL, span, "session_window() stands only in GROUP BY, and in SELECT as it stands there",
                hint: "Write GROUP BY session_window(…), and session_window.start in SELECT")
            return GroupValue(expression: nil)
        default: return nil
        }
    }

    private mutating func windowTime(_ call: CallSyntax, _ span: SourceSpan, in scope: Scope) -> Expression? {
        guard let operands = arguments(of: call, in: scope) else { return nil }
        guard operands.count == 1 else {
            report(.invalidFunctionArgument, span, "window_time() takes 1 argument, not \(operands.count)")
            return nil
        }
        guard Self.isWindow(operands[0].expression.type) else {
            report(
                .typeMismatch, operands[0].span,
                "window_time() takes the window of a grouping here, not \(operands[0].expression.type)",
                hint: "Usage: window_time(window)")
            return nil
        }
        return lastMoment(of: operands[0].expression, span)
    }

    private func lastMoment(of window: Expression, _ span: SourceSpan) -> Expression {
        Expression(
            .call(WindowFunctions.time, [window]), type: .timestamp, nullable: window.nullable, text: text(span))
    }

    /// A tumbling window as a value of each row.
    private mutating func tumbling(_ call: CallSyntax, _ span: SourceSpan, in scope: Scope) -> Expression? {
        guard let plan = window(call, named: "window", span, in: scope) else { return nil }
        guard case .fixed(let size, let slide, let offset) = plan.kind, size == slide else {
            report(
                .unsupported, span, "a sliding window outside GROUP BY is not supported here: it would repeat rows",
                hint: "Write window(…) in GROUP BY")
            return nil
        }
        return Expression(
            .call(WindowFunctions.tumbling(sizeMicros: size, offsetMicros: offset), [plan.eventTime]),
            type: WindowPlan.type, nullable: plan.eventTime.nullable, text: text(span))
    }

    /// Whether a type is that of windows: a STRUCT of start and end.
    static func isWindow(_ type: DataType) -> Bool {
        guard case .structure(let fields) = type, fields.count == 2 else { return false }
        return fields.map(\.name) == ["start", "end"] && fields.allSatisfy { $0.type == .timestamp }
    }

    // MARK: The window of a grouping

    /// `window(time, size[, slide[, offset]])` or `session_window(time, gap)`; `nil` with mistakes.
    mutating func window(_ call: CallSyntax, named name: String, _ span: SourceSpan, in scope: Scope) -> WindowPlan? {
        let function = call.name.last?.key ?? ""
        let isSession = function == "session_window"
        let counts = isSession ? 2...2 : 2...4
        guard counts.contains(call.arguments.count) else {
            report(
                .invalidFunctionArgument, span,
                "\(function)() takes \(isSession ? "2" : "2 to 4") arguments, not \(call.arguments.count)",
                hint: "Usage: "
                    + (isSession ? "session_window(time, gap)" : "window(time, size[, slide[, offset]])"))
            return nil
        }
        let time = eventTime(call.arguments[0].value, of: function, in: scope)
        if isSession {
            let gap = gap(call.arguments[1].value, in: scope)
            guard let time, let gap else { return nil }
            return WindowPlan(name: name, kind: .session(gap: gap), eventTime: time)
        }
        let names = ["size", "slide", "offset"]
        var micros: [Int64] = []
        for (argument, what) in zip(call.arguments.dropFirst(), names) {
            if let amount = duration(argument.value, what, in: scope) { micros.append(amount) }
        }
        guard micros.count == call.arguments.count - 1,
            let kind = fixed(micros, call.arguments.dropFirst().map(\.value.span)), let time
        else { return nil }
        return WindowPlan(name: name, kind: kind, eventTime: time)
    }

    /// Checks how size, slide and offset fit together.
    private mutating func fixed(_ micros: [Int64], _ spans: [SourceSpan]) -> WindowPlan.Kind? {
        let (size, slide) = (micros[0], micros.count > 1 ? micros[1] : micros[0])
        for (index, what) in ["size", "slide"].enumerated() where index < micros.count && micros[index] <= 0 {
            report(
                .invalidFunctionArgument, spans[index], "the \(what) of a window must be above 0",
                hint: "For example '10 minutes'")
            return nil
        }
        if slide > size {
            report(
                .invalidFunctionArgument, spans[1], "the slide of a window must not be longer than its size",
                hint: "Rows between two windows would be lost")
            return nil
        }
        let offset = micros.count > 2 ? micros[2] : 0
        if offset.magnitude >= slide.magnitude {
            report(
                .invalidFunctionArgument, spans[2], "the offset of a window must be shorter than its slide",
                hint: "Windows begin at the offset and every slide before and after it")
            return nil
        }
        return .fixed(sizeMicros: size, slideMicros: slide, offsetMicros: offset < 0 ? offset + slide : offset)
    }

    /// The time that windows are cut of: a TIMESTAMP, what is cast to one, or the window of an earlier grouping.
    private mutating func eventTime(
        _ syntax: ExpressionSyntax, of function: String, in scope: Scope
    ) -> Expression? {
        guard let expression = resolve(syntax, in: scope) else { return nil }
        switch expression.type {
        case .timestamp: return expression
        case .date, .string, .void: return cast(expression, to: .timestamp, text: text(syntax.span))
        case let type where Self.isWindow(type): return lastMoment(of: expression, syntax.span)
        default:
            report(
                .typeMismatch, syntax.span, "\(function)() takes TIMESTAMP here, not \(expression.type)",
                hint: expression.type == .timestampNTZ ? "CAST it to TIMESTAMP" : "")
            return nil
        }
    }

    /// A constant time of days and less, µs.
    private mutating func duration(_ syntax: ExpressionSyntax, _ what: String, in scope: Scope) -> Int64? {
        let hint = "For example '10 minutes' or INTERVAL 10 MINUTES"
        guard let expression = interval(syntax, "the \(what) of a window", in: scope) else { return nil }
        guard case .literal(.dayTimeInterval(let micros)) = expression.kind else {
            if expression.type != .dayTimeInterval {
                report(
                    .typeMismatch, syntax.span, "the \(what) of a window is an interval, not \(expression.type)",
                    hint: hint)
            } else {
                report(
                    .invalidFunctionArgument, syntax.span, "the \(what) of a window must be a literal", hint: hint)
            }
            return nil
        }
        return micros
    }

    /// How long after a row a session ends.
    private mutating func gap(_ syntax: ExpressionSyntax, in scope: Scope) -> Expression? {
        guard let expression = interval(syntax, "the gap of a session", in: scope) else { return nil }
        guard expression.type == .dayTimeInterval else {
            report(
                .typeMismatch, syntax.span, "the gap of a session is an interval, not \(expression.type)",
                hint: "For example '10 minutes', or CASE WHEN … THEN '1 minute' ELSE '5 minutes' END")
            return nil
        }
        if case .literal(let value) = expression.kind, case .dayTimeInterval(let micros) = value, micros <= 0 {
            report(.invalidFunctionArgument, syntax.span, "the gap of a session must be above 0")
            return nil
        }
        return expression
    }

    /// An interval; texts in it are read as intervals.
    private mutating func interval(_ syntax: ExpressionSyntax, _ what: String, in scope: Scope) -> Expression? {
        let before = errors.count
        let written = interval(syntax, what)
        guard errors.count == before else { return nil }
        return resolve(written, in: scope)
    }

    /// The expression with its texts, and those in the branches of CASE, as intervals.
    private mutating func interval(_ syntax: ExpressionSyntax, _ what: String) -> ExpressionSyntax {
        switch syntax.kind {
        case .literal(.string(let text)):
            guard let interval = IntervalText.units(text) else {
                report(
                    .invalidFunctionArgument, syntax.span, "'\(text)' is not an interval",
                    hint: "For example '10 minutes' or '1 hour 30 minutes'")
                return syntax
            }
            if interval.hasMonths { report(months: what, syntax.span) }
            let literal = LiteralSyntax.interval(.dayTimeInterval(interval.micros), .dayTimeInterval)
            return ExpressionSyntax(.literal(literal), syntax.span)
        case .literal(.interval(_, .yearMonthInterval)):
            report(months: what, syntax.span)
            return syntax
        case .conditional(let operand, let branches, let otherwise):
            let results = branches.map {
                BranchSyntax(condition: $0.condition, result: interval($0.result, what))
            }
            let last = otherwise.map { interval($0, what) }
            return ExpressionSyntax(.conditional(operand: operand, results, otherwise: last), syntax.span)
        default: return syntax
        }
    }

    private mutating func report(months what: String, _ span: SourceSpan) {
        report(
            .invalidFunctionArgument, span, "\(what) cannot be of months or years, which differ in length",
            hint: "Write days")
    }

    // MARK: What lets groups end

    /// Checks that groups end where they are given once, when they have ended.
    mutating func check(_ grouping: Grouping, of select: SelectSyntax) {
        guard let outputMode, !grouping.isBroken, grouping.rows.columns.allSatisfy({ $0.type != nil }) else { return }
        let span = select.grouping?.span ?? select.items.first { $0.value.hasAggregate }?.value.span ?? select.span
        let times = grouping.rows.visible.map { grouping.rows.columns[$0] }.filter(\.isEventTime)
        let other = "set \"outputMode\" of the transform to \"update\" or \"complete\""
        guard let window = grouping.plan.window else {
            guard outputMode == .append, !planner.isBounded, !grouping.keys.values.contains(where: { $0 == nil }) else {
                return
            }
            let hint =
                times.first.map {
                    "Group by \(Self.isWindowColumn($0) ? $0.name : "window(\($0.name), '…')") too, or \(other)"
                }
                ?? "Give the source a \"watermark\" and group by window(…) too, or \(other)"
            report(
                .unsupported, span,
                "groups without a window of event time never end, and in append mode a group is given when it has ended",
                hint: hint)
            return
        }
        if case .session = window.kind, outputMode == .update {
            report(
                .unsupported, span, "sessions cannot be given in update mode: a session that grows is another one",
                hint: "Use append or complete")
        }
        guard !grouping.hasEventTime, outputMode != .complete else { return }
        let shown = window.eventTime.text.isEmpty ? "its time" : "'\(window.eventTime.text)'"
        report(
            .unsupported, span, "the windows never close: \(shown) is not the column of a watermark",
            hint: times.first.map {
                "Use \($0.name), as it comes from the source, or set \"outputMode\" to \"complete\""
            }
                ?? "Give the source a \"watermark\" on this column, and take the column as it is, or set \"outputMode\" to \"complete\""
        )
    }

    private static func isWindowColumn(_ column: Scope.Column) -> Bool { column.type.map(isWindow) ?? false }
}
