// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Plans as short texts, for tests: operators from the outside in, columns as `#position`.
enum PlanText {
    static func of(_ plan: RelationPlan) -> String {
        switch plan {
        case .scan(let relation, _): relation
        case .oneRow: "oneRow"
        case .project(let input, let columns):
            "project[\(columns.map { "\($0.name)=\(of($0.expression))" }.joined(separator: ", "))](\(of(input)))"
        case .filter(let input, let condition): "filter[\(of(condition))](\(of(input)))"
        case .unionAll(let inputs, _): "union(\(inputs.map(of).joined(separator: ", ")))"
        case .aggregate(let input, let plan): "aggregate[\(of(plan))](\(of(input)))"
        case .deduplicate(let input, let plan):
            "deduplicate[\(list(plan.keys))\(plan.eventTime.map { " time #\($0)" } ?? "")"
                + "\(plan.withinMicros.map { " within \($0)" } ?? "")](\(of(input)))"
        case .join(let left, let right, let plan): "\(plan.kind)Join[\(of(plan))](\(of(left)), \(of(right)))"
        case .lookup(let input, let plan):
            "\(plan.kind)Lookup[\(plan.table.format) \(plan.table.path): "
                + plan.keys.map { "\(of($0.stream))=\(of($0.table))" }.joined(separator: ", ")
                + "\(plan.condition.map { " if \(of($0))" } ?? "")](\(of(input)))"
        }
    }

    private static func of(_ plan: JoinPlan) -> String {
        var text = plan.keys.map { "\(of($0.left))=\(of($0.right))" }.joined(separator: ", ")
        if let condition = plan.condition { text += " if \(of(condition))" }
        if let time = plan.time {
            let bounds = [time.lowerMicros, time.upperMicros].map { $0.map { "\($0)" } ?? "…" }
            text += " time #\(time.left)-#\(time.right) in \(bounds.joined(separator: "...")) "
        }
        return text
    }

    private static func of(_ plan: AggregatePlan) -> String {
        var parts = plan.keys.map { "\($0.name)=\(of($0.expression))" }
        if let window = plan.window { parts.append("\(window.name)=\(of(window))") }
        return parts.joined(separator: ", ") + "; " + plan.aggregates.map(of).joined(separator: ", ")
    }

    private static func of(_ window: WindowPlan) -> String {
        switch window.kind {
        case .fixed(let size, let slide, let offset):
            "fixed(\(of(window.eventTime)), \(size), \(slide), \(offset))"
        case .session(let gap): "session(\(of(window.eventTime)), \(of(gap)))"
        case .inherited: "inherited(\(of(window.eventTime)))"
        }
    }

    private static func of(_ call: AggregateCall) -> String {
        "\(call.function)(\(call.isDistinct ? "DISTINCT " : "")\(list(call.arguments)))"
            + "\(call.filter.map { " if \(of($0))" } ?? ""):\(call.type)"
    }

    private static func list(_ expressions: [Expression]) -> String {
        expressions.map(of).joined(separator: ", ")
    }

    static func of(_ expression: Expression) -> String {
        switch expression.kind {
        case .column(let position): "#\(position)"
        case .literal(let value): "\(value)"
        case .call(let function, let arguments): "\(function.name)(\(list(arguments)))"
        case .cast(let value, _): "cast(\(of(value)) \(expression.type))"
        case .and(let left, let right): "(\(of(left)) and \(of(right)))"
        case .or(let left, let right): "(\(of(left)) or \(of(right)))"
        case .not(let value): "not \(of(value))"
        case .conditional(let branches, let otherwise):
            "case(\(branches.map { "\(of($0.condition)): \(of($0.result))" }.joined(separator: ", "))"
                + "\(otherwise.map { ", \(of($0))" } ?? ""))"
        case .coalesce(let values): "coalesce(\(list(values)))"
        case .field(let value, let position): "\(of(value)).\(position)"
        case .epochTime: "now"
        }
    }
}
