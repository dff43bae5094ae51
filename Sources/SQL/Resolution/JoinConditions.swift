// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The condition of a join taken apart: pairs that must be equal, how far apart event times may be, and the rest.
struct JoinConditions {
    /// Over the left's and the right's columns.
    private(set) var keys: [(left: Expression, right: Expression)] = []
    /// Conditions on one side alone, over its columns.
    private(set) var left: [Expression] = []
    private(set) var right: [Expression] = []
    /// Conditions on both sides, over the left's columns followed by the right's; the time bounds are among them.
    private(set) var rest: [Expression] = []
    private(set) var time: JoinPlan.TimeBounds?

    private let width: Int
    private let columns: [Scope.Column]

    /// Takes apart conditions over the columns of both sides, of which the first `width` are the left's.
    init(_ conditions: [Expression], width: Int, columns: [Scope.Column]) {
        self.width = width
        self.columns = columns
        for condition in conditions.flatMap(\.conjuncts) { add(condition) }
    }

    private enum Side { case left, right, both, none }

    private func side(_ expression: Expression) -> Side {
        let read = expression.columnsRead
        if read.isEmpty { return .none }
        if read.allSatisfy({ $0 < width }) { return .left }
        return read.allSatisfy { $0 >= width } ? .right : .both
    }

    private mutating func add(_ condition: Expression) {
        switch side(condition) {
        case .left: left.append(condition)
        case .right: right.append(condition.moved(by: -width))
        case .none: rest.append(condition)
        case .both:
            if case .call(let function, let sides) = condition.kind, sides.count == 2 {
                bound(function.name, sides[0], sides[1])
                if function.name == "=", addKey(sides[0], sides[1]) { return }
            }
            rest.append(condition)
        }
    }

    private mutating func addKey(_ one: Expression, _ other: Expression) -> Bool {
        switch (side(one), side(other)) {
        case (.left, .right): keys.append((one, other.moved(by: -width)))
        case (.right, .left): keys.append((other, one.moved(by: -width)))
        default: return false
        }
        return true
    }

    // MARK: Time bounds

    /// An event time with so many µs added; or a difference of two, left less right.
    private enum Term {
        case moment(Int, micros: Int64)
        case difference(Int, Int, micros: Int64)
        case constant(Int64)
    }

    private mutating func bound(_ comparison: String, _ one: Expression, _ other: Expression) {
        if comparison == "=", case .column(let first) = one.kind, case .column(let second) = other.kind,
            columns[first].isEventTime, columns[second].isEventTime, Resolver.isWindow(one.type)
        {
            narrow(min(first, second), max(first, second), lower: 0, upper: 0)
            return
        }
        guard let first = term(one), let second = term(other) else { return }
        switch (first, second) {
        case (.moment(let a, let plus), .moment(let b, let more)):
            if a < width, b >= width { limit(a, b, comparison, by: more, minus: plus) }
            if b < width, a >= width { limit(b, a, Self.mirrored(comparison), by: plus, minus: more) }
        case (.difference(let a, let b, let plus), .constant(let micros)):
            limit(a, b, comparison, by: micros, minus: plus)
        case (.constant(let micros), .difference(let a, let b, let plus)):
            limit(a, b, Self.mirrored(comparison), by: micros, minus: plus)
        default: return
        }
    }

    private static func mirrored(_ comparison: String) -> String {
        switch comparison {
        case "<": ">"
        case "<=": ">="
        case ">": "<"
        case ">=": "<="
        default: comparison
        }
    }

    private func term(_ expression: Expression) -> Term? {
        switch expression.kind {
        case .literal(.dayTimeInterval(let micros)): return .constant(micros)
        case .column(let position):
            return columns[position].isEventTime && expression.type == .timestamp ? .moment(position, micros: 0) : nil
        case .call(let function, let sides) where sides.count == 2 && (function.name == "+" || function.name == "-"):
            guard let one = term(sides[0]), let other = term(sides[1]) else { return nil }
            let sign: Int64 = function.name == "+" ? 1 : -1
            switch (one, other) {
            case (.moment(let position, let plus), .constant(let micros)):
                return Self.sum(plus, sign, micros).map { .moment(position, micros: $0) }
            case (.constant(let micros), .moment(let position, let plus)) where sign == 1:
                return Self.sum(plus, 1, micros).map { .moment(position, micros: $0) }
            case (.moment(let a, let plus), .moment(let b, let more)) where sign == -1:
                guard let micros = Self.sum(plus, -1, more) else { return nil }
                if a < width, b >= width { return .difference(a, b, micros: micros) }
                return nil
            default: return nil
            }
        default: return nil
        }
    }

    private static func sum(_ one: Int64, _ sign: Int64, _ other: Int64) -> Int64? {
        let (product, overflow) = other.multipliedReportingOverflow(by: sign)
        let (sum, carried) = one.addingReportingOverflow(product)
        return overflow || carried ? nil : sum
    }

    /// Notes `left − right <comparison> limit − less`.
    private mutating func limit(_ left: Int, _ right: Int, _ comparison: String, by limit: Int64, minus less: Int64) {
        guard let micros = Self.sum(limit, -1, less) else { return }
        switch comparison {
        case "=": narrow(left, right, lower: micros, upper: micros)
        case "<=": narrow(left, right, lower: nil, upper: micros)
        case ">=": narrow(left, right, lower: micros, upper: nil)
        case "<": if let upper = Self.sum(micros, -1, 1) { narrow(left, right, lower: nil, upper: upper) }
        case ">": if let lower = Self.sum(micros, 1, 1) { narrow(left, right, lower: lower, upper: nil) }
        default: return
        }
    }

    private mutating func narrow(_ left: Int, _ right: Int, lower: Int64?, upper: Int64?) {
        var bounds = time ?? JoinPlan.TimeBounds(left: left, right: right - width)
        guard bounds.left == left, bounds.right == right - width else { return }
        if let lower { bounds.lowerMicros = max(lower, bounds.lowerMicros ?? lower) }
        if let upper { bounds.upperMicros = min(upper, bounds.upperMicros ?? upper) }
        time = bounds
    }
}
