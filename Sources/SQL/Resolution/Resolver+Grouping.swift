// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension SelectSyntax {
    /// Whether its columns are of groups of rows.
    var isGrouped: Bool {
        grouping != nil || having != nil || items.contains { $0.value.hasAggregate }
    }
}

extension ExpressionSyntax {
    /// Whether it calls an aggregate function, other than over a window of rows (OVER).
    var hasAggregate: Bool {
        if case .call(let call) = kind, call.window == nil, let name = call.name.last?.key,
            AggregateRegistry.standard[name] != nil || RefusedFunctions.aggregates.contains(name)
        {
            return true
        }
        return children.contains(where: \.hasAggregate)
    }

    /// Whether it has a name that is no column.
    func mentionsOther(than scope: Scope) -> Bool {
        if case .name(let parts) = kind { return scope.candidates(for: parts).columns.isEmpty }
        return children.contains { $0.mentionsOther(than: scope) }
    }
}

extension Resolver {
    /// A key of GROUP BY over the rows.
    struct GroupKey {
        let form: ExpressionSyntax
        let name: String
        let span: SourceSpan
        let value: Value

        enum Value {
            case expression(Expression)
            case window(WindowPlan, name: String)
            /// With a mistake, which was reported.
            case unknown
        }
    }

    /// The groups that a SELECT asks for: keys and window; its aggregates are added as they are met.
    mutating func grouping(of select: SelectSyntax, over from: Scope) -> Grouping {
        var grouping = Grouping(rows: from)
        grouping.isWritten = select.grouping != nil
        grouping.isBroken = select.grouping?.analytics != nil
        var keys: [GroupKey] = []
        for syntax in keySyntax(of: select, over: from) {
            let key = key(syntax, of: select, over: from)
            if !keys.contains(where: { $0.form == key.form }) { keys.append(key) }
        }
        let window = windowKey(keys, in: from)
        for (index, key) in keys.enumerated() {
            guard index != window else { continue }
            switch key.value {
            case .unknown:
                grouping.isBroken = true
                grouping.keys[key.form] = .some(nil)
            case .window:
                report(
                    .unsupported, key.span, "there are two windows in one GROUP BY",
                    hint: "Keep one, and group by the other in a query around this one")
                grouping.keys[key.form] = .some(nil)
            case .expression(let expression): add(expression, key, to: &grouping)
            }
        }
        if let window { add(window: keys[window], to: &grouping) }
        check(grouping, of: select)
        return grouping
    }

    private func add(_ expression: Expression, _ key: GroupKey, to grouping: inout Grouping) {
        if case .literal = expression.kind {
            // One group by it, with or without rows that say so; VOID is no type that state can have.
            let stored = expression.type == .void ? cast(expression, to: .boolean) : expression
            grouping.plan.keys.append(NamedExpression(key.name, stored))
            grouping.keys[key.form] = expression
            return
        }
        let output = Expression(
            .column(grouping.plan.keys.count), type: expression.type, nullable: expression.nullable,
            text: expression.text)
        grouping.plan.keys.append(NamedExpression(key.name, expression))
        grouping.keys[key.form] = output
    }

    /// Makes one of the keys the window.
    private func add(window key: GroupKey, to grouping: inout Grouping) {
        let position = grouping.plan.keys.count
        grouping.windowPosition = position
        switch key.value {
        case .window(let plan, let name):
            grouping.plan.window = plan
            grouping.windowName = name
            grouping.hasEventTime = isEventTime(plan.eventTime, over: grouping.rows.columns)
        case .expression(let expression):
            let isMoment = expression.type == .timestamp
            grouping.plan.window = WindowPlan(
                name: key.name, kind: isMoment ? .fixed(sizeMicros: 1, slideMicros: 1, offsetMicros: 0) : .inherited,
                eventTime: expression)
            grouping.isOfMoments = isMoment
            grouping.hasEventTime = true
        case .unknown: return
        }
        guard let window = grouping.window else { return }
        if grouping.isOfMoments {
            grouping.keys[key.form] = Expression(
                .field(window, 0), type: .timestamp, nullable: false, text: key.name)
        } else {
            grouping.keys[key.form] = window
        }
    }

    /// The key that cuts time: a window, else the window of an earlier grouping, else the event time itself.
    ///
    /// The last is so only where groups must end; elsewhere it is a key like others, also of rows where it is NULL.
    private func windowKey(_ keys: [GroupKey], in from: Scope) -> Int? {
        if let written = keys.firstIndex(where: { if case .window = $0.value { true } else { false } }) {
            return written
        }
        guard let outputMode else { return nil }
        let eventTimes = keys.indices.filter {
            guard case .expression(let expression) = keys[$0].value else { return false }
            return isEventTime(expression, over: from.columns)
        }
        let isMoment = { (index: Int) in
            if case .expression(let expression) = keys[index].value { expression.type == .timestamp } else { false }
        }
        if let inherited = eventTimes.first(where: { !isMoment($0) }) { return inherited }
        return outputMode == .append ? eventTimes.first(where: isMoment) : nil
    }

