// SPDX-License-Identifier: Apache-2.0
import Columnar

/// What a stateful step keeps, and until when, in words.
public struct StateDescription: Hashable, Sendable {
    /// `aggregate`, `session`, `deduplicate`, `join`.
    public var kind: String
    /// What is kept for what.
    public var kept: String
    /// When it is dropped; `nil` never.
    public var dropped: String?
    /// Why it grows without end; `nil` when it does not.
    public var warning: String?
}

extension Dataflow.Step {
    /// What this step keeps.
    public var stateDescription: StateDescription {
        switch node {
        case .aggregate(let plan): Self.describe(plan, transform)
        case .deduplicate(let plan): describe(plan)
        case .join(let plan): Self.describe(plan)
        }
    }

    private static func describe(_ plan: AggregatePlan, _ transform: TransformDeclaration) -> StateDescription {
        let keys = plan.keys.map(\.name).joined(separator: ", ")
        let what = "\(plan.aggregates.count) aggregate\(plan.aggregates.count == 1 ? "" : "s")"
        let group = keys.isEmpty ? "all rows" : "each (\(keys))"
        guard let window = plan.window else {
            return StateDescription(
                kind: "aggregate", kept: "\(what) for \(group)", dropped: nil,
                warning: keys.isEmpty
                    ? nil : "grows with the number of different keys: group by a window of event time too")
        }
        let isSession = if case .session = window.kind { true } else { false }
        let late = transform.allowedLatenessMicros
        let after =
            late > 0 ? "the end of the window and \(late / 1_000_000) s of allowed lateness" : "the end of the window"
        return StateDescription(
            kind: isSession ? "session" : "aggregate",
            kept: "\(what) for \(group) and \(isSession ? "session" : "window")",
            dropped: transform.outputMode == .complete ? nil : "once the watermark has passed \(after)",
            warning: transform.outputMode == .complete ? "output mode complete keeps every window" : nil)
    }

    private func describe(_ plan: DeduplicatePlan) -> StateDescription {
        let kept = "each key that was seen (\(plan.keys.count) column\(plan.keys.count == 1 ? "" : "s"))"
        guard let within = plan.withinMicros else {
            guard let time = plan.eventTime else {
                return StateDescription(
                    kind: "deduplicate", kept: kept, dropped: nil,
                    warning: "grows with the number of different keys: set \"within\"")
            }
            let column = inputs[0].schema.fields[time].name
            return StateDescription(
                kind: "deduplicate", kept: kept,
                dropped: "once the watermark has passed its '\(column)', where that is a key")
        }
        return StateDescription(
            kind: "deduplicate", kept: kept,
            dropped: "once the watermark is \(Double(within) / 1_000_000) s past the event time of its first row")
    }

    private static func describe(_ plan: JoinPlan) -> StateDescription {
        let missing = [(plan.time?.upperMicros, "left"), (plan.time?.lowerMicros, "right")]
            .filter { $0.0 == nil }.map(\.1)
        return StateDescription(
            kind: "join", kept: "the rows of both sides that may still find a partner",
            dropped: missing.count == 2 ? nil : "once the watermark says that no partner can come",
            warning: missing.isEmpty
                ? nil
                : "rows of the \(missing.joined(separator: " and the ")) side are kept for ever: bound how far apart in event "
                    + "time partners may be")
    }
}
