// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension JoinSyntax.Kind {
    fileprivate var planned: JoinPlan.Kind {
        switch self {
        case .inner, .cross: .inner
        case .left: .left
        case .right: .right
        case .full: .full
        case .leftSemi: .leftSemi
        case .leftAnti: .leftAnti
        }
    }
}

extension Resolver {
    /// The conditions of WHERE, which inner joins take what they can from.
    struct WhereConditions {
        var conjuncts: [ExpressionSyntax] = []
        var taken: Set<Int> = []
    }

    /// Two relations of a comma: an inner join by the conditions of WHERE.
    mutating func joined(_ left: ResolvedRelation, _ right: ResolvedRelation, _ span: SourceSpan) -> ResolvedRelation {
        plan(.inner, left, right, on: nil, using: [], span, says: "The condition goes into WHERE")
    }

    /// A JOIN as written.
    mutating func resolve(_ join: JoinSyntax) -> ResolvedRelation {
        let kind = join.kind.planned
        // Rows that an outer join leaves unmatched must not be filtered before it.
        let pending = whereConditions
        if kind != .inner { whereConditions = WhereConditions() }
        let (left, right) = resolve(beforeStep: true) { ($0.resolve(join.left), $0.resolve(join.right)) }
        if kind != .inner { whereConditions = WhereConditions() }
        var using = join.using
        if join.isNatural {
            using = left.visible.filter { column in right.visible.contains { $0.key == column.key } }
                .map { IdentifierSyntax($0.name, join.span) }
        }
        let result = plan(kind, left, right, on: join.condition, using: using, join.span, says: "")
        if kind != .inner { whereConditions = pending }
        return result
    }

    private mutating func plan(
        _ kind: JoinPlan.Kind, _ left: ResolvedRelation, _ right: ResolvedRelation, on condition: ExpressionSyntax?,
        using: [IdentifierSyntax], _ span: SourceSpan, says hint: String
    ) -> ResolvedRelation {
        let both = left.columns + right.columns
        let scope = Scope(columns: both, isOpen: left.isOpen || right.isOpen).used(for: .rows(of: "ON"))
        let before = errors.count
        var conditions = condition.flatMap { resolve(condition: $0, "ON", in: scope) }.map { [$0] } ?? []
        for name in using {
            if let same = equality(name, left, right) { conditions.append(same) }
        }
        if kind == .inner { conditions += takenFromWhere(scope) }
        var result = ResolvedRelation(plan: nil, columns: both, isOpen: scope.isOpen)
        if kind == .leftSemi || kind == .leftAnti { result.columns = left.columns }
        if kind == .right || kind == .full {
            for index in left.columns.indices { result.columns[index].nullable = true }
        }
        if kind == .left || kind == .full {
            for index in both.indices.dropFirst(left.columns.count) { result.columns[index].nullable = true }
        }
        if errors.count == before, !scope.isOpen {
            let parts = JoinConditions(conditions, width: left.columns.count, columns: both)
            if let table = right.table {
                result.plan = lookup(kind, left, table, parts, span)
            } else if left.table != nil {
                return swapped(kind, left, right, conditions, span, using)
            } else {
                result.plan = join(kind, left, right, parts, span, says: hint)
            }
        }
        return using.isEmpty ? result : merged(result, kind, using)
    }

    /// `left.name = right.name`.
    private mutating func equality(
        _ name: IdentifierSyntax, _ left: ResolvedRelation, _ right: ResolvedRelation
    ) -> Expression? {
        var sides: [Operand] = []
        for (relation, first) in [(left, 0), (right, left.columns.count)] {
            let positions = relation.columns.indices.filter {
                relation.columns[$0].key == name.key && !relation.columns[$0].isHidden
            }
            guard positions.count == 1, let position = positions.first else {
                if !relation.isOpen {
                    report(
                        .unknownName, name.span,
                        positions.isEmpty
                            ? "one side of the join has no column '\(name.text)'" : "'\(name.text)' is ambiguous",
                        hint: Self.suggestion(name.text, among: relation.visible.map(\.name)))
                }
                return nil
            }
            let column = relation.columns[position]
            guard let type = column.type else { return nil }
            let value = Expression(
                .column(first + position), type: type, nullable: column.nullable, text: column.name)
            sides.append(Operand(expression: value, span: name.span))
        }
        return apply("=", sides, name.span)
    }

    /// Conditions of WHERE that the columns at hand suffice for.
    private mutating func takenFromWhere(_ scope: Scope) -> [Expression] {
        var found: [Expression] = []
        for (index, conjunct) in whereConditions.conjuncts.enumerated()
        where !whereConditions.taken.contains(index) && !conjunct.hasAggregate && !conjunct.mentionsOther(than: scope) {
            guard let expression = quietly({ $0.resolve(condition: conjunct, "WHERE", in: scope) }) else { continue }
            whereConditions.taken.insert(index)
            found.append(expression)
        }
        return found
    }

    // MARK: Streams