    // MARK: Keys

    /// The keys as expressions: those written, or for ALL the columns that are not of groups.
    private mutating func keySyntax(of select: SelectSyntax, over from: Scope) -> [ExpressionSyntax] {
        guard let grouping = select.grouping else { return [] }
        guard grouping.isAll else { return grouping.keys }
        return columns(of: select, over: from).filter { !$0.hasAggregate }
    }

    /// The columns of a SELECT, each as an expression.
    private mutating func columns(of select: SelectSyntax, over from: Scope) -> [ExpressionSyntax] {
        var columns: [ExpressionSyntax] = []
        for item in select.items {
            guard case .star(let qualifier, let except) = item.value.kind else {
                columns.append(item.value)
                continue
            }
            for column in expand(star: qualifier, except: except, item.value.span, in: from) ?? [] {
                guard case .column(let position) = column.expression.kind else { continue }
                let parts = from.columns[position].qualifier + [from.columns[position].name]
                columns.append(
                    ExpressionSyntax(.name(parts.map { IdentifierSyntax($0, item.value.span) }), item.value.span))
            }
        }
        return columns
    }

    private mutating func key(_ written: ExpressionSyntax, of select: SelectSyntax, over from: Scope) -> GroupKey {
        let canonical = CanonicalSyntax(scope: from)
        var (syntax, name) = (written, String?.none)
        if case .literal(.number(let value, let type)) = syntax.kind, type.isInteger,
            AggregateDefinition.number(value).map({ $0 >= 0 }) == true
        {
            let columns = columns(of: select, over: from)
            guard let position = AggregateDefinition.number(value).flatMap({ Int(exactly: $0) }), position >= 1,
                position <= columns.count
            else {
                report(
                    .invalidSQL, written.span,
                    "GROUP BY \(text(written.span)) names no column: there are \(columns.count) in SELECT")
                return GroupKey(form: canonical.form(written), name: "", span: written.span, value: .unknown)
            }
            syntax = columns[position - 1]
        }
        for _ in 0..<16 {
            guard case .name(let parts) = syntax.kind, parts.count == 1, from.candidates(for: parts).columns.isEmpty,
                let item = select.items.first(where: { $0.aliases.first?.key == parts[0].key })
            else { break }
            syntax = item.value
        }
        name =
            select.items.first { $0.aliases.count == 1 && canonical.form($0.value) == canonical.form(syntax) }?
            .aliases.first?.text
        let form = canonical.form(syntax)
        let scope = scope(of: syntax, select, over: from)
        let shown = name ?? ColumnName.of(syntax, in: from)
        if syntax.hasAggregate, syntax.span != written.span {
            report(
                .invalidSQL, written.span, "GROUP BY \(text(written.span)) stands for an aggregate function",
                hint: "Group by columns that are not of groups")
            return GroupKey(form: form, name: shown, span: written.span, value: .unknown)
        }
        if case .call(let call) = syntax.kind, let function = call.name.last?.key,
            function == "window" || function == "session_window"
        {
            guard let window = window(call, named: name ?? function, syntax.span, in: scope) else {
                return GroupKey(form: form, name: shown, span: written.span, value: .unknown)
            }
            return GroupKey(form: form, name: shown, span: written.span, value: .window(window, name: function))
        }
        guard let expression = resolve(syntax, in: scope) else {
            return GroupKey(form: form, name: shown, span: written.span, value: .unknown)
        }
        if Self.hasMap(expression.type) {
            report(.typeMismatch, written.span, "\(expression.type) cannot be a key: maps have no order of entries")
            return GroupKey(form: form, name: shown, span: written.span, value: .unknown)
        }
        return GroupKey(form: form, name: shown, span: written.span, value: .expression(expression))
    }

    /// The rows, and the aliases that a key may use in a larger expression.
    private mutating func scope(of key: ExpressionSyntax, _ select: SelectSyntax, over from: Scope) -> Scope {
        var scope = from.used(for: .rows(of: "GROUP BY"))
        guard key.mentionsOther(than: from) else { return scope }
        for item in select.items where item.aliases.count == 1 && !item.value.hasAggregate {
            let alias = item.aliases[0]
            guard from.candidates(for: [alias]).columns.isEmpty, scope.aliases[alias.key] == nil else { continue }
            inlinedSize = 0
            // Its mistakes are found where the column itself is looked at.
            guard let expression = quietly({ $0.resolve(item.value, in: scope) }) else { continue }
            let size = inlinedSize + item.value.span.end - item.value.span.start
            scope.aliases[alias.key] = Scope.Alias(expression: expression, size: size)
        }
        return scope
    }

    static func hasMap(_ type: DataType) -> Bool {
        switch type {
        case .map: true
        case .array(let element, _): hasMap(element)
        case .structure(let fields): fields.contains { hasMap($0.type) }
        default: false
        }
    }
}