    private mutating func join(
        _ kind: JoinPlan.Kind, _ left: ResolvedRelation, _ right: ResolvedRelation, _ parts: JoinConditions,
        _ span: SourceSpan, says hint: String
    ) -> RelationPlan? {
        guard let leftPlan = left.plan, let rightPlan = right.plan else { return nil }
        // A condition on one side alone goes before the join, unless the rows that fail it come out all the same.
        let filtersLeft = kind == .inner || kind == .right || kind == .leftSemi
        let filtersRight = kind != .right && kind != .full
        var rest = parts.rest
        if !filtersLeft { rest += parts.left }
        if !filtersRight { rest += parts.right.map { $0.moved(by: left.columns.count) } }
        let first = filtersLeft ? Expression.all(parts.left).map { .filter(leftPlan, $0) } ?? leftPlan : leftPlan
        let second = filtersRight ? Expression.all(parts.right).map { .filter(rightPlan, $0) } ?? rightPlan : rightPlan
        if let map = parts.keys.first(where: { Self.hasMap($0.left.type) }) {
            report(.typeMismatch, span, "\(map.left.type) cannot be a key of a join")
            return nil
        }
        if outputMode != nil {
            guard !parts.keys.isEmpty else {
                report(
                    .unsupported, span, "a join of two streams needs columns that must be equal",
                    hint: hint.isEmpty ? "Add left.x = right.y to ON" : hint + ": left.x = right.y")
                return nil
            }
            guard checkTime(kind, left, right, parts.time, span) else { return nil }
        }
        return .join(
            first, second,
            JoinPlan(kind: kind, keys: parts.keys, condition: Expression.all(rest), time: parts.time))
    }

    /// Whether the unmatched rows of an outer join can be told: it must be known until when a partner may come.
    private mutating func checkTime(
        _ kind: JoinPlan.Kind, _ left: ResolvedRelation, _ right: ResolvedRelation, _ time: JoinPlan.TimeBounds?,
        _ span: SourceSpan
    ) -> Bool {
        let needsLower = kind == .left || kind == .full || kind == .leftAnti
        let needsUpper = kind == .right || kind == .full
        if !needsLower || time?.lowerMicros != nil, !needsUpper || time?.upperMicros != nil { return true }
        let names = [left, right].map { relation in
            relation.visible.first { $0.isEventTime && $0.type == .timestamp }
                .map { ($0.qualifier.suffix(1) + [$0.name]).joined(separator: ".") }
        }
        let what = "\(Self.words(kind)) gives a row without a partner once none can come any more"
        if let one = names[0], let other = names[1] {
            report(
                .unsupported, span, "\(what): bounds of the time between them are missing",
                hint: "Add \(other) BETWEEN \(one) - INTERVAL 1 HOUR AND \(one) + INTERVAL 1 HOUR to ON, as it fits")
        } else {
            report(
                .unsupported, span, "\(what): the \(names[0] == nil ? "left" : "right") side has no event time",
                hint: "Give its source a \"watermark\", keep the column, and bound the time between partners in ON")
        }
        return false
    }

    private static func words(_ kind: JoinPlan.Kind) -> String {
        switch kind {
        case .inner: "JOIN"
        case .left: "LEFT JOIN"
        case .right: "RIGHT JOIN"
        case .full: "FULL JOIN"
        case .leftSemi: "LEFT SEMI JOIN"
        case .leftAnti: "LEFT ANTI JOIN"
        }
    }

    // MARK: USING

    /// The columns named once in front, then the others; those of each side can still be named by it.
    private func merged(
        _ relation: ResolvedRelation, _ kind: JoinPlan.Kind, _ using: [IdentifierSyntax]
    ) -> ResolvedRelation {
        let keys = Set(using.map(\.key))
        var (columns, expressions) = ([Scope.Column](), [NamedExpression]())
        func value(_ position: Int) -> Expression {
            let column = relation.columns[position]
            return Expression(
                .column(position), type: column.type ?? .void, nullable: column.nullable, text: column.name)
        }
        func add(_ position: Int, merged: Bool) {
            var column = relation.columns[position]
            column.isMerged = column.isMerged || merged && !column.isHidden
            column.isHidden = column.isHidden || merged
            columns.append(column)
            expressions.append(NamedExpression(column.name, value(position)))
        }
        for name in using {
            let positions = relation.columns.indices.filter {
                relation.columns[$0].key == name.key && !relation.columns[$0].isHidden
            }
            guard let first = positions.first, let last = positions.last else { continue }
            var merged = value(kind == .right ? last : first)
            if kind == .full, let type = TypeCoercion.common(value(first).type, value(last).type) {
                merged = Expression(
                    .coalesce([cast(value(first), to: type), cast(value(last), to: type)]), type: type, nullable: true,
                    text: name.text)
            }
            columns.append(
                Scope.Column(
                    name: relation.columns[first].name, qualifier: [], type: merged.type, nullable: merged.nullable,
                    isEventTime: relation.columns[first].isEventTime && kind != .full))
            expressions.append(NamedExpression(relation.columns[first].name, merged))
        }
        for position in relation.columns.indices {
            add(position, merged: keys.contains(relation.columns[position].key))
        }
        var result = relation
        result.columns = columns
        result.plan = relation.plan.map { .project($0, expressions) }
        return result
    }
}
